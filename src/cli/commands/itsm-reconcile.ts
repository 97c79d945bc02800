import type { Command } from 'commander';
import { ClientError, type OrchestratorClient } from '../../../packages/client/src/contract.js';
import type { OperatorConfig } from '../../config/operator-config.js';
import { CallFailure } from '../../domain/failure.js';
import { fewAtOnce } from '../../domain/few-at-once.js';
import type { TicketView } from '../../domain/view.js';
import type { Itsm, OpenChange } from '../../integrations/itsm.js';
import { onAction, type Asked, type Cli } from '../act.js';
import { usableConfig } from '../config-folder.js';
import { EXIT, UsageError } from '../exit-codes.js';
import { safe } from '../output.js';
import { driftOfList, driftOfTicket, expectedFields, type Compared, type Drift } from '../reconcile/drift.js';
import { styleOf } from '../style.js';
import { renderTable, type Column } from '../table.js';

/** Tickets that are compared in one call. */
const MOST_TICKETS = 1_000;

export function addItsmReconcile(parent: Command, cli: Cli): void {
  const command = parent
    .command('reconcile <server>')
    .description(
      'compare tickets with their changes in an ITSM, in both directions: what did not arrive, what was changed there, what is open on one side only; changes nothing',
    );
  onAction(
    command,
    cli,
    async (asked) => {
      const drifts = await reconcile(asked);
      asked.output.answer(drifts, () => render(drifts, asked));
      return drifts.length === 0 ? EXIT.ok : EXIT.problem;
    },
    { quiet: true },
  );
}

async function reconcile(asked: Asked): Promise<readonly Drift[]> {
  const config = usableConfig(asked);
  const server = asked.arg(0);
  const known = config.servers.find(({ name }) => name === server);
  if (known === undefined)
    throw new UsageError(
      `there is no server ${server} (it has: ${config.servers.map(({ name }) => name).join(', ')})`,
    );
  const client = await asked.context.openClient();
  try {
    const { createHttp } = await import('../../http/http.js');
    const { createItsm } = await import('../../integrations/create-itsm.js');
    const { withServers } = await import('../with-servers.js');
    return await withServers(asked, async (resolve, tokens) => {
      const itsm = createItsm({ server: resolve, http: createHttp, tokens });
      try {
        // Asked first: a change that is closed meanwhile is no drift of a ticket that ends after it.
        const open = await itsm.openChanges(server);
        const views = await viewsOf(asked, client, server, open ?? []);
        const compared = [...views.values()].flatMap((view) => (view === null ? [] : [view]));
        const drifts = await fewAtOnce(compared, async (view) => compare(itsm, config, server, view));
        if (open === null)
          asked.context.stderr.write(
            `${server} has no list of its open changes: what is open there alone is not seen\n`,
          );
        const gone = drifts.flat().filter(({ kind }) => kind === 'gone');
        const listed = open === null ? [] : driftOfList(server, open, views);
        return [
          ...drifts.flat(),
          ...listed.filter(({ ticketId }) => gone.every((drift) => drift.ticketId !== ticketId)),
        ];
      } finally {
        await itsm.close();
      }
    });
  } finally {
    await client.close();
  }
}

/** Of the tickets that run, and of those that an open change names; null for one that is not known. */
async function viewsOf(
  asked: Asked,
  { tickets }: OrchestratorClient,
  server: string,
  open: readonly OpenChange[],
): Promise<ReadonlyMap<string, TicketView | null>> {
  const running = await tickets.list({ open: true, limit: MOST_TICKETS });
  if (running.length === MOST_TICKETS)
    asked.context.stderr.write(`only the first ${MOST_TICKETS} tickets are compared\n`);
  const ids = [...new Set([...running, ...open].map(({ ticketId }) => ticketId))];
  const views = await fewAtOnce(ids, async (id): Promise<[string, TicketView | null]> => {
    try {
      return [id, await tickets.get(id)];
    } catch (error) {
      if (!(error instanceof ClientError) || error.code !== 'ticketNotFound') throw error;
      return [id, null];
    }
  });
  return new Map(views.filter(([, view]) => view === null || speaksTo(view, server)));
}

function speaksTo(view: TicketView, server: string): boolean {
  if (view.itsm !== null) return view.itsm.server === server;
  return view.outbox.some((delivery) => delivery.server === server) || view.outcome !== null;
}

async function compare(
  itsm: Itsm,
  { processes, servers }: OperatorConfig,
  server: string,
  view: TicketView,
): Promise<readonly Drift[]> {
  const points = processes.find(({ name }) => name === view.process?.name)?.integrationPoints ?? [];
  const rules = servers.find(({ name }) => name === server)?.records ?? null;
  const compared: Compared = { view, points, rules };
  if (view.itsm?.server !== server) return driftOfTicket(compared, server, {});
  try {
    const names = Object.keys(expectedFields(compared, server));
    return driftOfTicket(compared, server, await itsm.readFields(server, view.ticketId, names));
  } catch (error) {
    if (!(error instanceof CallFailure)) throw error;
    const { ticketId } = view;
    const { message: what } = error.facts;
    const advice = `sco server test ${server}`;
    return [{ server, change: view.itsm.number, ticketId, kind: 'unreadable', what, advice }];
  }
}

const COLUMNS: readonly Column[] = [
  { title: 'Ticket', min: 6 },
  { title: 'Change', min: 10 },
  { title: 'Drift', min: 10 },
  { title: 'What', min: 20 },
  { title: 'Advice', leaveOut: 1 },
];

function render(drifts: readonly Drift[], asked: Asked): string {
  const style = styleOf(asked);
  if (drifts.length === 0) return `${style.colours.green('✓')} tickets and changes say the same`;
  const rows = drifts.map(({ ticketId, change, kind, what, advice }) => [
    safe(ticketId),
    safe(change ?? '-', 40),
    style.colours.red(kind),
    safe(what, 300),
    safe(advice, 200),
  ]);
  return renderTable(COLUMNS, rows, style);
}
