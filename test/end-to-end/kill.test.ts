import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { LaneView, TicketView } from '../../src/domain/view.js';
import { eventually } from '../support/eventually.js';
import { failedReplays } from '../support/replay-everything.js';
import { startRunningProduct, type RunningProduct } from '../support/running-product.js';
import { savesAhead } from '../../src/demo/configure.js';
import { DEVICES, type Target, type Write } from '../support/simulator-client.js';

/**
 * One kill hits a set of tickets, one in each phase. `npm test` runs Update, wait and Commit; `npm run test:kill` all phases,
 * and all again under the switches of the simulator that change what a recovering worker finds.
 */
const FULL = process.env.SCO_TEST_KILL_MATRIX === 'full';
const VICTIMS = ['worker', 'gateway', 'temporal', 'simulator'] as const;
const MOMENTS = ['before', 'during', 'after'] as const;
const SWITCHES: Readonly<Record<string, object>> = FULL
  ? {
      'as documented': {},
      'lists always as arrays': { jsonLists: 'arrays' },
      'a second Update is queued': { secondUpdate: 'queue' },
      'the ticket shows the new step late': { advanceVisibleDelayMs: 1_500 },
    }
  : { 'as documented': {} };
const DEFAULT_SWITCHES = { jsonLists: 'documented', secondUpdate: 'refuse', advanceVisibleDelayMs: 0 };

type Victim = (typeof VICTIMS)[number];
type Moment = (typeof MOMENTS)[number];

/** How long a call or an operation is held up, so that the kill falls into it. */
const HELD_MS = 6_000;
/** A phase that only reads is held in its reading, until the others are in their places too. */
const READING_MS = 20_000;
const RECOVERS_WITHIN_MS = 60_000;

let running: RunningProduct;

beforeAll(async () => {
  running = await startRunningProduct({
    edit: (configDir) => {
      const file = join(configDir, 'processes/firewall-change.yaml');
      const text = readFileSync(file, 'utf8');
      writeFileSync(
        file,
        text.replace('  calendar: nightly\n', '  calendar: nightly\n  perTarget: { MDS-1: later }\n'),
      );
      savesAhead(configDir);
    },
  });
});

afterAll(async () => {
  await running.stop();
});

for (const [title, switches] of Object.entries(SWITCHES)) {
  describe(`kill -9, ${title}`, () => {
    beforeAll(async () => {
      await running.simulator.switches({ ...DEFAULT_SWITCHES, ...switches });
    });
    for (const victim of VICTIMS) {
      for (const moment of MOMENTS) {
        it(`${victim}, ${moment} the effect: every ticket ends as if nothing had happened, nothing is done twice`, async () => {
          await round(victim, moment);
        });
      }
    }
  });
}

/** A Commit of two tickets: the design of one is read for its gate, or the call is held up as above. */
const SHARED_MOMENTS = ['between the gates', ...MOMENTS] as const;
type SharedMoment = (typeof SHARED_MOMENTS)[number];
/** `npm test` kills the worker; the moments of the call are those of the other rounds as well. */
const SHARED_ROUNDS: readonly (readonly [Victim, SharedMoment])[] = FULL
  ? VICTIMS.flatMap((victim) => SHARED_MOMENTS.map((moment) => [victim, moment] as const))
  : [
      ['worker', 'between the gates'],
      ['worker', 'during'],
    ];

describe('kill -9 while two tickets share a Commit', () => {
  beforeAll(async () => {
    await running.simulator.switches(DEFAULT_SWITCHES);
  });
  it.each(SHARED_ROUNDS)('%s, %s: both are live by one Commit', async (victim, moment) => {
    await sharedRound(victim, moment);
  });
});

it('what the killed workers left can be replayed, run by run', async () => {
  expect(await failedReplays(running.product.temporal.address)).toEqual([]);
});

