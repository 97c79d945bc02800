import { createActivities } from '../../activities/index.js';
import type { WindowPolicy } from '../../src/domain/process.js';
import type { WindowQuestion } from '../../src/domain/window.js';
import { firewallChange } from '../support/firewall-change.js';
import type { EnrolInput, EnrolItem } from '../../activities/enrol.js';
import { inOrder } from '../../src/domain/lane-order.js';
import { enrolment } from '../support/enrolment.js';
import { DAY, fakeEnvironment, HOUR, shifted, START_MS, WINDOW } from '../support/fake-environment.js';
import type { FakeEnvironment } from '../support/fake-environment.js';
import { runActivity } from './activity-environment.js';
import { readyToSend } from './send-environment.js';

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
  vendor: 'Panorama',
  domain: null,
  ...part,
});

async function enrol(env: FakeEnvironment, items: readonly EnrolItem[], part: Partial<EnrolInput> = {}) {
  const activities = createActivities(env.deps());
  const window = { ...firewallChange().window, minimumRemainingMs: HOUR };
  const { claim, placeNumber } = enrolment();
  const input = {
    ticketId: '4711',
    workflow: 'Firewall change',
    epoch: 1,
    priority: 3,
    placeNumber,
    items,
    claim,
    saves: 'inWindow' as const,
    window,
    ...part,
  };
  return await runActivity(activities.enrol, input);
}

function use(env: FakeEnvironment, part: Partial<WindowPolicy>): void {
  const { window } = firewallChange();
  env.processes.set('Firewall change', firewallChange({ window: { ...window, horizonDays: 30, ...part } }));
}

function windowTarget(name: string): WindowQuestion['target'] {
  return { id: `m-${name}`, name, vendor: '', laneKey: 'boss', laneName: 'boss', path: [], domain: null };
}

describe('enrol', () => {
  it('starts the lanes it needs and says when the windows open', async () => {
    const env = fakeEnvironment();
    const { outlooks } = await enrol(env, [item(), item({ target: 'm-FW2', laneKey: 'other' })]);
    expect(outlooks).toEqual([
      {
        calendar: 'nightly',
        zone: 'Europe/Berlin',
        next: WINDOW,
        noneReason: null,
        targets: ['m-FW1', 'm-FW2'],
      },
    ]);
    expect([...env.temporal.lanes.keys()]).toEqual(['boss', 'other']);
    expect(env.temporal.lane('boss').state.queue).toMatchObject([
      { ticketId: '4711', target: 'm-FW1', kind: 'commit' },
    ]);
  });

  it('waits for the calendar of the process and for the one of the manager', async () => {
    const env = fakeEnvironment();
    const late = { ...WINDOW, opensAtMs: WINDOW.opensAtMs + HOUR };
    env.calendars.set('cma', [late]);
    env.managers.set('boss', { calendar: 'cma' });
    const { outlooks } = await enrol(env, [item(), item({ target: 'm-FW2', laneKey: 'other' })]);
    expect(outlooks.map(({ calendar, next, targets }) => [calendar, next, targets])).toEqual([
      ['nightly, cma', late, ['m-FW1']],
      ['nightly', WINDOW, ['m-FW2']],
    ]);
    expect(env.temporal.lane('boss').state.queue[0]?.window).toMatchObject({
      calendar: 'nightly, cma',
      intervals: [late],
    });
  });

  it('lets each lane begin a while after the opening, always the same, and never too late', async () => {
    const env = fakeEnvironment();
    const short = { opensAtMs: WINDOW.opensAtMs + DAY, closesAtMs: WINDOW.opensAtMs + DAY + 2 * HOUR };
    env.calendars.set('nightly', [WINDOW, short]);
    use(env, { openingJitterMs: HOUR, minimumRemainingMs: 2 * HOUR - 1 });
    const lanes = ['boss', 'other', 'third'];
    const items = lanes.map((laneKey) => item({ laneKey, target: `m-${laneKey}` }));
    await enrol(env, items);
    const openings = (index: number): number[] =>
      lanes.map((key) => env.temporal.lane(key).state.queue[0]!.window.intervals[index]!.opensAtMs);
    const first = openings(0);
    expect(new Set(first).size).toBe(3);
    for (const atMs of first) {
      expect(atMs).toBeGreaterThanOrEqual(WINDOW.opensAtMs);
      expect(atMs).toBeLessThanOrEqual(WINDOW.opensAtMs + HOUR);
    }
    expect(openings(1)).toEqual(lanes.map(() => short.opensAtMs));
    await enrol(env, items, { ticketId: '4712' });
    const seconds = env.temporal.lane('boss').state.queue[1]!.window.intervals[0]!;
    expect(seconds.opensAtMs).toBe(first[0]);
  });

  it('keeps the place when it is repeated', async () => {
    const env = fakeEnvironment();
    await enrol(env, [item()]);
    await enrol(env, [item()], { ticketId: '4712' });
    await enrol(env, [item()]);
    expect(inOrder(env.temporal.lane('boss').state).map(({ ticketId, seq }) => [ticketId, seq])).toEqual([
      ['4711', 1],
      ['4712', 2],
    ]);
  });

  it('hands each lane the rules of its manager, and each place what was approved for it', async () => {
    const env = fakeEnvironment();
    env.managers.set('boss', { maxMembers: 3, owner: 'n.weber' });
    await enrol(env, [item({ instructionDigest: 'its own', commitBaseline: 'none|-' })]);
    expect(env.temporal.lane('boss').state).toMatchObject({
      manager: { maxMembers: 3, owner: 'n.weber' },
      queue: [
        {
          claim: {
            instructionDigest: 'its own',
            commitBaseline: 'none|-',
            requestDigest: 'request',
          },
        },
      ],
    });
  });

  it('puts what is saved already in the ledger', async () => {
    const env = fakeEnvironment();
    await enrol(env, [item({ saved: true, hasSaved: true })]);
    expect(env.temporal.lane('boss').state.ledger).toMatchObject([{ ticketId: '4711', state: 'saved' }]);
  });

  it('enrols nothing that has no opening, and says why', async () => {
    const env = fakeEnvironment();
    env.calendars.set('never', []);
    use(env, { perTarget: { 'm-FW2': 'never', 'm-FW3': 'short' }, minimumRemainingMs: HOUR });
    env.calendars.set('short', [{ opensAtMs: START_MS + DAY, closesAtMs: START_MS + DAY + HOUR / 2 }]);
    const { outlooks } = await enrol(env, [item(), item({ target: 'm-FW2' }), item({ target: 'm-FW3' })]);
    expect(outlooks.map(({ calendar, noneReason }) => [calendar, noneReason])).toEqual([
      ['nightly', null],
      ['never', 'no opening within 30 days'],
      ['short', 'no opening is long enough'],
    ]);
    expect(env.temporal.lane('boss').state.queue.map(({ target }) => target)).toEqual(['m-FW1']);
  });

  it('shows an open window as open now', async () => {
    const env = fakeEnvironment();
    env.time.nowMs = WINDOW.opensAtMs + HOUR;
    const { outlooks } = await enrol(env, [item()]);
    expect(outlooks[0]!.next).toEqual({ opensAtMs: env.time.nowMs, closesAtMs: WINDOW.closesAtMs });
  });

  it('refuses a calendar that is not there', async () => {
    const env = fakeEnvironment();
    use(env, { calendar: 'unheard of' });
    const enrolling = enrol(env, [item()]);
    await expect(enrolling).rejects.toMatchObject({
      type: 'rejected',
      details: [{ code: 'calendar.unknown' }],
    });
  });
});

