import { InvalidArgumentError, type Command } from 'commander';
import { ClientError, type OrchestratorClient } from '../../../packages/client/src/contract.js';
import type { TicketCommand } from '../../domain/commands.js';
import { fewAtOnce } from '../../domain/few-at-once.js';
import type { Delivery } from '../../domain/outbox.js';
import { onAction, type Asked, type Cli } from '../act.js';
import { EXIT, UsageError } from '../exit-codes.js';
import { formatRelative } from '../../domain/duration-text.js';
import { formatBoth } from '../instants.js';
import { onOperate } from '../operate.js';
import { safe } from '../output.js';
import { sentence, styleOf, type Style } from '../style.js';
import { renderTable, type Column } from '../table.js';

export type TicketDelivery = Delivery & { readonly ticketId: string };

/** Tickets whose outboxes are read for one list. */
const MOST_TICKETS = 1_000;

export function addOutbox(parent: Command, cli: Cli): void {
  addList(parent, cli);
  addShow(parent, cli);
  const change = (
    verb: string,
    kind: Extract<TicketCommand['kind'], 'retryMessage' | 'dropMessage'>,
    description: string,
  ): void =>
    onOperate(
      parent
        .command(`${verb} <ticket>`)
        .argument('<message>', 'its number', checkNumber)
        .description(description),
      cli,
      (commands, options, { arg }) => commands.ticket(arg(0), { kind, message: Number(arg(1)) }, options),
    );
  change(
    'retry',
    'retryMessage',
    'send a message again at once; checks first whether it had arrived, where the receiver can be asked',
  );
  change('drop', 'dropMessage', 'drop a message; the next ones are sent');
}

function addList(parent: Command, cli: Cli): void {
  const command = parent
    .command('list')
    .description('messages that are not acknowledged, of all tickets that run')
    .option('--ticket <id>', 'only of this ticket')
    .option('--held', 'only those that wait for an operator')
    .option('--all', 'also the last acknowledged and dropped ones');
  onAction(command, cli, async (asked) => {
    const client = await asked.context.openClient();
    try {
      const ticketId = asked.text('ticket');
      const summaries =
        ticketId === undefined ? await client.tickets.list({ open: true, limit: MOST_TICKETS }) : null;
      const ids = summaries?.map((ticket) => ticket.ticketId) ?? [ticketId ?? ''];
      const answers = await fewAtOnce(ids, async (id) => {
        try {
          return await deliveriesOf(client, id, asked.flag('all'));
        } catch (error) {
          if (ticketId !== undefined || !(error instanceof ClientError)) throw error;
          asked.context.stderr.write(`not asked: ${safe(error.message, 200)}\n`);
          return null;
        }
      });
      const all = answers.flatMap((deliveries) => deliveries ?? []);
      const shown = asked.flag('held') ? all.filter(({ state }) => state === 'held') : all;
      asked.output.answer(shown, () => renderDeliveries(shown, styleOf(asked)));
      if (ids.length === MOST_TICKETS)
        asked.context.stderr.write(`only the first ${MOST_TICKETS} tickets were asked; --ticket shows any\n`);
      return answers.includes(null) ? EXIT.problem : EXIT.ok;
    } finally {
      await client.close();
    }
  });
}

export async function deliveriesOf(
  { tickets }: OrchestratorClient,
  typed: string,
  withDelivered: boolean,
): Promise<readonly TicketDelivery[]> {
  const { ticketId, outbox, delivered } = await tickets.get(typed);
  return [...(withDelivered ? delivered : []), ...outbox].map((delivery) => ({ ticketId, ...delivery }));
}

function addShow(parent: Command, cli: Cli): void {
  const command = parent
    .command('show <ticket>')
    .argument('<message>', 'its number in `sco outbox list`', checkNumber)
    .description('one message: how far it came, and what is sent');
  onAction(command, cli, async (asked) => {
    const client = await asked.context.openClient();
    try {
      const number = Number(asked.arg(1));
      const [all, message] = await Promise.all([
        deliveriesOf(client, asked.arg(0), true),
        client.tickets.message(asked.arg(0), number),
      ]);
      const delivery = all.find((one) => one.number === number);
      if (delivery === undefined) throw new UsageError(`ticket ${asked.arg(0)} has no message ${number}`);
      const shown = { ...delivery, body: message === null ? null : (JSON.parse(message.body) as unknown) };
      asked.output.answer(shown, () => renderMessage(shown, asked));
      return EXIT.ok;
    } finally {
      await client.close();
    }
  });
}

/** Commander checks each argument; the text stays as it was typed. */
function checkNumber(text: string): string {
  if (!/^[1-9]\d{0,5}$/.test(text))
    throw new InvalidArgumentError('It is a number, as in `sco outbox list`.');
  return text;
}

const COLUMNS: readonly Column[] = [
  { title: 'Ticket', min: 6 },
  { title: 'No', min: 2 },
  { title: 'Point', min: 10 },
  { title: 'Server', leaveOut: 2 },
  { title: 'Action', leaveOut: 1 },
  { title: 'State', min: 12 },
  { title: 'Since', min: 8 },
  { title: 'Size', leaveOut: 3 },
  { title: 'Note' },
];

function renderDeliveries(deliveries: readonly TicketDelivery[], style: Style): string {
  if (deliveries.length === 0)
    return 'No message waits. (`sco outbox list --all` shows the last ones that were delivered, too.)';
  const { colours, nowMs } = style;
  const rows = deliveries.map(
    ({ ticketId, number, point, server, action, state, sinceMs, sizeBytes, message }) => [
      safe(ticketId),
      `${number}`,
      safe(point, 40),
      safe(server, 30),
      action,
      state === 'held' ? colours.red('✗ held') : state,
      formatRelative(sinceMs, nowMs),
      `${sizeBytes} B`,
      sentence(message, style, 80),
    ],
  );
  return renderTable(COLUMNS, rows, style);
}

function renderMessage(message: TicketDelivery & { readonly body: unknown }, asked: Asked): string {
  const style = styleOf(asked);
  const { ticketId, number, point, server, action, state, sinceMs, sizeBytes } = message;
  const said = message.message === null ? '' : `: ${sentence(message.message, style, 300)}`;
  return [
    style.colours.bold(`Message ${number} of ticket ${safe(ticketId)}, point ${safe(point)}`),
    `  ${action} at ${safe(server)}, ${sizeBytes} B`,
    `  ${state} since ${formatBoth(sinceMs, style)}${said}`,
    message.body === null
      ? '  its body is in the history of the ticket: sco ticket history'
      : safe(JSON.stringify(message.body, null, 2), Infinity),
  ].join('\n');
}