async function sharedRound(victim: Victim, moment: SharedMoment): Promise<void> {
  const { simulator } = running;
  await simulator.timings(FAST);
  running.setWindow('later', Date.now() + 3_600_000);
  const started = await lastSeq();
  const tickets = new Map<string, string>();
  for (const position of ['first', 'second']) {
    const id = await simulator.createTicket({ subject: `shares, ${position}`, targets: [DEVICES.cma] });
    tickets.set(position, id);
    await approve(id);
  }
  const ids = [...tickets.values()];
  for (const id of ids)
    await running.until(id, 'waits, saved', (view) => view.waiting?.for === 'window' && saved(view));

  if (moment === 'between the gates') {
    const match = { action: 'getDesigner', ticketId: Number(tickets.get('second')) };
    await simulator.fault({ match, kind: 'delay', delayMs: HELD_MS });
    running.setWindow('later', null);
    await eventually('a push runs', async () => (await lane()).push !== null);
  } else {
    await holdUp({ action: 'commit' }, moment, { commitMs: HELD_MS });
    running.setWindow('later', null);
    await eventually('the Commit is under way', async () =>
      (await simulator.writes(started)).some(({ action }) => action === 'commit'),
    );
  }
  await kill(victim);
  await restart(victim);
  await simulator.clearFaults();
  await simulator.timings(FAST);

  const deadline = Date.now() + RECOVERS_WITHIN_MS;
  await Promise.all(ids.map(async (id) => endsWell(id, deadline, ids)));
  const writes = await simulator.writes(started);
  proveOnce(writes, tickets);
  expect(writes.filter(({ action, applied }) => action === 'commit' && applied)).toHaveLength(1);
  const live = await enforcedOn(DEVICES.cma);
  expect(live.filter((id) => ids.includes(id)).sort()).toEqual([...ids].sort());
  await proveOneChangeEach(tickets);
}

async function lane(): Promise<LaneView> {
  const [id] = (await running.client.lanes.list()).flatMap((one) =>
    'unreadable' in one ? [] : one.queue.length > 0 || one.push !== null ? [one] : [],
  );
  if (id === undefined) throw new Error('no lane has a place');
  return id;
}

/** The tickets whose change the firewalls of a target have. */
async function enforcedOn({ id }: Target): Promise<readonly string[]> {
  const state = (await (await running.simulator.call('GET', '/simulator/state')).json()) as {
    readonly devices: readonly {
      readonly id: number;
      readonly enforced: readonly { readonly ticketId: number }[];
    }[];
  };
  return (state.devices.find((device) => device.id === id)?.enforced ?? []).map(
    ({ ticketId }) => `${ticketId}`,
  );
}

/** What each ticket is doing when the process dies, and what it is to change. */
const TARGETS = {
  wait: DEVICES.cma,
  commit: DEVICES.adom,
  update: DEVICES.dgB,
  design: DEVICES.srx,
  riskCheck: DEVICES.asa,
  approval: DEVICES.asa,
  verify: DEVICES.srx,
  advance: DEVICES.srx,
  itsm: DEVICES.asa,
} as const satisfies Readonly<Record<string, Target>>;
const FAST = { designMs: 100, updateMs: 150, commitMs: 200 };

async function round(victim: Victim, moment: Moment): Promise<void> {
  const { simulator } = running;
  await simulator.timings(FAST);
  running.setWindow('later', Date.now() + 3_600_000);
  const started = await lastSeq();
  const tickets = await bringIntoPosition(moment);

  await kill(victim);
  // Approved while something is down: the event may be lost, the sweep finds it.
  const waiting = tickets.get('approval');
  if (waiting !== undefined && victim !== 'simulator') await approve(waiting);
  await restart(victim);
  await simulator.clearFaults();
  await simulator.timings(FAST);
  running.setWindow('later', null);

  const deadline = Date.now() + RECOVERS_WITHIN_MS;
  await Promise.all([...tickets.values()].map(async (id) => endsWell(id, deadline)));
  proveOnce(await simulator.writes(started), tickets);
  await proveOneChangeEach(tickets);
}

