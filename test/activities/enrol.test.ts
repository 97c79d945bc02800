import { createActivities } from '../../activities/index.js';
import type { EnrolInput, EnrolItem } from '../../activities/enrol.js';
import { inOrder } from '../../src/domain/lane-order.js';
import { enrolment } from '../support/enrolment.js';
import { DAY, fakeWorld, HOUR, shifted, START_MS, WINDOW } from '../support/fake-world.js';
import type { FakeWorld } from '../support/fake-world.js';
import { runActivity } from './activity-environment.js';
import { readyToSend } from './send-world.js';

const item = (part: Partial<EnrolItem> = {}): EnrolItem => ({
  target: 'm-FW1',
  targetName: 'FW1',
  laneKey: 'boss',
  laneName: 'boss',
  path: ['boss', 'm-FW1'],
  kind: 'commit',
  wants: 'live',
  saved: false,
  hasSaved: false,
  mayLead: true,
  instructionDigest: 'as designed',
  commitBaseline: null,
  calendar: 'nightly',
  ...part,
});

async function enrol(world: FakeWorld, items: readonly EnrolItem[], part: Partial<EnrolInput> = {}) {
  const activities = createActivities(world.deps());
  const window = { minimumRemainingMs: HOUR, horizonDays: 30 };
  const { claim } = enrolment();
  const input = {
    ticketId: '4711',
    epoch: 1,
    priority: 3,
    items,
    claim,
    saves: 'inWindow' as const,
    window,
    ...part,
  };
  return await runActivity(activities.enrol, input);
}

describe('enrol', () => {
  it('starts the lanes it needs and says when the windows open', async () => {
    const world = fakeWorld();
    const { outlooks } = await enrol(world, [item(), item({ target: 'm-FW2', laneKey: 'other' })]);
    expect(outlooks).toEqual([
      { calendar: 'nightly', zone: 'Europe/Berlin', next: WINDOW, noneReason: null },
    ]);
    expect([...world.temporal.lanes.keys()]).toEqual(['boss', 'other']);
    expect(world.temporal.lane('boss').state.queue).toMatchObject([
      { ticketId: '4711', target: 'm-FW1', kind: 'commit' },
    ]);
  });

  it('keeps the place when it is repeated', async () => {
    const world = fakeWorld();
    await enrol(world, [item()]);
    await enrol(world, [item()], { ticketId: '4712' });
    await enrol(world, [item()]);
    expect(inOrder(world.temporal.lane('boss').state).map(({ ticketId, seq }) => [ticketId, seq])).toEqual([
      ['4711', 1],
      ['4712', 2],
    ]);
  });

  it('hands each lane the rules of its manager, and each place what was approved for it', async () => {
    const world = fakeWorld();
    world.managers.set('boss', { maxMembers: 3, owner: 'n.weber' });
    await enrol(world, [item({ instructionDigest: 'its own', commitBaseline: 'none|-' })]);
    expect(world.temporal.lane('boss').state).toMatchObject({
      manager: { maxMembers: 3, owner: 'n.weber' },
      queue: [
        {
          claim: {
            instructionDigest: 'its own',
            commitBaseline: 'none|-',
            calendar: 'nightly',
            requestDigest: 'request',
          },
        },
      ],
    });
  });

  it('puts what is saved already in the ledger', async () => {
    const world = fakeWorld();
    await enrol(world, [item({ saved: true, hasSaved: true })]);
    expect(world.temporal.lane('boss').state.ledger).toMatchObject([{ ticketId: '4711', state: 'saved' }]);
  });

  it('enrols nothing that has no opening, and says why', async () => {
    const world = fakeWorld();
    world.calendars.set('never', []);
    world.calendars.set('short', [{ opensAtMs: START_MS + DAY, closesAtMs: START_MS + DAY + HOUR / 2 }]);
    const { outlooks } = await enrol(world, [
      item(),
      item({ target: 'm-FW2', calendar: 'never' }),
      item({ target: 'm-FW3', calendar: 'short' }),
    ]);
    expect(outlooks.map(({ calendar, noneReason }) => [calendar, noneReason])).toEqual([
      ['nightly', null],
      ['never', 'no opening within 30 days'],
      ['short', 'no opening is long enough'],
    ]);
    expect(world.temporal.lane('boss').state.queue.map(({ target }) => target)).toEqual(['m-FW1']);
  });

  it('shows an open window as open now', async () => {
    const world = fakeWorld();
    world.time.nowMs = WINDOW.opensAtMs + HOUR;
    const { outlooks } = await enrol(world, [item()]);
    expect(outlooks[0]!.next).toEqual({ opensAtMs: world.time.nowMs, closesAtMs: WINDOW.closesAtMs });
  });

  it('refuses a calendar that is not there', async () => {
    const enrolling = enrol(fakeWorld(), [item({ calendar: 'unheard of' })]);
    await expect(enrolling).rejects.toMatchObject({
      type: 'rejected',
      details: [{ code: 'calendar.unknown' }],
    });
  });
});

