import { readFileSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import { z } from 'zod';
import type { ServerCheck } from '../../integrations/test-server.js';
import { onAction, type Asked, type Cli } from '../act.js';
import { messageOf } from '../doctor/row.js';
import { EXIT, UsageError } from '../exit-codes.js';
import { safe } from '../output.js';
import { styleOf } from '../style.js';
import { wrapLine } from '../text-width.js';

export function addServerTest(parent: Command, cli: Cli): void {
  const command = parent
    .command('test <name>')
    .description(
      'try a server of servers.yaml from this machine: name, connection, TLS, token, sign-in, sample call; writes nothing there unless asked to',
    )
    .option(
      '--write <file>',
      'also creates one record there with the fields of this JSON file, finds it again and compares; the next test writes to the same one',
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
  const file = asked.text('write');
  const write = file === undefined ? undefined : fieldsOf(file);
  return await withServer(asked, async (server, tokens) =>
    testServer(server, { tokens, now: asked.context.now, ...(write !== undefined && { write }) }),
  );
}

const MOST_BYTES = 200 * 1024;
const record = z.record(z.string(), z.unknown());

function fieldsOf(file: string): Readonly<Record<string, unknown>> {
  try {
    if (statSync(file).size > MOST_BYTES) throw new Error(`more than ${MOST_BYTES / 1024} KiB`);
    return record.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const why = error instanceof z.ZodError ? 'it is not a JSON object' : messageOf(error);
    throw new UsageError(`--write: ${file} cannot be used: ${why}`);
  }
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
