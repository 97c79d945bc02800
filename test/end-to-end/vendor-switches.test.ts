import { acknowledgesSecureTrack, autoWaitsForLater } from '../../src/demo/configure.js';
import { CHANGE_WINDOW } from '../../src/demo/simulator-client.js';
import type { TicketView } from '../../src/domain/view.js';
import { eventually } from '../support/eventually.js';
import { failedReplays } from '../support/replay-everything.js';
import { startRunningProduct, type RunningProduct } from '../support/running-product.js';
import { DEVICES, type Target } from '../support/simulator-client.js';

const HOUR = 3_600_000;

/** Calendars are written in whole seconds. */
const nextSecond = (): number => Math.ceil(Date.now() / 1_000 + 1) * 1_000;

/** What the vendor does not document about managers that tickets share; the first is what the simulator assumes. */
const ASSUMED = {
  ownUpdatesMakeDesignsStale: true,
  commitOfNothing: 'warns',
  commitCarries: 'everything',
  commitInherits: true,
  offlineFirewall: 'failsCommit',
  candidateEdits: 'visible',
};
const POSSIBLE: readonly [string, Partial<Record<keyof typeof ASSUMED, string | boolean>>][] = [
  ['every Update makes the designs of other tickets stale', {}],
  ['designs stay as they are when others update', { ownUpdatesMakeDesignsStale: false }],
  ['a Commit with nothing left installs again and succeeds', { commitOfNothing: 'installsAgain' }],
  ['a Commit with nothing left is refused', { commitOfNothing: 'refuses' }],
  ['a Commit carries only what was saved through SecureChange', { commitCarries: 'ownAccount' }],
  ['a Commit inherits nothing from above', { commitInherits: false }],
  ['an offline firewall is a warning', { offlineFirewall: 'warns' }],
  ['what others saved is invisible', { candidateEdits: 'invisible' }],
];

interface Enforced {
  readonly ticketId: number | null;
  readonly enforcedAtMs: number;
}

let running: RunningProduct;

beforeAll(async () => {
  running = await startRunningProduct({
    edit: (configDir) => {
      acknowledgesSecureTrack(configDir);
      autoWaitsForLater(configDir);
    },
  });
  await running.simulator.timings({ updateMs: 100, commitMs: 300 });
});

afterAll(async () => {
  try {
    expect(await failedReplays(running.product.temporal.address)).toEqual([]);
  } finally {
    await running.stop();
  }
});

/** When each change of the ticket became live, as the simulator's devices have it. */
async function liveAt(id: string): Promise<readonly number[]> {
  const response = await running.simulator.call('GET', '/simulator/state');
  const { devices } = (await response.json()) as { devices: { enforced: Enforced[] }[] };
  return devices
    .flatMap(({ enforced }) => enforced)
    .filter(({ ticketId }) => ticketId === Number(id))
    .map(({ enforcedAtMs }) => enforcedAtMs);
}

async function approve(id: string): Promise<number> {
  await eventually(`ticket ${id} asks for approval`, async () => {
    return (await running.simulator.ticket(id)).step?.name === 'Approval';
  });
  await running.simulator.act(id, { as: 'a.kaya', do: 'approve', reason: 'fine' });
  return Date.now();
}

async function approvedTickets(
  target: Target,
  subjects: readonly string[],
  workflow = 'Firewall change',
): Promise<string[]> {
  const ids: string[] = [];
  for (const subject of subjects)
    ids.push(await running.simulator.createTicket({ subject, workflow, targets: [target] }));
  for (const id of ids) await approve(id);
  return ids;
}

async function commitsOf(ids: readonly string[]): Promise<number> {
  const writes = await running.simulator.writes();
  return writes.filter(
    ({ action, ticketId, applied }) => action === 'commit' && applied && ids.includes(String(ticketId)),
  ).length;
}

const saved = ({ savedNotPushed }: TicketView): boolean => savedNotPushed.length === 1;
const closed = ({ outcome }: TicketView): boolean => outcome === 'closed';