async function bringIntoPosition(moment: Moment): Promise<Map<string, string>> {
  const tickets = new Map<string, string>();
  const create = async (position: keyof typeof TARGETS, workflow = 'Firewall change'): Promise<string> => {
    const subject = `hit in ${position}`;
    const id = await running.simulator.createTicket({ subject, workflow, targets: [TARGETS[position]] });
    tickets.set(position, id);
    return id;
  };
  const wait = await create('wait');
  const commit = await create('commit');
  const update = await create('update');
  if (FULL) await create('approval');
  await approve(wait);
  await running.until(wait, 'waits for its window', (view) => view.waiting?.for === 'window' && saved(view));
  if (FULL) {
    const verify = await create('verify');
    await holdUpReading(verify, 'getVerifier', moment);
    await approve(verify);
    await running.until(verify, 'is in verify', (view) => view.phase === 'verify');
    // Here SecureChange designs, so that the first reading of the design is ours, for the risk.
    const riskCheck = await create('riskCheck', 'Firewall change (auto)');
    await holdUpReading(riskCheck, 'getDesigner', moment);
    await running.until(riskCheck, 'is in riskCheck', (view) => view.phase === 'riskCheck');
  }

  // From here on calls are held up, so everything that is hit is under way within the same few seconds.
  await holdUp({ action: 'commit', ticketId: Number(commit) }, moment, { commitMs: HELD_MS });
  await approve(commit);
  await underWay(commit, 'commit');
  await holdUp({ action: 'update', ticketId: Number(update) }, moment, { updateMs: HELD_MS });
  await approve(update);
  await underWay(update, 'update');
  if (FULL) {
    const design = await create('design');
    await holdUp({ action: 'redesign', ticketId: Number(design) }, moment, { designMs: HELD_MS });
    await underWay(design, 'redesign');
    const advance = await create('advance');
    await holdUp({ action: 'putTask', ticketId: Number(advance) }, moment, { designMs: FAST.designMs });
    await underWay(advance, 'putTask');
    const itsm = await create('itsm');
    const before = await lastSeq();
    await holdUp({ system: 'itsm', action: 'create' }, moment, {});
    await eventually(`ticket ${itsm}: its change is being created`, async () =>
      (await running.simulator.writes(before)).some(
        ({ system, action }) => system === 'itsm' && action === 'create',
      ),
    );
  }
  return tickets;
}

async function holdUpReading(id: string, action: string, moment: Moment): Promise<void> {
  const match = { action, ticketId: Number(id) };
  const after = moment === 'after';
  await running.simulator.fault({ match, kind: 'delay', delayMs: READING_MS, after });
}

async function underWay(id: string, action: string): Promise<void> {
  await eventually(`ticket ${id}: its ${action} is under way`, async () =>
    (await running.simulator.writes()).some(
      (write) => write.ticketId === Number(id) && write.action === action,
    ),
  );
}

/** `during` holds up the operation, the other two the call: before its effect, or between effect and answer. */
async function holdUp(match: object, moment: Moment, timings: object): Promise<void> {
  const { simulator } = running;
  if (moment === 'during') await simulator.timings(timings);
  else await simulator.fault({ match, kind: 'delay', delayMs: HELD_MS, after: moment === 'after', times: 1 });
}

async function approve(id: string): Promise<void> {
  const { simulator } = running;
  await eventually(
    `ticket ${id} asks for approval`,
    async () => (await simulator.ticket(id)).step?.name === 'Approval',
  );
  await simulator.act(id, { as: 'a.kaya', do: 'approve', reason: 'fine' });
}

async function kill(victim: Victim): Promise<void> {
  const { product } = running;
  if (victim === 'temporal') await product.temporal.kill();
  else await process_(victim).kill();
}