describe('leaveLanes', () => {
  const leave = async (env: FakeEnvironment, part: { target?: string; because?: 'held' | 'ended' } = {}) => {
    const activities = createActivities(env.deps());
    const input = {
      ticketId: '4711',
      laneKeys: ['boss', 'gone'],
      target: null,
      because: 'held' as const,
      upTo: enrolment().placeNumber,
      ...part,
    };
    return await env.time.finish(runActivity(activities.leaveLanes, input));
  };

  it('gives up one place or all, and does not mind a lane that does not run', async () => {
    const env = fakeEnvironment();
    await enrol(env, [item(), item({ target: 'm-FW2' }), item({ target: 'm-FW3' })]);
    expect(await leave(env, { target: 'm-FW2' })).toEqual({ rides: [] });
    expect(env.temporal.lane('boss').state.queue.map(({ target }) => target)).toEqual(['m-FW1', 'm-FW3']);
    await leave(env);
    expect(env.temporal.lane('boss').state.queue).toEqual([]);
  });

  it('starts a lost lane, which recovers its state first, and gives the place up there', async () => {
    const env = fakeEnvironment();
    await enrol(env, [item()]);
    env.temporal.terminateLane('boss');
    await leave(env);
    expect(env.temporal.lane('boss').state).toMatchObject({ recovered: true, queue: [] });
  });

  it('leaves what was saved in the ledger, with the reason', async () => {
    const env = fakeEnvironment();
    await enrol(env, [item({ saved: true, hasSaved: true })]);
    await leave(env, { because: 'ended' });
    expect(env.temporal.lane('boss').state).toMatchObject({
      queue: [],
      ledger: [{ left: { because: 'ended' } }],
    });
  });

  it('names the targets that ride a call which is begun, and their push', async () => {
    const { env, input, send } = readyToSend();
    await send();
    const activities = createActivities(env.deps());
    const { ticketId, target, laneKey, n } = { ...input, ticketId: '4711' };
    const upTo = enrolment().placeNumber;
    const leaving = { ticketId, laneKeys: [laneKey], target: null, because: 'redone' as const, upTo };
    expect(await runActivity(activities.leaveLanes, leaving)).toEqual({ rides: [{ laneKey, target, n }] });
  });

  it('fails, to be repeated, when Temporal is away', async () => {
    const env = fakeEnvironment();
    await enrol(env, [item()]);
    env.temporal.beforeCall = () => new Error('Temporal is away');
    await expect(leave(env)).rejects.toThrow('Temporal is away');
  });
});

it('planWindows only reads', async () => {
  const env = fakeEnvironment();
  env.calendars.set('weekend', [shifted(WINDOW, 5 * DAY)]);
  use(env, { perTarget: { FW2: 'weekend' } });
  const activities = createActivities(env.deps());
  const input = {
    workflow: 'Firewall change',
    targets: ['FW1', 'FW2', 'FW3'].map((name) => windowTarget(name)),
    window: { ...firewallChange().window, minimumRemainingMs: 0 },
  };
  const { outlooks } = await runActivity(activities.planWindows, input);
  expect(outlooks.map(({ calendar, next }) => [calendar, next])).toEqual([
    ['nightly', WINDOW],
    ['weekend', shifted(WINDOW, 5 * DAY)],
  ]);
  expect(env.temporal.lanes.size).toBe(0);
});