describe.each(POSSIBLE)('tickets that share a manager, where %s', (_, switches) => {
  beforeEach(async () => {
    await running.simulator.switches({ ...ASSUMED, ...switches });
    running.setWindow('nightly', Date.now() + 5 * HOUR);
    running.setWindow('later', Date.now() + 9 * HOUR);
  });

  it('go live with one Commit in their window, and not while one of them is held or sent back', async () => {
    const { simulator, commands } = running;
    const ids = await approvedTickets(DEVICES.dgB, ['first', 'second', 'held', 'sent back']);
    const [first, second, held, sentBack] = ids as [string, string, string, string];
    for (const id of ids) await running.until(id, 'is saved', saved);
    await commands.ticket(held, { kind: 'hold' }, { reason: 'ask the owner first' });
    await simulator.act(sentBack, { as: 'o.brandt', do: 'redo', toStep: 'Approval', comment: 'new owner' });
    for (const id of [first, second])
      await running.until(id, 'is hindered by both', ({ needsAttention }) => {
        const reason = needsAttention?.code === 'lane.hindered' ? needsAttention.reason : '';
        return reason.includes(`ticket ${held}`) && reason.includes(`ticket ${sentBack}`);
      });
    const opensAtMs = nextSecond();
    running.setWindow('nightly', opensAtMs);

    const approvedAtMs = await approve(sentBack);
    await running.until(sentBack, 'waits for the others', ({ step }) => step === 'Implementation');
    expect((await Promise.all(ids.map(liveAt))).flat()).toEqual([]);
    const resumedAtMs = Date.now();
    await commands.ticket(held, { kind: 'resume' }, { reason: 'the owner agrees' });
    for (const id of ids) await running.until(id, 'is closed', closed);

    for (const id of ids) {
      const [atMs, ...again] = await liveAt(id);
      expect(again).toEqual([]);
      expect(atMs).toBeGreaterThanOrEqual(Math.max(opensAtMs, approvedAtMs, resumedAtMs));
    }
    expect(await commitsOf(ids)).toBe(1);
  });

  it('go live each in its own window', async () => {
    const [early] = (await approvedTickets(DEVICES.adom, ['early'])) as [string];
    const [late] = (await approvedTickets(DEVICES.adom, ['late'], 'Firewall change (auto)')) as [string];
    for (const id of [early, late])
      await running.until(id, 'waits', ({ waiting }) => waiting?.for === 'window');
    const opensAtMs = nextSecond();
    running.setWindow('nightly', opensAtMs);
    await running.until(early, 'is closed', closed);
    expect(await liveAt(late)).toEqual([]);
    const laterMs = nextSecond();
    running.setWindow('later', laterMs);
    await running.until(late, 'is closed', closed);

    expect(await liveAt(early)).toEqual([expect.any(Number)]);
    expect((await liveAt(early))[0]).toBeGreaterThanOrEqual(opensAtMs);
    expect((await liveAt(late))[0]).toBeGreaterThanOrEqual(laterMs);
  });

  it('never say what is not true of a change that another Commit has made live', async () => {
    const { simulator } = running;
    const ids = await approvedTickets(DEVICES.dgB, ['first', 'second']);
    for (const id of ids) await running.until(id, 'is saved', saved);
    // SecureTrack prints whole seconds: a run in the second of the save is no proof.
    const savedInSecond = Math.floor(Date.now() / 1_000);
    await eventually('the next second', () => Math.floor(Date.now() / 1_000) > savedInSecond);
    await simulator.call('POST', `/simulator/change-windows/${CHANGE_WINDOW.uuid}/run`, {});
    for (const id of ids)
      await eventually(`ticket ${id} is live by SecureTrack`, async () => (await liveAt(id)).length === 1);
    running.setWindow('nightly', Date.now() + 1_000);
    for (const id of ids) await running.until(id, 'is closed', closed);

    for (const id of ids) expect(await liveAt(id)).toHaveLength(1);
  });
});
