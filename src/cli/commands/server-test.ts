import type { Command } from 'commander';
import type { ServerCheck } from '../../integrations/test-server.js';
import { onAction, type Asked, type Cli } from '../act.js';
import { EXIT } from '../exit-codes.js';
import { safe } from '../output.js';
import { styleOf } from '../style.js';
import { wrapLine } from '../text-width.js';

export function addServerTest(parent: Command, cli: Cli): void {
  const command = parent
    .command('test <name>')
    .description(
      'try a server of servers.yaml from this machine: name, connection, TLS, token, sign-in, sample call; writes nothing there',
    );
  onAction(
    command,
    cli,
    async (asked) => {
      const checks = await examine(asked);
      asked.output.answer(checks, () => render(checks, asked));
      return checks.some(({ state }) => state === 'problem') ? EXIT.problem : EXIT.ok;
    },
    { quiet: true },
  );
}

async function examine(asked: Asked): Promise<readonly ServerCheck[]> {
  const { withServer } = await import('../with-servers.js');
  const { testServer } = await import('../../integrations/test-server.js');
  return await withServer(asked, async (server, tokens) =>
    testServer(server, { tokens, now: asked.context.now }),
  );
}

const MARKS = { ok: '✓ ok', problem: '✗ problem', note: '– note' } as const;

function render(checks: readonly ServerCheck[], asked: Asked): string {
  const { colours, width } = styleOf(asked);
  const paint = { ok: colours.green, problem: colours.red, note: colours.dim } as const;
  return checks
    .flatMap(({ check, state, found, advice }) => [
      wrapLine(`${paint[state](MARKS[state].padEnd(9))}  ${check}: ${safe(found, 600)}`, width, 11),
      ...(advice === null ? [] : [wrapLine(`           ${advice}`, width, 11)]),
    ])
    .join('\n');
}
