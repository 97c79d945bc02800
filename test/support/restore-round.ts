import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { CommandsClient } from '../../packages/client/src/gateway-commands.js';
import { isReadable, type OrchestratorClient } from '../../packages/client/src/contract.js';
import { savesAhead } from '../../src/demo/configure.js';
import type { TicketView } from '../../src/domain/view.js';
import { eventually } from './eventually.js';
import { DEVICES, type SimulatorClient, type Target } from './simulator-client.js';

/** A product whose database can be set back, while SecureChange goes on. */
export interface Restorable {
  readonly simulator: SimulatorClient;
  readonly client: OrchestratorClient;
  readonly commands: CommandsClient;
  readonly setWindow: (calendar: string, opensAtMs: number | null) => void;
  /** Returns what brings back what the database holds now; the product has to be stopped for that. */
  backUp(): Promise<() => Promise<void>>;
  /** Kills gateways, workers, Temporal. */
  stopAll(): Promise<void>;
  startAll(options: { readonly restored: boolean }): Promise<void>;
  /** SIGTERM to the workers, and a start without SCO_RESTORED. */
  restartWorkers(): Promise<void>;
}

/** Two calendars, of which `later` is that of the manager MDS-1; Updates are saved before the window. */
export function editForRestore(configDir: string): void {
  const file = join(configDir, 'processes/firewall-change.yaml');
  const text = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    text.replace('  calendar: nightly\n', '  calendar: nightly\n  perTarget: { MDS-1: later }\n'),
  );
  savesAhead(configDir);
}

/** By ticket, what SecureChange was made to do, in its order, and how many changes of the ITSM it has that are closed. */
export type Done = Readonly<
  Record<string, { readonly pushes: readonly string[]; readonly closedChanges?: number }>
>;

const HOUR_MS = 3_600_000;
const WITHIN_MS = 90_000;
const CHANGE_CLOSED = '3';

/**
 * A ticket is closed after the backup, one is committed and has not completed its step, one waits for its window all the time, and
 * one is newer than the backup. The database is set back, by the steps of docs/runbook.md or as if the operator had forgotten
 * SCO_RESTORED. Ends when all tickets are closed.
 */
export async function restoreRound(
  on: Restorable,
  {
    saysRestored,
    log = () => undefined,
  }: { readonly saysRestored: boolean; readonly log?: (line: string) => void },
): Promise<Done> {
  const { simulator } = on;
  const from = (await simulator.writes()).at(-1)?.seq ?? 0;
  on.setWindow('nightly', Date.now() + HOUR_MS);
  on.setWindow('later', Date.now() + HOUR_MS);
  const closed = await waitsSaved(on, 'closed after the backup', DEVICES.dgB);
  const between = await waitsSaved(on, 'committed after the backup, step not completed', DEVICES.adom);
  const waits = await waitsSaved(on, 'waits all the time', DEVICES.cma);

  const restore = await on.backUp();
  log('backed up; three tickets wait for their windows');
  const match = { action: 'putTask', ticketId: Number(between) };
  await simulator.fault({ match, kind: 'delay', delayMs: HOUR_MS });
  on.setWindow('nightly', null);
  await until(on, closed, 'is closed', ({ outcome }) => outcome === 'closed');
  await until(on, between, 'is committed and completes its step', ({ phase }) => phase === 'advance');
  const newer = await simulator.createTicket({ subject: 'newer than the backup', targets: [DEVICES.srx] });
  await until(on, newer, 'asks for its approval', ({ waiting }) => waiting?.for === 'approval');

  await on.stopAll();
  await simulator.clearFaults();
  await restore();
  const sent = (await pushesOf(simulator, from)).length;
  log(`the database is as it was at the backup; ${sent} Updates and Commits were made`);
  await on.startAll({ restored: saysRestored });
  await until(on, closed, 'is known to be closed', ({ outcome }) => outcome === 'closed');
  if (saysRestored) {
    // Its window is open now, and nothing is sent all the same.
    on.setWindow('later', null);
    for (const id of [between, waits, newer])
      await until(on, id, 'says that the database was restored', saysRestore);
    const now = (await pushesOf(simulator, from)).length;
    if (now !== sent) throw new Error(`${now - sent} pushes were sent with SCO_RESTORED`);
    log('all tickets are read, and nothing is sent');
    await on.restartWorkers();
    await carryOn(on, [closed, between, waits, newer]);
  }
  on.setWindow('later', null);
  await approve(simulator, newer);
  for (const id of [between, waits, newer])
    await until(on, id, 'is closed', ({ outcome }) => outcome === 'closed');

  const ids = { closed, between, waits, newer };
  for (const id of Object.values(ids)) {
    await eventually(`ticket ${id} has no message left`, async () => {
      const { outbox, needsAttention } = await on.client.tickets.get(id);
      if (needsAttention?.reason.includes('SCO_RESTORED') === true) await carryOn(on, [id]);
      return outbox.length === 0;
    });
  }
  await acceptEnded(on, Object.values(ids), log);
  const pushes = await pushesOf(simulator, from);
  return Object.fromEntries(
    await Promise.all(
      Object.entries(ids).map(async ([name, id]) => [
        name,
        {
          pushes: pushes.filter(({ ticketId }) => ticketId === Number(id)).map(({ action }) => action),
          // Messages of a ticket that was only observed for a while are not made up for: docs/runbook.md.
          ...(id !== newer && { closedChanges: await closedChangesOf(simulator, id) }),
        },
      ]),
    ),
  ) as Done;
}

