import { InvalidArgumentError, type Command } from 'commander';
import { toWords } from '../../domain/words.js';
import { laneKeyOf } from '../../domain/ids.js';
import type {
  OrchestratorClient,
  TicketFilter,
  TicketSummary,
} from '../../../packages/client/src/contract.js';
import { PHASES } from '../../domain/phase.js';
import type { SweepFindings } from '../../domain/sweep.js';
import { onAction, type Asked, type Cli } from '../act.js';
import { EXIT, UsageError } from '../exit-codes.js';
import { formatRelative } from '../../domain/duration-text.js';
import { styleOf, sentence } from '../style.js';
import { safe } from '../output.js';
import { renderTable, type Column } from '../table.js';

/** Where the values are looked up that an unknown one is compared with. */
const MOST_LOOKED_AT = 1_000;

export function addTicketList(parent: Command, cli: Cli): void {
  const command = parent
    .command('list')
    .description('tickets, running ones first')
    .option('--all', 'also tickets that have ended')
    .option('--closed', 'only tickets that have ended')
    .option('--needs-attention', 'only tickets that wait for an operator')
    .option('--step <name>', 'only tickets in this step')
    .option('--phase <name>', `only tickets in this phase: ${PHASES.join(', ')}`, checkPhase)
    .option('--device <name>', 'only tickets with this device')
    .option('--itsm-id <number>', 'only the ticket of this ITSM change')
    .option('--workflow <name>', 'only tickets of this SecureChange workflow')
    .option('--limit <count>', 'show at most this many', checkCount, '100');
  onAction(command, cli, async (asked) => {
    const client = await asked.context.openClient();
    try {
      const filter = toFilter(asked);
      const [tickets, unread] = await Promise.all([client.tickets.list(filter), client.status.unread()]);
      if (tickets.length === 0) await refuseUnknownValues(client, filter);
      asked.output.answer(tickets, () => renderList(tickets, filter, asked));
      sayUndecodable(tickets, asked);
      sayUnread(unread, asked);
      return EXIT.ok;
    } finally {
      await client.close();
    }
  });
}

function checkCount(text: string): string {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError('It is a number from 1 to 99999.');
  return text;
}

/** As in the list, `change window`, or as in `--json`, `changeWindow`. */
function checkPhase(text: string): string {
  const phase = PHASES.find((known) => known === text || toWords(known) === text);
  if (phase === undefined) throw new InvalidArgumentError(`There are ${PHASES.join(', ')}.`);
  return phase;
}

/** What is missing in a row; where it comes from says `sco doctor`. */
function sayUndecodable(tickets: readonly TicketSummary[], { context, output }: Asked): void {
  const some = tickets.filter(({ undecodable = [] }) => undecodable.length > 0);
  const { yellow } = output.colours;
  for (const { ticketId, undecodable = [] } of some.slice(0, 10)) {
    const label = yellow(`ticket ${safe(ticketId)} cannot be decoded:`);
    context.stderr.write(`${label} ${safe(undecodable.join(', '), 200)}; see sco doctor\n`);
  }
  if (some.length > 10) context.stderr.write(`${yellow(`and ${some.length - 10} more`)}\n`);
}

function unreadLabel(one: string): string {
  return laneKeyOf(one) === undefined
    ? 'not readable in SecureChange:'
    : 'not brought up to date by the sweep:';
}

/** On standard error, so that the list stays a list: what is not in it because it cannot be read. */
function sayUnread(unread: SweepFindings | null, { context, output }: Asked): void {
  if (unread === null) return;
  const { yellow } = output.colours;
  const { odd, oddCount, cut } = unread;
  for (const one of odd) context.stderr.write(`${yellow(unreadLabel(one))} ${safe(one, 200)}\n`);
  if (oddCount > odd.length) context.stderr.write(`${yellow(`and ${oddCount - odd.length} more`)}\n`);
  if (cut) context.stderr.write(`${yellow('SecureChange has more open tickets than one sweep reads')}\n`);
}

interface OpenFilter {
  readonly option: string;
  readonly wanted: (filter: TicketFilter) => string | undefined;
  readonly known: (ticket: TicketSummary) => readonly (string | null)[];
}

