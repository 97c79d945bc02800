import { InvalidArgumentError, type Command } from 'commander';
import { toWords } from '../../audit/plain-words.js';
import type { TicketFilter, TicketSummary } from '../../client/contract.js';
import { onAction, type Asked, type Cli } from '../act.js';
import { EXIT } from '../exit-codes.js';
import { formatRelative } from '../instants.js';
import { renderTable, safe } from '../output.js';

export function addTicketList(parent: Command, cli: Cli): void {
  const command = parent
    .command('list')
    .description('tickets, those that run first')
    .option('--all', 'also tickets that have ended')
    .option('--closed', 'only tickets that have ended')
    .option('--needs-attention', 'only tickets that wait for somebody')
    .option('--step <name>', 'only tickets in this step')
    .option('--phase <name>', 'only tickets in this phase')
    .option('--device <name>', 'only tickets with this device')
    .option('--itsm-id <number>', 'only the ticket of this ITSM change')
    .option('--workflow <name>', 'only tickets of this SecureChange workflow')
    .option('--limit <count>', 'at most so many', checkCount, '100');
  onAction(command, cli, async (asked) => {
    const client = asked.world.openClient();
    try {
      const tickets = await client.tickets.list(toFilter(asked));
      asked.output.answer(tickets, () => renderList(tickets, asked));
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

function renderList(tickets: readonly TicketSummary[], { world, output }: Asked): string {
  if (tickets.length === 0) return 'No ticket. (`sco ticket list --all` shows those that have ended, too.)';
  const { colours } = output;
  const rows = tickets.map((ticket) => [
    safe(ticket.ticketId),
    ticket.outcome === null ? (ticket.running ? 'runs' : 'stopped') : toWords(ticket.outcome),
    safe(ticket.step, 30),
    ticket.phase === null ? null : toWords(ticket.phase),
    ticket.waitingFor === null || !ticket.running ? null : toWords(ticket.waitingFor),
    ticket.needsAttention && ticket.running ? colours.red('! yes') : null,
    ticket.risk,
    openingText(ticket.windowOpensAtMs, world.now()),
    safe(ticket.itsmId, 20),
    safe(ticket.requester, 20),
    safe(ticket.workflow, 30),
  ]);
  const head = [
    'Ticket',
    'State',
    'Step',
    'Phase',
    'Waits for',
    'Attention',
    'Risk',
    'Window',
    'ITSM',
    'Requester',
    'Workflow',
  ];
  return renderTable(head, rows, colours);
}