/** What `restoreRound` comes to where nothing is lost and nothing done twice. */
export const DONE_ONCE: Done = {
  closed: { pushes: ['update', 'commit'], closedChanges: 1 },
  between: { pushes: ['update', 'commit'], closedChanges: 1 },
  waits: { pushes: ['update', 'commit'], closedChanges: 1 },
  newer: { pushes: ['update'] },
};

/** What an operator types, once SCO_RESTORED is gone: a ticket that was about to write asks, the others are only observed. */
async function carryOn({ client, commands }: Restorable, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const { mode, needsAttention } = await client.tickets.get(id);
    const kind = needsAttention !== null ? 'retry' : mode === 'observe' ? 'adopt' : null;
    if (kind === null) continue;
    const { code, message } = await commands.ticket(id, { kind }, { reason: 'compared with SecureChange' });
    if (code !== 'done' && code !== 'wrongState') throw new Error(`ticket ${id}: ${kind}: ${message}`);
  }
}

/** The ledger of the backup holds as saved what has become live after it: an operator accepts it by name. */
async function acceptEnded(
  { client, commands }: Restorable,
  ids: readonly string[],
  log: (line: string) => void,
): Promise<void> {
  for (const lane of (await client.lanes.list()).filter(isReadable))
    for (const { ticketId, acceptedBy } of lane.ledger) {
      if (!ids.includes(ticketId) || acceptedBy !== null) continue;
      log(`${lane.name} holds the change of ticket ${ticketId} for saved; it is live, and accepted`);
      const command = { kind: 'acceptLedger', ticketId } as const;
      const { code, message } = await commands.lane(lane.key, command, { reason: 'live since the backup' });
      if (code !== 'done') throw new Error(`lane ${lane.key}: ${message}`);
    }
}

/** It is observed, or a person is asked: it was about to write. */
function saysRestore({ mode, modeReason, needsAttention, waiting }: TicketView): boolean {
  const said = [modeReason, needsAttention?.reason, waiting?.what].filter((text) => text != null).join(' ');
  return (mode === 'observe' || needsAttention !== null) && said.includes('SCO_RESTORED');
}

async function waitsSaved(on: Restorable, subject: string, target: Target): Promise<string> {
  const id = await on.simulator.createTicket({ subject, targets: [target] });
  await approve(on.simulator, id);
  await until(
    on,
    id,
    'waits for its window, saved',
    ({ waiting, targets }) => waiting?.for === 'window' && targets.every(({ update }) => update === 'done'),
  );
  return id;
}

async function approve(simulator: SimulatorClient, id: string): Promise<void> {
  await eventually(
    `ticket ${id} asks for approval`,
    async () => (await simulator.ticket(id)).step?.name === 'Approval',
  );
  await simulator.act(id, { as: 'a.kaya', do: 'approve', reason: 'fine' });
}

async function until(
  { client }: Restorable,
  id: string,
  what: string,
  holds: (view: TicketView) => boolean,
): Promise<void> {
  let last: TicketView | undefined;
  try {
    await eventually(
      `ticket ${id} ${what}`,
      async () => {
        last = await client.tickets.get(id);
        return holds(last);
      },
      WITHIN_MS,
    );
  } catch (error) {
    const { mode, step, phase, waiting, needsAttention, outcome, timeline } = last ?? {};
    const seen = { mode, step, phase, waiting, attention: needsAttention?.reason, outcome };
    throw new Error(
      `${String(error)}; last seen: ${JSON.stringify(seen)}; ${JSON.stringify(timeline?.slice(-6))}`,
      { cause: error },
    );
  }
}

async function pushesOf(
  simulator: SimulatorClient,
  from: number,
): Promise<readonly { ticketId?: number; action: string }[]> {
  return (await simulator.writes(from)).filter(
    ({ action, applied }) => applied && ['update', 'commit'].includes(action),
  );
}

async function closedChangesOf(simulator: SimulatorClient, id: string): Promise<number> {
  return (await simulator.changes()).filter(
    (change) => change.correlation_id === `securechange-${id}-servicenow` && change.state === CHANGE_CLOSED,
  ).length;
}