/** Values that SecureChange and the ITSM make: only tickets show which there are. */
const OPEN_FILTERS: readonly OpenFilter[] = [
  { option: '--step', wanted: ({ step }) => step, known: ({ step }) => [step] },
  { option: '--workflow', wanted: ({ workflow }) => workflow, known: ({ workflow }) => [workflow] },
  { option: '--device', wanted: ({ device }) => device, known: ({ devices }) => devices },
  { option: '--itsm-id', wanted: ({ itsmId }) => itsmId, known: ({ itsmId }) => [itsmId] },
];

/** An empty list because of a spelling mistake looks like good news. */
async function refuseUnknownValues(
  { tickets }: Pick<OrchestratorClient, 'tickets'>,
  filter: TicketFilter,
): Promise<void> {
  const asked = OPEN_FILTERS.filter(({ wanted }) => wanted(filter) !== undefined);
  if (asked.length === 0) return;
  const all = await tickets.list({ limit: MOST_LOOKED_AT });
  // Older ones than these may have it.
  if (all.length === MOST_LOOKED_AT) return;
  for (const { option, wanted, known } of asked) {
    const value = wanted(filter);
    const there = new Set(all.flatMap(known).filter((each) => each !== null && each !== '-'));
    if (value === undefined || there.has(value)) continue;
    const names = [...there].sort().map((each) => safe(each, 60));
    const shown =
      names.length === 0 ? 'none' : `${names.slice(0, 20).join(', ')}${names.length > 20 ? ', …' : ''}`;
    throw new UsageError(`${option}: no ticket has ${safe(value)}; there are: ${shown}`);
  }
}

function toFilter({ text, flag }: Asked): TicketFilter {
  const open = flag('closed') ? false : flag('all') ? undefined : true;
  const [step, phase, device, itsmId, workflow] = ['step', 'phase', 'device', 'itsmId', 'workflow'].map(text);
  return {
    ...(open !== undefined && { open }),
    ...(flag('needsAttention') && { needsAttention: true }),
    ...(step !== undefined && { step }),
    ...(phase !== undefined && { phase }),
    ...(device !== undefined && { device }),
    ...(itsmId !== undefined && { itsmId }),
    ...(workflow !== undefined && { workflow }),
    limit: Number(text('limit')),
  };
}

/** A list knows the opening alone; whether that window is still open says `sco ticket show`. */
function openingText(opensAtMs: number | null, nowMs: number): string | null {
  if (opensAtMs === null) return null;
  return opensAtMs > nowMs ? formatRelative(opensAtMs, nowMs) : 'opened';
}

const COLUMNS: readonly Column[] = [
  { title: 'Ticket', min: 6 },
  { title: 'Subject', min: 16 },
  { title: 'State', min: 6 },
  { title: 'Step', min: 8, leaveOut: 3 },
  { title: 'Phase', min: 10 },
  { title: 'Waits for', min: 9 },
  { title: 'Attention', min: 9 },
  { title: 'Risk', leaveOut: 5 },
  { title: 'Window', leaveOut: 4 },
  { title: 'ITSM', min: 10, leaveOut: 6 },
  { title: 'Requester', leaveOut: 7 },
  { title: 'Workflow', leaveOut: 8 },
];

function renderList(tickets: readonly TicketSummary[], { limit }: TicketFilter, asked: Asked): string {
  if (tickets.length === 0) return 'No ticket. (`sco ticket list --all` shows those that have ended, too.)';
  const style = styleOf(asked);
  const { colours } = style;
  const rows = tickets.map((ticket) => [
    safe(ticket.ticketId),
    sentence(ticket.subject, style, 60),
    ticket.outcome === null ? (ticket.running ? 'runs' : 'stopped') : toWords(ticket.outcome),
    safe(ticket.step, 30),
    ticket.phase === null ? null : toWords(ticket.phase),
    ticket.waitingFor === null || !ticket.running ? null : toWords(ticket.waitingFor),
    ticket.needsAttention && ticket.running ? colours.red('! yes') : null,
    ticket.risk,
    openingText(ticket.windowOpensAtMs, style.nowMs),
    safe(ticket.itsmId, 20),
    safe(ticket.requester, 20),
    safe(ticket.workflow, 30),
  ]);
  const table = renderTable(COLUMNS, rows, style);
  if (tickets.length !== limit) return table;
  return `${table}\n${colours.yellow(`Only the first ${limit}; --limit shows more.`)}`;
}
