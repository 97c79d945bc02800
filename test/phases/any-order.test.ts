import fc from 'fast-check';

import type { FakeTicket } from '../support/fake-ticket.js';
import { DAY, FakeEnvironment, HOUR, MINUTE, shifted, WINDOW } from '../support/fake-environment.js';
import { directFirewall, manager } from '../support/firewall-change.js';

/** For each of the four endings. */
const ORDERS = 50;
const LOSSES = 20;

type Ending = 'close' | 'redo' | 'redoSameIds' | 'cancel';

/** How one report of the mediator travels: a delay for every time it arrives; none when it is lost. */
type Journey = readonly number[];

interface Disturbance {
  readonly journeys: readonly Journey[];
  /** How long people take, and how slow everything is. */
  readonly personMs: number;
  readonly latencyMs: readonly number[];
}

const delay = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 20_000 }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 30 * MINUTE }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 20 * HOUR }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 3 * DAY }) },
);
const disturbance = (least: number): fc.Arbitrary<Disturbance> =>
  fc.record({
    journeys: fc.array(fc.array(delay, { minLength: least, maxLength: 3 }), { minLength: 10, maxLength: 10 }),
    personMs: fc.integer({ min: 1, max: 2 * HOUR }),
    latencyMs: fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 7 }),
  });
const UNDISTURBED: Disturbance = { journeys: [[1]], personMs: MINUTE, latencyMs: [5] };

/** The first opening comes when even the slowest life is prepared for it. */
const EVENING = shifted(WINDOW, 20 * DAY);

/** What must not depend on the order of events: where ticket and devices stand, what was done, what the lanes keep. */
interface Ended {
  readonly status: string;
  readonly epoch: number;
  readonly outcome: string | null;
  readonly devices: readonly string[];
  readonly effects: readonly string[];
  readonly ledger: readonly string[];
}

interface Life {
  readonly ended: Ended;
  readonly lateRuns: number;
  readonly pushedOutside: readonly string[];
}

/** Lives one ticket through, swept daily or only once, after everything. */
async function live(
  ending: Ending,
  { journeys, personMs, latencyMs }: Disturbance,
  swept: 'once' | 'daily',
): Promise<Life> {
  const env = new FakeEnvironment();
  let reports = 0;
  let calls = 0;
  env.deliver = () => {
    return journeys[reports++ % journeys.length] ?? [];
  };
  env.worker.latencyMs = () => latencyMs[calls++ % latencyMs.length] ?? 1;
  let turned = false;
  const people = (ticket: FakeTicket): void => {
    const step = ticket.current;
    env.time.at(env.time.nowMs + personMs, () => {
      if (ticket.current !== step) return;
      if (step?.name === 'Open Request') ticket.complete(ticket.requester);
      if (step?.name === 'Approval' && step.completedIn !== ticket.epoch) ticket.approve('a.schmidt');
    });
    if (step?.name === 'Implementation' && !turned && ending !== 'close') {
      turned = true;
      // People change their minds when everything is prepared, shortly before the window opens.
      env.time.at(EVENING.opensAtMs - HOUR, () => {
        if (ending === 'cancel') ticket.end('cancelled');
        else ticket.redo('Design and Risk');
      });
    }
  };
  env.secureChange.onChange = people;
  env.calendars.set('nightly', [EVENING, shifted(EVENING, 20 * DAY)]);
  try {
    const ticket = env.ticket({
      devices: [manager('FW1'), manager('FW2'), directFirewall('EDGE')],
      redoIds: ending === 'redoSameIds' ? 'same' : 'new',
    });
    const over = (): boolean =>
      ticket.status !== 'inProgress' && env.temporal.runs.length > 0 && !env.temporal.runningRun(ticket.id);
    if (swept === 'daily') {
      while (!over()) {
        await env.time.pass(DAY);
        await env.sweep();
        if (env.time.nowMs > EVENING.opensAtMs + 60 * DAY)
          throw new Error('swept and swept, and it never ended');
      }
    }
    await env.time.idle();
    await env.sweep();
    await env.time.idle();
    return { ended: ended(env, ticket), lateRuns: lateRuns(env), pushedOutside: pushedOutside(env) };
  } finally {
    env.close();
  }
}

function ended(env: FakeEnvironment, ticket: FakeTicket): Ended {
  return {
    status: ticket.status,
    epoch: ticket.epoch,
    outcome: env.run().outcome,
    devices: ticket.devices.map(({ name, update, commit }) => `${name}: ${update}, ${commit.state}`),
    effects: env.secureChange.effects.map(({ kind, target, epoch }) => `${epoch}: ${kind} ${target}`).sort(),
    ledger: [...env.temporal.lanes.values()].flatMap(({ state }) =>
      state.ledger.map((entry) => `${entry.targetName}: ${entry.left?.because ?? entry.state}`),
    ),
  };
}

function lateRuns(env: FakeEnvironment): number {
  return env.temporal.runs.filter((run) => run.outcome === 'lateEvent').length;
}

function pushedOutside(env: FakeEnvironment): string[] {
  const inside = (atMs: number): boolean =>
    (env.calendars.get('nightly') ?? []).some(
      ({ opensAtMs, closesAtMs }) => atMs >= opensAtMs && atMs < closesAtMs,
    );
  return env.secureChange.effects
    .filter(({ kind, target }) => kind === 'commit' || (kind === 'update' && target === 'EDGE'))
    .filter(({ atMs }) => !inside(atMs))
    .map(({ kind, target }) => `${kind} ${target}`);
}

describe.each<Ending>(['close', 'redo', 'redoSameIds', 'cancel'])('a life that ends in %s', (ending) => {
  let undisturbed: Ended;
  beforeAll(async () => {
    undisturbed = (await live(ending, UNDISTURBED, 'once')).ended;
  });

  it('does what it should when every event comes at once', () => {
    expect(undisturbed).toMatchObject(
      ending === 'cancel'
        ? {
            status: 'cancelled',
            devices: ['FW1: updated, none', 'FW2: updated, none', 'EDGE: none, none'],
            ledger: ['FW1: cancelled', 'FW2: cancelled'],
          }
        : {
            status: 'closed',
            devices: ['FW1: updated, committed', 'FW2: updated, committed', 'EDGE: updated, none'],
            ledger: [],
          },
    );
  });

  it('checklist point 3: ends the same in whatever order, how late and how often its events come', async () => {
    await fc.assert(
      fc.asyncProperty(disturbance(1), async (disturbed) => {
        const life = await live(ending, disturbed, 'once');
        expect(life.ended).toEqual(undisturbed);
        expect(life.pushedOutside).toEqual([]);
      }),
      { numRuns: ORDERS, endOnFailure: true },
    );
  });

  it('ends the same when any of its events are lost, because the sweep stands in for them', async () => {
    await fc.assert(
      fc.asyncProperty(disturbance(0), async (disturbed) => {
        const life = await live(ending, disturbed, 'daily');
        expect(life.ended).toEqual(undisturbed);
        expect(life.pushedOutside).toEqual([]);
      }),
      { numRuns: LOSSES, endOnFailure: true },
    );
  });

  it('starts a run for an event after the end, which does nothing and says so', async () => {
    const journeys = Array.from({ length: 10 }, () => [1, 30 * DAY]);
    const life = await live(ending, { ...UNDISTURBED, journeys }, 'once');

    expect(life.ended).toEqual(undisturbed);
    expect(life.lateRuns).toBeGreaterThan(0);
  });
});
