import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { ClientError } from '../../../packages/client/src/contract.js';
import { fewAtOnce } from '../../domain/few-at-once.js';
import { onAction, type Asked, type Cli } from '../act.js';
import { EXIT, UsageError } from '../exit-codes.js';
import { safe } from '../output.js';
import { deliveriesOf, type TicketDelivery } from './outbox.js';

interface LoggedIn {
  readonly server: string;
  /** Messages that are held and go to this server. */
  readonly held: readonly { readonly ticketId: string; readonly number: number }[];
  readonly released: number;
}

export function addServerLogin(parent: Command, cli: Cli): void {
  const command = parent
    .command('login <name>')
    .description(
      'give a server a new refresh token, read from standard input; it is tried at once and kept for all workers with this SCO_DATA_DIR',
    )
    .option('--token-file <file>', 'read the refresh token from this file')
    .option('--release', 'send the messages again that are held and go to this server; needs --reason')
    .option('--reason <text>', 'with --release: why; recorded in the history (at least 3 characters)');
  onAction(
    command,
    cli,
    async (asked) => {
      const reason = (asked.text('reason') ?? '').trim();
      if (asked.flag('release') && reason.length < 3)
        throw new UsageError('--release: say why with --reason, in at least 3 characters');
      await giveToken(asked);
      const held = await heldFor(asked);
      const released = asked.flag('release') ? await release(asked, held, reason) : 0;
      const done: LoggedIn = {
        server: asked.arg(0),
        held: held.map(({ ticketId, number }) => ({ ticketId, number })),
        released,
      };
      asked.output.answer(done, () => textOf(done, asked));
      return released === held.length || !asked.flag('release') ? EXIT.ok : EXIT.problem;
    },
    { quiet: true },
  );
}

async function giveToken(asked: Asked): Promise<void> {
  const { withServer } = await import('../with-servers.js');
  await withServer(asked, async (server, tokens) => {
    if (server.auth.kind !== 'oauth' || server.auth.grant !== 'refreshToken')
      throw new UsageError(
        `server ${server.name} does not sign in with a refresh token (auth.kind oauthRefreshToken)`,
      );
    const token = readToken(asked.text('tokenFile'));
    await tokens.login(server, token);
  });
}

function readToken(file: string | undefined): string {
  let text: string;
  try {
    text = readFileSync(file ?? 0, 'utf8').trim();
  } catch {
    throw new UsageError(`${file ?? 'standard input'} cannot be read`);
  }
  if (text === '' || /\s/.test(text))
    throw new UsageError('the refresh token is one word; nothing was changed');
  return text;
}

/** Empty where Temporal does not answer: the token counts all the same. */
async function heldFor(asked: Asked): Promise<readonly TicketDelivery[]> {
  const client = await asked.context.openClient();
  try {
    const tickets = await client.tickets.list({ open: true, needsAttention: true });
    const found = await fewAtOnce(tickets, async ({ ticketId }) => deliveriesOf(client, ticketId, false));
    return found.flat().filter(({ state, server }) => state === 'held' && server === asked.arg(0));
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    asked.context.stderr.write(`not asked which messages wait: ${safe(error.message, 200)}\n`);
    return [];
  } finally {
    await client.close();
  }
}

async function release(asked: Asked, held: readonly TicketDelivery[], reason: string): Promise<number> {
  const commands = await asked.context.openCommands();
  try {
    const results = await fewAtOnce(held, async ({ ticketId, number }) =>
      commands.ticket(ticketId, { kind: 'retryMessage', message: number }, { reason }),
    );
    return results.filter(({ accepted }) => accepted).length;
  } finally {
    await commands.close();
  }
}

function textOf({ server, held, released }: LoggedIn, { output }: Asked): string {
  const { colours } = output;
  const done = `${colours.green('✓')} ${safe(server)} accepts the token; all workers use it`;
  if (held.length === 0) return done;
  if (released > 0) return `${done}\n${released} of ${held.length} held message(s) are sent again`;
  const first = held
    .slice(0, 20)
    .map(({ ticketId, number }) => `  sco outbox retry ${ticketId} ${number} --reason "…"`);
  return [done, `${held.length} message(s) are held; --release sends them again, or:`, ...first].join('\n');
}
