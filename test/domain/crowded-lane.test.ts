import { newLane, type LaneState } from '../../src/domain/lane.js';
import { noticesAt } from '../../src/domain/lane-notices.js';
import { nextStep } from '../../src/domain/lane-order.js';
import { enrol, replan, type Replan } from '../../src/domain/lane-places.js';
import { laneDetails, laneNeedsAttention } from '../../src/domain/lane-view.js';
import { enrolment, savedEnrolment, windowOf } from '../support/enrolment.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Everything that one look at an object costs is counted. */
function counting<T extends object>(value: T, count: () => void): T {
  return new Proxy(value, {
    get: (target, name, receiver) => {
      count();
      return Reflect.get(target, name, receiver) as unknown;
    },
  });
}

/** How often `act` looks at places, saved changes and plans of a lane with so many tickets on one device group, half of them saved. */
function looks(tickets: number, act: (lane: LaneState, plans: Replan[]) => unknown): number {
  const lane = newLane('M', 'Panorama');
  const window = windowOf(10 * HOUR, 20 * HOUR);
  for (let ticket = 1; ticket <= tickets; ticket += 1) {
    const planned = { opensAtMs: ticket, closesAtMs: 20 * HOUR };
    const windowFor = { workflow: 'Firewall change', vendor: 'Panorama', domain: null, planned };
    const enrolled = ticket % 2 === 0 ? savedEnrolment : enrolment;
    enrol(lane, enrolled({ ticketId: `${ticket}`, saves: { aheadMs: DAY }, window, windowFor }), 0);
  }
  let count = 0;
  const counted = (): void => {
    count += 1;
  };
  lane.queue = lane.queue.map((place) => counting(place, counted));
  lane.ledger = lane.ledger.map((entry) => counting(entry, counted));
  act(
    lane,
    plansFor(tickets).map((plan) => counting(plan, counted)),
  );
  return count;
}

/** Saved by a ticket that is not enrolled. */
function withOtherTicket(lane: LaneState): LaneState {
  return { ...lane, ledger: [...lane.ledger, { ...lane.ledger[0]!, ticketId: '9999' }] };
}

function plansFor(tickets: number): Replan[] {
  return Array.from({ length: tickets }, (_, index) => ({
    workflow: 'Firewall change',
    target: 'DG',
    planned: { opensAtMs: index + 1, closesAtMs: 20 * HOUR },
    calendar: 'nightly',
    zone: 'Europe/Berlin',
    ruleVersion: 'r2',
    intervals: [{ opensAtMs: 11 * HOUR, closesAtMs: 20 * HOUR }],
    minimumRemainingMs: 2,
  }));
}

// A lane looks at all this after each message. A worker refuses a workflow that computes for seconds.
it.each<[string, (lane: LaneState, plans: Replan[]) => unknown]>([
  ['what it does next', (lane) => nextStep(lane, HOUR)],
  ['what it does next while a saved change hinders', (lane) => nextStep(withOtherTicket(lane), HOUR)],
  ['what it does in the window', (lane) => nextStep(lane, 11 * HOUR)],
  ['what it signals to its tickets', (lane) => lane.queue.map(noticesAt(lane, HOUR))],
  ['what it shows', (lane) => laneDetails(lane, HOUR)],
  ['whether it needs a person', (lane) => laneNeedsAttention(lane, HOUR)],
  ['an edited calendar', (lane, plans) => replan(lane, { basis: 'b2', plans })],
])('ten times the tickets cost a lane ten times the work, not a hundred: %s', (_, act) => {
  expect(looks(400, act)).toBeLessThan(20 * looks(40, act));
});