async function restart(victim: Victim): Promise<void> {
  const { product } = running;
  if (victim === 'temporal') await product.temporal.revive();
  else await process_(victim).start();
}

function process_(victim: Exclude<Victim, 'temporal'>): { kill(): Promise<void>; start(): Promise<void> } {
  const found = running.product[victim];
  if (found === undefined) throw new Error(`the product runs no ${victim}`);
  return found;
}

/**
 * Closed like the undisturbed run; the one question that may arise is answered with what SecureChange really did on the task of
 * any carrier.
 */
async function endsWell(id: string, deadline: number, carriers: readonly string[] = [id]): Promise<void> {
  const { simulator, commands } = running;
  await eventually(
    `ticket ${id} gets along`,
    async () => {
      const { step } = await simulator.ticket(id);
      if (step?.name === 'Approval')
        await simulator.act(id, { as: 'a.kaya', do: 'approve', reason: 'fine' }).catch(() => undefined);
      const view = await running.view(id);
      const question = view.needsAttention;
      if (question?.code === 'push.unknown' && question.target !== null) {
        const sent = (await simulator.writes()).some(
          (write) =>
            write.applied &&
            carriers.includes(String(write.ticketId)) &&
            String(write.deviceId) === question.target &&
            write.action === question.phase,
        );
        const { laneKey, push } = view.targets.find(({ managementId }) => managementId === question.target)!;
        await commands.push(
          laneKey,
          push ?? 0,
          { kind: 'decideUnknownPush', answer: sent ? 'wasSent' : 'wasNotSent' },
          { reason: 'looked at the device' },
        );
      }
      return view.outcome === 'closed';
    },
    Math.max(deadline - Date.now(), 1_000),
  ).catch(async (error: unknown) => {
    const view = await running.view(id).catch(() => undefined);
    throw new Error(
      `ticket ${id} did not end well: ${JSON.stringify(view?.waiting)} ${view?.needsAttention?.reason ?? ''} ${JSON.stringify(view?.timeline.slice(-6))}`,
      { cause: error },
    );
  });
  const view = await running.view(id);
  expect(view.targets.every((target) => target.done)).toBe(true);
}

function proveOnce(writes: readonly Write[], tickets: ReadonlyMap<string, string>): void {
  for (const id of tickets.values()) {
    const applied = writes.filter((write) => write.applied && write.ticketId === Number(id));
    for (const action of ['update', 'commit']) {
      const byDevice = applied.filter((write) => write.action === action).map((write) => write.deviceId);
      expect({ ticket: id, action, devices: byDevice }).toEqual({
        ticket: id,
        action,
        devices: [...new Set(byDevice)],
      });
    }
    const completed = applied.filter((write) => write.action === 'putTask').map((write) => write.path);
    expect({ ticket: id, completed }).toEqual({ ticket: id, completed: [...new Set(completed)] });
  }
}

async function proveOneChangeEach(tickets: ReadonlyMap<string, string>): Promise<void> {
  for (const id of tickets.values()) {
    // The closing message goes out after the ticket ended.
    await eventually(`the change of ticket ${id} is closed, and there is one`, async () => {
      const changes = await running.simulator.changes();
      const own = changes.filter((change) => change.correlation_id === `securechange-${id}-servicenow`);
      return own.length === 1 && own[0]?.state === '3';
    }).catch(async (error: unknown) => {
      const { itsm, outbox, timeline } = await running.view(id);
      throw new Error(`${String(error)}: ${JSON.stringify({ itsm, outbox, last: timeline.slice(-12) })}`);
    });
    expect((await running.view(id)).itsm).not.toBeNull();
  }
}

function saved(view: TicketView): boolean {
  return view.targets.length > 0 && view.targets.every((target) => target.update === 'done');
}

async function lastSeq(): Promise<number> {
  return (await running.simulator.writes()).at(-1)?.seq ?? 0;
}