describe('leaveLanes', () => {
  const leave = async (world: FakeWorld, part: { target?: string; because?: 'held' | 'ended' } = {}) => {
    const activities = createActivities(world.deps());
    const input = {
      ticketId: '4711',
      laneKeys: ['boss', 'gone'],
      target: null,
      because: 'held' as const,
      ...part,
    };
    return await runActivity(activities.leaveLanes, input);
  };

  it('gives up one place or all, and does not mind a lane that does not run', async () => {
    const world = fakeWorld();
    await enrol(world, [item(), item({ target: 'm-FW2' }), item({ target: 'm-FW3' })]);
    expect(await leave(world, { target: 'm-FW2' })).toEqual({ rides: [] });
    expect(world.temporal.lane('boss').state.queue.map(({ target }) => target)).toEqual(['m-FW1', 'm-FW3']);
    await leave(world);
    expect(world.temporal.lane('boss').state.queue).toEqual([]);
  });

  it('leaves what was saved in the ledger, with the reason', async () => {
    const world = fakeWorld();
    await enrol(world, [item({ saved: true, hasSaved: true })]);
    await leave(world, { because: 'ended' });
    expect(world.temporal.lane('boss').state).toMatchObject({
      queue: [],
      ledger: [{ left: { because: 'ended' } }],
    });
  });

  it('names the targets that ride a call which is begun, and their push', async () => {
    const { world, input, send } = readyToSend();
    await send();
    const activities = createActivities(world.deps());
    const { ticketId, target, laneKey, n } = { ...input, ticketId: '4711' };
    const leaving = { ticketId, laneKeys: [laneKey], target: null, because: 'redone' as const };
    expect(await runActivity(activities.leaveLanes, leaving)).toEqual({ rides: [{ laneKey, target, n }] });
  });

  it('fails, to be repeated, when Temporal is away', async () => {
    const world = fakeWorld();
    await enrol(world, [item()]);
    world.temporal.beforeCall = () => new Error('Temporal is away');
    await expect(leave(world)).rejects.toThrow('Temporal is away');
  });
});

it('planWindows only reads', async () => {
  const world = fakeWorld();
  world.calendars.set('weekend', [shifted(WINDOW, 5 * DAY)]);
  const activities = createActivities(world.deps());
  const input = {
    calendars: ['nightly', 'weekend', 'nightly'],
    window: { minimumRemainingMs: 0, horizonDays: 30 },
  };
  const { outlooks } = await runActivity(activities.planWindows, input);
  expect(outlooks.map(({ calendar, next }) => [calendar, next])).toEqual([
    ['nightly', WINDOW],
    ['weekend', shifted(WINDOW, 5 * DAY)],
  ]);
  expect(world.temporal.lanes.size).toBe(0);
});
