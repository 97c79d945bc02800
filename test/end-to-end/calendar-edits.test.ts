import { toTimeline } from '../../src/audit/timeline.js';
import { eventually } from '../support/eventually.js';
import { failedReplays } from '../support/replay-everything.js';
import { startRunningProduct, type RunningProduct } from '../support/running-product.js';
import { DEVICES } from '../support/simulator-client.js';

const HOUR = 3_600_000;
/** A lane has decided this long after the edit, and its tickets know. */
const WITHIN_MS = 5_000;

let running: RunningProduct;

beforeAll(async () => {
  // No sweep helps: it comes every two minutes, as shipped.
  running = await startRunningProduct({ env: { SCO_SWEEP_INTERVAL_S: '120' } });
});

afterAll(async () => {
  try {
    expect(await failedReplays(running.product.temporal.address)).toEqual([]);
  } finally {
    await running.stop();
  }
});

/** One ticket for each manager, waiting for the window. */
async function waitingTickets(opensAtMs: number): Promise<readonly string[]> {
  const { simulator } = running;
  running.setWindow('nightly', opensAtMs);
  const devices = [DEVICES.dgB, DEVICES.adom, DEVICES.cma];
  const ids = await Promise.all(
    devices.map(async (device) => simulator.createTicket({ subject: device.name, targets: [device] })),
  );
  for (const id of ids) {
    await eventually(`ticket ${id} asks for approval`, async () => {
      return (await simulator.ticket(id)).step?.name === 'Approval';
    });
    await simulator.act(id, { as: 'a.kaya', do: 'approve', reason: 'fine' });
  }
  for (const id of ids) await running.until(id, 'waits', (view) => view.waiting?.for === 'window');
  return ids;
}

/** When each edit reached the ticket, and the last sentence of its timeline about one. */
async function editsOf(id: string): Promise<{ atMs: readonly number[]; last: string }> {
  const facts = await running.client.tickets.history(id);
  const reached = facts.filter(
    ({ name, input }) =>
      name === 'laneNews' && (input as readonly { kind?: string }[])[0]?.kind === 'replanned',
  );
  const row = toTimeline(facts).findLast(({ what }) => /^the window of .+ changed/.test(what));
  return { atMs: reached.map(({ atMs }) => atMs), last: `${row?.what ?? '-'}: ${row?.detail ?? '-'}` };
}

it('a window that is moved earlier, later or away reaches every lane in 5 s, and each ticket says why', async () => {
  const firstMs = Date.now() + 5 * HOUR;
  const ids = await waitingTickets(firstMs);
  const edits = [
    { opensAtMs: firstMs - 3 * HOUR, says: 'opens' },
    { opensAtMs: firstMs + 20 * HOUR, says: 'opens' },
    { opensAtMs: Date.now() - 4 * HOUR, says: 'no opening' },
  ];
  for (const [index, { opensAtMs, says }] of edits.entries()) {
    const editedAtMs = Date.now();
    running.setWindow('nightly', opensAtMs);
    for (const id of ids) {
      const { atMs, last } = await eventually(`ticket ${id} has edit ${index + 1}`, async () => {
        const found = await editsOf(id);
        return found.atMs.length === index + 1 ? found : undefined;
      });
      expect(last).toMatch(/^the window of .+ changed: /);
      expect(last).toContain(says);
      expect(atMs.at(-1)! - editedAtMs).toBeLessThanOrEqual(WITHIN_MS);
    }
  }
  for (const id of ids)
    expect(await running.until(id, 'has no window', (view) => view.window?.next == null)).toMatchObject({
      status: 'inProgress',
    });
  expect((await running.simulator.writes()).filter(({ action }) => action === 'commit')).toEqual([]);
});
