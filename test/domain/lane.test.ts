import fc from 'fast-check';

import { beginSend, callNotMade, savedInPush, sendFacts, type BeginSend } from '../../src/domain/fence.js';
import { clearFailures, delivered } from '../../src/domain/kept-results.js';
import { endPush } from '../../src/domain/push-end.js';
import { savedBy, startPush } from '../../src/domain/running-push.js';
import { DEFAULT_MANAGER, newLane, type LaneState, type LeftBecause } from '../../src/domain/lane.js';
import { noticesAt } from '../../src/domain/lane-notices.js';
import { nextStep, type PlannedPush } from '../../src/domain/lane-order.js';
import { expectedPushMs } from '../../src/domain/usual-lengths.js';
import { basesOf, enrol, leave, questionsToPlan, replan } from '../../src/domain/lane-places.js';
import { recoveredFrom } from '../../src/domain/lane-recovery.js';
import { acceptLedger, hindrancesOf, hindranceText, noteSaved } from '../../src/domain/ledger.js';
import { memberKey, type MemberResult, type PushCall } from '../../src/domain/push.js';
import { enrolment, leaveLane, savedEnrolment, windowOf } from '../support/enrolment.js';
import { NOTHING_FOREIGN } from '../support/foreign-check.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const RUN = 'run-1';

const LIVE: MemberResult = {
  kind: 'live',
  joined: false,
  message: 'committed',
  leader: '1',
  otherTickets: [],
  atMs: 0,
  commitEvidence: 'committed|now',
  revisionBefore: 7,
  committedUntil: null,
};
const notSent = (cause: Extract<MemberResult, { kind: 'notSent' }>['cause']): MemberResult => ({
  kind: 'notSent',
  cause,
  message: `it was ${cause}`,
});
const FAILED: MemberResult = { kind: 'failed', call: 'commit', message: 'refused by the firewall' };

function laneWith(...places: Parameters<typeof enrolment>[0][]): LaneState {
  const lane = newLane('M', 'Panorama');
  for (const place of places) enrol(lane, enrolment(place), 0);
  return lane;
}

const saved = (part: Parameters<typeof enrolment>[0]) => ({ saved: true, hasSaved: true, ...part });

function planned(lane: LaneState, nowMs = 0): PlannedPush {
  const step = nextStep(lane, nowMs);
  if (step.kind !== 'start') throw new Error(`the lane does not start a push, it would ${step.kind}`);
  return step.push;
}

/** Starts what the lane would start now. */
function start(lane: LaneState, nowMs = 0) {
  const push = startPush(lane, planned(lane, nowMs), nowMs);
  lane.push = { ...push, runId: RUN };
  return lane.push;
}

const BEFORE = JSON.stringify({
  leader: '1/DG',
  ref: { ticketId: '1', stepId: '4', taskId: '9', fieldId: '2' },
  seen: 'none|-',
  revision: 7,
  savedUntilMs: null,
});

function begin(lane: LaneState, call: PushCall = 'commit', part: Partial<BeginSend> = {}, nowMs = 0) {
  const push = lane.push!;
  return beginSend(
    lane,
    {
      n: push.n,
      runId: RUN,
      nonce: 'a',
      call,
      effectKey: 'effect',
      members: push.members.map(memberKey),
      version: lane.version,
      baseline: BEFORE,
      foreign: NOTHING_FOREIGN,
      ...part,
    },
    nowMs,
  );
}

function deliverAll(lane: LaneState): void {
  delivered(lane, lane.undelivered);
}

function end(
  lane: LaneState,
  resultOf: (ticketId: string) => MemberResult,
  part: { sharedFailure?: string; restMs?: number; nowMs?: number } = {},
): void {
  const { n, members } = lane.push!;
  const results = members.map(({ ticketId, target }) => ({ ticketId, target, result: resultOf(ticketId) }));
  const { sharedFailure = null, restMs = 0, nowMs = 0 } = part;
  endPush(lane, { n, runId: RUN, members: results, sharedFailure, restMs }, nowMs);
}

const tickets = (places: readonly { ticketId: string }[]): string[] => places.map(({ ticketId }) => ticketId);

describe('enrolling', () => {
  it('again keeps the place and renews window and epoch', () => {
    const lane = laneWith({ ticketId: '1' }, { ticketId: '2' });
    enrol(lane, enrolment({ ticketId: '1', epoch: 2, window: windowOf(5, 50) }), 2);
    expect([...lane.queue].sort((a, b) => a.seq - b.seq)).toMatchObject([
      { ticketId: '1', seq: 1, epoch: 2, enrolledAtMs: 0, window: { intervals: [{ opensAtMs: 5 }] } },
      { ticketId: '2', seq: 2 },
    ]);
  });

  it('a member of a running push changes nothing', () => {
    const lane = laneWith({});
    start(lane);
    enrol(lane, enrolment({ epoch: 2 }), 1);
    expect(lane).toMatchObject({ queue: [], push: { members: [{ epoch: 1 }] } });
  });

  it('with a saved Update puts it in the ledger, whoever saved it', () => {
    expect(laneWith(saved({})).ledger).toMatchObject([{ ticketId: '1', state: 'saved', left: null }]);
  });

  it('again with the change that it saved removes the mark of its leaving; with another change it does not', () => {
    const lane = laneWith(saved({}));
    leaveLane(lane, { ticketId: '1', target: null, because: 'held' }, 1);
    enrol(lane, enrolment({ saved: true, claim: { instructionDigest: 'others' } }), 2);
    expect(lane.ledger[0]?.left).toMatchObject({ because: 'held' });
    enrol(lane, enrolment({ saved: true }), 3);
    expect(lane.ledger[0]?.left).toBeNull();
  });
});

it('a change that a named person recorded as live hinders no ticket any more', () => {
  const lane = laneWith(saved({ ticketId: '1' }), saved({ ticketId: '2' }));
  leaveLane(lane, { ticketId: '1', target: 'DG', because: 'doneByHand' }, 1);
  expect(tickets(lane.ledger)).toEqual(['2']);
  expect(planned(lane).members).toMatchObject([{ ticketId: '2' }]);
});

describe('a message that is sent again', () => {
  const places = (lane: LaneState) => lane.queue.map(({ ticketId, target }) => `${ticketId}/${target}`);

  it.each<[string, (lane: LaneState) => void]>([
    ['left', (lane) => leaveLane(lane, { ticketId: '1', target: 'DG', because: 'held' }, 1)],
    [
      'left with all targets',
      (lane) => leaveLane(lane, { ticketId: '1', target: null, because: 'aborted' }, 1),
    ],
    [
      'failed in its push',
      (lane) => {
        start(lane);
        end(lane, () => FAILED);
      },
    ],
  ])('an enrolment gives a ticket that %s no place again; a newer one does', (_, change) => {
    const recorded = enrolment({});
    const lane = newLane('M', 'Panorama');
    expect(enrol(lane, recorded, 0)).toBe(true);
    change(lane);
    expect(enrol(lane, recorded, 2)).toBe(false);
    expect(places(lane)).toEqual([]);
    expect(enrol(lane, enrolment({}), 3)).toBe(true);
    expect(places(lane)).toEqual(['1/DG']);
  });

  it('an enrolment that is older than the place changes nothing', () => {
    const recorded = enrolment({ window: windowOf(0, 5) });
    const lane = laneWith({ window: windowOf(5, 50) });
    expect(enrol(lane, recorded, 2)).toBe(true);
    expect(lane.queue).toMatchObject([{ window: { intervals: [{ opensAtMs: 5 }] } }]);
  });

  it('an enrolment that was under way when its ticket left all its places comes too late', () => {
    const underWay = enrolment({});
    const lane = newLane('M', 'Panorama');
    leaveLane(lane, { ticketId: '1', target: null, because: 'redone' }, 1);
    expect(enrol(lane, underWay, 2)).toBe(false);
  });

  it('a leave removes no place that is newer, and does not mark what it saved', () => {
    const lane = laneWith(saved({}));
    const leaves = (['DG', null] as const).map((target) => ({
      ticketId: '1',
      target,
      because: 'held' as const,
    }));
    const upTo = lane.queue[0]!.placeNumber;
    for (const each of leaves) leave(lane, { ...each, upTo }, 1);
    enrol(lane, enrolment(saved({})), 2);
    for (const each of leaves) leave(lane, { ...each, upTo }, 3);
    expect(lane).toMatchObject({ queue: [{ ticketId: '1' }], ledger: [{ left: null }] });
  });

  it('to a lane that was lost is judged by what its earlier run knew', () => {
    const recorded = enrolment({});
    const earlier = newLane('M', 'Panorama');
    enrol(earlier, recorded, 0);
    leaveLane(earlier, { ticketId: '1', target: null, because: 'held' }, 1);
    const since = laneWith({ ticketId: '2' });
    enrol(since, recorded, 2);
    expect(places(recoveredFrom(earlier, since))).toEqual(['2/DG']);
  });

  it('of 1,500 tickets that left is refused, although the lane remembers fewer', () => {
    const lane = laneWith({ ticketId: 'waits' });
    const recorded = Array.from({ length: 1_500 }, (_, index) => enrolment({ ticketId: `${index}` }));
    for (const each of recorded) {
      enrol(lane, each, 0);
      leaveLane(lane, { ticketId: each.ticketId, target: null, because: 'ended' }, 1);
    }
    expect(Object.keys(lane.placeNumbers).length).toBeLessThan(1_010);
    expect(recorded.filter((each) => enrol(lane, each, 2))).toEqual([]);
    expect(places(lane)).toEqual(['waits/DG']);
    leaveLane(lane, { ticketId: 'waits', target: null, because: 'held' }, 3);
    expect(places(lane)).toEqual([]);
  });
});

describe('the order', () => {
  it('is priority, then place; a place with a closed window is left out', () => {
    const lane = laneWith(
      { ticketId: '1', target: 'A', priority: 1, window: windowOf(HOUR, 2 * HOUR) },
      { ticketId: '2', target: 'B', priority: 3 },
      { ticketId: '3', target: 'C', priority: 2 },
      { ticketId: '4', target: 'D', priority: 2 },
    );
    const order: string[] = [];
    while (nextStep(lane, 0).kind === 'start') {
      order.push(...tickets(start(lane).members));
      end(lane, () => LIVE);
    }
    expect(order).toEqual(['3', '4', '2']);
    expect(nextStep(lane, 0)).toEqual({ kind: 'sleep', untilMs: HOUR });
  });

  it('puts a place that was not sent behind the others, so that every ticket is served', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 8 }), (count) => {
        const lane = newLane('M', 'M');
        for (let id = 0; id < count; id += 1)
          enrol(lane, enrolment({ ticketId: `${id}`, target: `${id}` }), 0);
        const seen: string[] = [];
        for (let round = 0; round < count; round += 1) {
          seen.push(...tickets(start(lane).members));
          end(lane, () => notSent('changed'));
        }
        expect(new Set(seen).size).toBe(count);
      }),
    );
  });

  it('names a place that missed its windows, also while something hinders', () => {
    const lane = laneWith(saved({ ticketId: '9' }), { ticketId: '1', window: windowOf(0, 10) });
    leaveLane(lane, { ticketId: '9', target: null, because: 'ended' }, 0);
    expect(nextStep(lane, 9)).toMatchObject({ kind: 'missed', enrolment: { ticketId: '1' } });
  });

  it('starts nothing while the lane is paused or a push runs', () => {
    const lane = laneWith({ ticketId: '1' }, { ticketId: '2', target: 'B' });
    lane.paused = { by: 'olga', reason: 'x', sinceMs: 0 };
    expect(nextStep(lane, 0).kind).not.toBe('start');
    lane.paused = null;
    start(lane);
    expect(nextStep(lane, 0).kind).not.toBe('start');
  });
});

describe('the members of a push', () => {
  it('are the places of the target whose window is open for the expected length', () => {
    const lane = laneWith(
      { ticketId: '1' },
      { ticketId: '2', window: windowOf(0, HOUR) },
      { ticketId: '3', window: windowOf(0, 5 * MINUTE) },
      { ticketId: '4', window: windowOf(HOUR, 3 * HOUR) },
      { ticketId: '5', target: 'other' },
      { ticketId: '6', wants: 'saved' },
    );
    expect(planned(lane)).toMatchObject({ kind: 'commit', target: 'DG' });
    expect(tickets(planned(lane).members)).toEqual(['1', '2']);
  });

  it('are at most as many as the manager allows; saved ones come first, because the Commit makes them live anyway', () => {
    const lane = laneWith({ ticketId: '1' }, { ticketId: '2' }, saved({ ticketId: '3' }));
    lane.manager = { ...DEFAULT_MANAGER, maxMembers: 2 };
    expect(tickets(planned(lane).members)).toEqual(['3', '1']);
  });

  it('are one ticket when each ticket has its own Commit', () => {
    const lane = laneWith({ ticketId: '1' }, { ticketId: '2' });
    lane.manager = { ...DEFAULT_MANAGER, commit: 'each' };
    expect(tickets(planned(lane).members)).toEqual(['1']);
  });

  it('are the ticket alone when an Update enforces', () => {
    const lane = laneWith(
      { ticketId: '1', kind: 'enforcingUpdate' },
      { ticketId: '2', kind: 'enforcingUpdate' },
    );
    expect(planned(lane)).toMatchObject({ kind: 'enforcingUpdate', members: [{ ticketId: '1' }] });
  });

  it('are chosen by the median length of the last 20 pushes once there are some', () => {
    const lane = laneWith({});
    expect(expectedPushMs(lane)).toBe(10 * MINUTE);
    for (const minutes of [1, 2, 90]) {
      enrol(lane, enrolment({}), 0);
      start(lane);
      if (!lane.push!.members[0]!.saved)
        savedInPush(
          lane,
          { n: lane.push!.n, runId: RUN, key: '1/DG', outcome: 'saved', commitEvidence: '' },
          0,
        );
      begin(lane);
      end(lane, () => LIVE, { nowMs: minutes * MINUTE });
    }
    expect(expectedPushMs(lane)).toBe(2 * MINUTE);
  });
});

describe('saving ahead of the window', () => {
  const ahead = (part: Parameters<typeof enrolment>[0] = {}) => ({
    window: windowOf(10 * HOUR, 12 * HOUR),
    saves: { aheadMs: 2 * HOUR },
    ...part,
  });

  it('begins that long before the opening, one push a member, and Commits at the opening', () => {
    const lane = laneWith(ahead());
    expect(nextStep(lane, 0)).toEqual({ kind: 'sleep', untilMs: 8 * HOUR });
    expect(planned(lane, 8 * HOUR)).toMatchObject({ kind: 'save', members: [{ ticketId: '1' }] });
    enrol(lane, savedEnrolment(ahead()), 8 * HOUR);
    expect(nextStep(lane, 8 * HOUR)).toEqual({ kind: 'sleep', untilMs: 10 * HOUR });
    expect(planned(lane, 10 * HOUR).kind).toBe('commit');
  });

  it.each([
    ['too little time is left before the opening', [ahead({ saves: { aheadMs: 6 * MINUTE } })], {}],
    [
      'another ticket in the scope waits for another window',
      [ahead(), { ticketId: '2' as const }],
      { at: 8 },
    ],
    ['each Commit is made alone', [ahead()], { manager: { commit: 'each' as const } }],
    ['it would save early on a manager that others use', [ahead({ saves: 'early' as const })], {}],
  ])('is put off while %s', (_, places, { at = 0, manager = {} }: { at?: number; manager?: object }) => {
    const lane = laneWith(
      ...places.map((place) =>
        at > 0 && !('saves' in place) ? { ...place, window: windowOf(20 * HOUR, 21 * HOUR, 'later') } : place,
      ),
    );
    lane.manager = { ...DEFAULT_MANAGER, ...manager };
    expect(nextStep(lane, 8 * HOUR)).toEqual({ kind: 'sleep', untilMs: 10 * HOUR });
  });

  it('is put off while a saved change hinders the Commit', () => {
    const lane = laneWith(ahead(), saved(ahead({ ticketId: '2' })));
    leaveLane(lane, { ticketId: '2', target: null, because: 'redone' }, 0);
    expect(nextStep(lane, 8 * HOUR)).toEqual({ kind: 'sleep', untilMs: 10 * HOUR });
    acceptLedger(lane, '2', 'anna', 'agreed', 0);
    expect(planned(lane, 8 * HOUR).kind).toBe('save');
  });

  it.each([
    ['the same window of SecureTrack', 'nightly', 'start'],
    ['another window of SecureTrack, which would carry both', 'later', 'sleep'],
  ])('beside a change that is saved for %s', (_, calendar, step) => {
    const lane = laneWith(ahead({ wants: 'saved', secureTrack: true }));
    const window = windowOf(9 * HOUR, 12 * HOUR, calendar);
    const other = enrolment({ ticketId: '2', wants: 'saved', secureTrack: true, window });
    noteSaved(lane, { ...savedBy(other), state: 'saved' }, 0);
    expect(nextStep(lane, 8 * HOUR).kind).toBe(step);
  });

  it('happens at once where it may happen early', () => {
    const lane = laneWith(ahead({ saves: 'early' }));
    lane.manager = { ...DEFAULT_MANAGER, exclusive: true };
    expect(planned(lane).kind).toBe('save');
  });
});

describe('what hinders a Commit', () => {
  it.each<[string, string[], string[], boolean]>([
    ['the target itself', ['M', 'DG'], ['M', 'DG'], true],
    ['a group below it', ['M', 'DG'], ['M', 'DG', 'child'], true],
    ['what it inherits from above', ['M', 'DG'], ['M'], true],
    ['a group beside it', ['M', 'DG'], ['M', 'other'], false],
    ['at an unknown place', ['M', 'DG'], [], true],
  ])('is looked for in its scope: %s', (_, target, path, hinders) => {
    const lane = laneWith(saved({ ticketId: '2', target: 'x', path }));
    leaveLane(lane, { ticketId: '2', target: null, because: 'redone' }, 0);
    expect(hindrancesOf(lane, target, [], 0).length > 0).toBe(hinders);
  });

  it.each<LeftBecause>([
    'held',
    'redone',
    'rejected',
    'cancelled',
    'aborted',
    'ended',
    'gateClosed',
    'failed',
  ])('is what a ticket has saved that left: %s; a person may accept it, once', (because) => {
    const lane = laneWith({ ticketId: '1' }, saved({ ticketId: '2' }));
    leaveLane(lane, { ticketId: '2', target: null, because }, 0);
    expect(nextStep(lane, 0).kind).toBe('sleep');
    expect(hindranceText(hindrancesOf(lane, ['M', 'DG'], lane.queue, 0))).toContain('ticket 2 on DG');
    expect(acceptLedger(lane, '2', 'anna', 'agreed', 0)).toBe(1);
    expect(acceptLedger(lane, '2', 'anna', 'agreed', 0)).toBe(0);

    start(lane);
    savedInPush(lane, { n: lane.push!.n, runId: RUN, key: '1/DG', outcome: 'saved', commitEvidence: '' }, 0);
    expect(begin(lane)).toMatchObject({ kind: 'begun', first: true });
    end(lane, () => LIVE);
    expect(lane.ledger).toEqual([]);
    noteSaved(
      lane,
      { ...savedEnrolment({ ticketId: '2' }), instructionDigest: 'as designed', state: 'saved' },
      0,
    );
    expect(lane.ledger[0]?.accepted).toBeNull();
  });

  it('is a change saved for another target in the scope whose window is shut', () => {
    const lane = laneWith(
      { ticketId: '1' },
      saved({ ticketId: '2', target: 'child', path: ['M', 'DG', 'child'], window: windowOf(HOUR, 2 * HOUR) }),
    );
    expect(hindrancesOf(lane, ['M', 'DG'], lane.queue.slice(0, 1), 0)).toMatchObject([
      { ticketId: '2', why: 'windowShut' },
    ]);
    expect(nextStep(lane, HOUR).kind).toBe('start');
  });

  it('is an Update with an unknown outcome, and one that differs from the approved change', () => {
    const lane = laneWith(saved({ ticketId: '1' }), saved({ ticketId: '2' }));
    noteSaved(lane, { ...lane.ledger[0]!, state: 'unknown' }, 0);
    enrol(lane, enrolment({ ticketId: '2', saved: true, epoch: 2 }), 0);
    expect(
      hindrancesOf(lane, ['M', 'DG'], lane.queue, 0)
        .map(({ why }) => why)
        .sort(),
    ).toEqual(['otherChange', 'unknown']);
  });

  it('is shown to each ticket that waits for that Commit, and to no other', () => {
    const lane = laneWith({ ticketId: '1' }, { ticketId: '3', target: 'other' }, saved({ ticketId: '2' }));
    leaveLane(lane, { ticketId: '2', target: null, because: 'redone' }, 0);
    const notices = lane.queue.map((place) => [place.ticketId, noticesAt(lane, 0)(place)?.kind ?? null]);
    expect(notices).toEqual([
      ['1', 'hindered'],
      ['3', null],
    ]);
  });

  it('does not hinder other targets of the lane', () => {
    const lane = laneWith({ ticketId: '1' }, saved({ ticketId: '2' }), { ticketId: '3', target: 'other' });
    leaveLane(lane, { ticketId: '2', target: null, because: 'redone' }, 0);
    expect(tickets(planned(lane).members)).toEqual(['3']);
  });
});

describe('leaving', () => {
  it('is out at once while nothing is begun; what was saved stays, marked', () => {
    const lane = laneWith(saved({ ticketId: '1' }), saved({ ticketId: '2' }));
    start(lane);
    expect(leaveLane(lane, { ticketId: '1', target: null, because: 'held' }, 5)).toEqual({ rides: [] });
    expect(tickets(lane.push!.members)).toEqual(['2']);
    expect(lane.ledger.find(({ ticketId }) => ticketId === '1')?.left).toEqual({ because: 'held', atMs: 5 });
    expect(begin(lane).kind).toBe('hindered');
  });

  it('rides a call that is begun: it gets the result of that push, and no place again', () => {
    const lane = laneWith(saved({ ticketId: '1' }), saved({ ticketId: '2' }));
    const { n } = start(lane);
    begin(lane);
    expect(leaveLane(lane, { ticketId: '1', target: null, because: 'cancelled' }, 5)).toEqual({
      rides: [{ target: 'DG', n }],
    });
    end(lane, () => notSent('sharedFailure'));
    expect(tickets(lane.queue)).toEqual(['2']);
    expect(lane.undelivered).toMatchObject([{ n, ticketId: '1', result: { kind: 'notSent' } }]);
    expect(lane.ledger.find(({ ticketId }) => ticketId === '1')?.left).toMatchObject({
      because: 'cancelled',
    });
  });

  it('while its Update runs keeps it out of the Commit that follows', () => {
    const lane = laneWith({ ticketId: '1' }, saved({ ticketId: '2' }));
    const { n } = start(lane);
    begin(lane, 'update', { members: ['1/DG'] });
    expect(leaveLane(lane, { ticketId: '1', target: null, because: 'held' }, 5)).toMatchObject({
      rides: [{ n }],
    });
    savedInPush(lane, { n, runId: RUN, key: '1/DG', outcome: 'saved', commitEvidence: '' }, 6);
    expect(tickets(lane.push!.members)).toEqual(['2']);
    expect(begin(lane, 'commit', { effectKey: 'commit' })).toMatchObject({
      kind: 'hindered',
      hindrances: [{ ticketId: '1', why: 'left' }],
    });
  });

  it('after its Update ended and before the Commit is begun is out', () => {
    const lane = laneWith({ ticketId: '1' }, saved({ ticketId: '2' }));
    const { n } = start(lane);
    begin(lane, 'update', { members: ['1/DG'] });
    savedInPush(lane, { n, runId: RUN, key: '1/DG', outcome: 'saved', commitEvidence: '' }, 6);
    expect(leaveLane(lane, { ticketId: '1', target: null, because: 'held' }, 7)).toEqual({ rides: [] });
    expect(begin(lane, 'commit', { effectKey: 'commit' }).kind).toBe('hindered');
  });

  it('a final reason replaces a repairable one, never the other way round', () => {
    const lane = laneWith(saved({}));
    for (const [because, shown] of [
      ['held', 'held'],
      ['redone', 'redone'],
      ['held', 'redone'],
    ] as const) {
      leaveLane(lane, { ticketId: '1', target: null, because }, 0);
      expect(lane.ledger[0]?.left?.because).toBe(shown);
    }
  });
});

describe('beginSend', () => {
  it('records the intent once: the same attempt is answered alike, another one gets the baseline', () => {
    const lane = laneWith(saved({}));
    start(lane);
    expect(begin(lane, 'commit', {}, 5)).toEqual({ kind: 'begun', first: true, atMs: 5, baseline: BEFORE });
    expect(begin(lane, 'commit', { baseline: 'later' }, 9)).toEqual({
      kind: 'begun',
      first: true,
      atMs: 5,
      baseline: BEFORE,
    });
    expect(begin(lane, 'commit', { nonce: 'b' }, 9)).toMatchObject({ first: false, baseline: BEFORE });
  });

  it('is stale for another push, for another run of this one, and after its end', () => {
    const lane = laneWith(saved({}));
    const { n } = start(lane);
    expect(begin(lane, 'commit', { n: n - 1 }).kind).toBe('stale');
    expect(begin(lane, 'commit', { runId: 'after a reset' }).kind).toBe('stale');
    expect(sendFacts(lane, { n, runId: 'after a reset' }, 0)).toMatchObject({ current: false, members: [] });
    end(lane, () => LIVE);
    expect(sendFacts(lane, { n, runId: RUN }, 0).current).toBe(false);
  });

  it('is refused while the lane is paused', () => {
    const lane = laneWith(saved({}));
    start(lane);
    lane.paused = { by: 'olga', reason: 'x', sinceMs: 0 };
    expect(begin(lane)).toEqual({ kind: 'paused', by: 'olga' });
  });

  it('is refused when ledger or members changed after the judgement, not when another ticket enrolled', () => {
    const lane = laneWith(saved({ ticketId: '1' }), saved({ ticketId: '2', target: 'other' }));
    start(lane);
    const { version } = lane;
    enrol(lane, enrolment({ ticketId: '3' }), 0);
    expect(lane.version).toBe(version);
    leaveLane(lane, { ticketId: '2', target: null, because: 'redone' }, 0);
    expect(begin(lane, 'commit', { version })).toEqual({ kind: 'changed', version: lane.version });
  });

  it('of a Commit is refused while one of its members is not saved', () => {
    const lane = laneWith({ ticketId: '1' });
    start(lane);
    expect(begin(lane).kind).toBe('changed');
    savedInPush(lane, { n: lane.push!.n, runId: RUN, key: '1/DG', outcome: 'saved', commitEvidence: '' }, 0);
    expect(begin(lane).kind).toBe('begun');
  });

  it('of a save is in the ledger before the call; proven not made, the ledger has its earlier entries again', () => {
    const lane = laneWith(saved({ claim: { instructionDigest: 'older' } }));
    enrol(lane, enrolment({}), 0);
    const before = lane.ledger;
    const { n } = start(lane);
    begin(lane, 'update');
    expect(lane.ledger).toMatchObject([{ state: 'unknown', instructionDigest: 'as designed' }]);
    callNotMade(lane, { n, runId: RUN, effectKey: 'effect' });
    expect(lane.ledger).toEqual(before);
    expect(lane.push?.begun).toEqual([]);
  });
});

describe('the end of a push', () => {
  it.each<[string, MemberResult, object]>([
    ['live', LIVE, { queue: [], ledger: [], undelivered: [{ result: LIVE }] }],
    ['failed', FAILED, { queue: [], ledger: [{ left: { because: 'failed' } }], undelivered: [{}] }],
    [
      'gate closed',
      { kind: 'gateClosed', reason: 'riskChanged', message: 'x' },
      { queue: [], ledger: [{ left: { because: 'gateClosed' } }], undelivered: [{}] },
    ],
    [
      'not sent',
      notSent('locked'),
      { queue: [{ ticketId: '1' }], ledger: [{ left: null }], undelivered: [] },
    ],
  ])('of a member: %s', (_, result, state) => {
    const lane = laneWith(saved({}));
    start(lane);
    end(lane, () => result);
    expect(lane).toMatchObject({ push: null, ...state });
  });

  it('reported again changes nothing, and a result is kept until its ticket has been signalled', () => {
    const lane = laneWith(saved({}));
    const { n } = start(lane);
    end(lane, () => LIVE);
    const before = structuredClone(lane);
    endPush(lane, { n, runId: RUN, members: [], sharedFailure: null, restMs: 0 }, 9);
    expect(lane).toEqual(before);
    deliverAll(lane);
    expect(lane.undelivered).toEqual([]);
  });

  it('that a shared Commit failed is one item for a person; all stay saved and share the next attempt', () => {
    const lane = laneWith(saved({ ticketId: '1' }), saved({ ticketId: '2' }), {
      ticketId: '3',
      target: 'other',
    });
    start(lane);
    begin(lane);
    end(lane, () => notSent('sharedFailure'), { sharedFailure: 'refused' });
    expect(lane.failures).toMatchObject([{ target: 'DG', tickets: ['1', '2'], message: 'refused' }]);
    expect(tickets(planned(lane).members)).toEqual(['3']);
    expect(noticesAt(lane, 0)(lane.queue.find(({ ticketId }) => ticketId === '1')!)?.kind).toBe('failed');
    start(lane);
    end(lane, () => LIVE);
    expect(nextStep(lane, 0).kind).not.toBe('start');
    clearFailures(lane);
    expect(tickets(planned(lane).members)).toEqual(['1', '2']);
  });

  it('that failed on one target is not forgotten when another one fails', () => {
    const lane = laneWith(
      ...['A', 'B'].flatMap((target) => ['1', '2'].map((ticketId) => saved({ ticketId, target }))),
    );
    for (let round = 0; round < 2; round += 1) {
      start(lane);
      begin(lane);
      end(lane, () => notSent('sharedFailure'), { sharedFailure: 'refused' });
    }
    expect(lane.failures.map(({ target }) => target).sort()).toEqual(['A', 'B']);
    expect(nextStep(lane, 0).kind).not.toBe('start');
  });

  it('makes live what is saved below its target too: its ticket gets a result and needs no Commit', () => {
    const child = { ticketId: '2', target: 'child', path: ['M', 'DG', 'child'] };
    const lane = laneWith(saved({ ticketId: '1' }), saved(child), saved({ ticketId: '3', target: 'other' }));
    const { n } = start(lane);
    expect(sendFacts(lane, { n, runId: RUN }, 0).alsoLive).toMatchObject([{ ticketId: '2' }]);
    begin(lane);
    end(lane, () => LIVE);
    expect(tickets(lane.queue)).toEqual(['3']);
    expect(tickets(lane.ledger)).toEqual(['3']);
    expect(lane.undelivered).toMatchObject([
      { ticketId: '1' },
      { ticketId: '2', target: 'child', result: { kind: 'live', joined: true } },
    ]);
  });

  it('proves nothing live where the change was found, not sent', () => {
    const lane = laneWith(
      saved({ ticketId: '1' }),
      saved({ ticketId: '2', target: 'child', path: ['M', 'DG', 'child'] }),
    );
    start(lane);
    end(lane, () => ({ ...LIVE, joined: true }));
    expect(tickets(lane.ledger)).toEqual(['2']);
  });

  it('keeps what is remembered of it bounded', () => {
    const lane = newLane('M', 'M');
    for (let round = 0; round < 150; round += 1) {
      enrol(lane, enrolment({ ticketId: `${round}` }), round);
      start(lane, round);
      end(lane, () => LIVE, { nowMs: round });
      deliverAll(lane);
    }
    expect(lane.past.length).toBe(100);
    expect(lane.undelivered).toEqual([]);
  });
});

describe('resting', () => {
  it('lasts the configured time after a push that sent something', () => {
    const lane = laneWith(saved({ ticketId: '1' }), { ticketId: '2', target: 'other' });
    start(lane);
    begin(lane);
    end(lane, () => LIVE, { restMs: 70 });
    expect(nextStep(lane, 1)).toEqual({ kind: 'sleep', untilMs: 70 });
    expect(nextStep(lane, 70).kind).toBe('start');
  });

  it('doubles while a cause lasts, up to 5 minutes, and begins again with another cause', () => {
    const lane = laneWith({});
    const waits: number[] = [];
    for (const cause of [...Array<'locked'>(9).fill('locked'), 'busy'] as const) {
      lane.rests = lane.rests.map((rest) => ({ ...rest, untilMs: 0 }));
      start(lane);
      end(lane, () => notSent(cause));
      waits.push(lane.rests.at(-1)!.untilMs / 1_000);
    }
    expect(waits).toEqual([3, 6, 12, 24, 48, 96, 192, 300, 300, 3]);
    expect(noticesAt(lane, 0)(lane.queue[0]!)).toMatchObject({ kind: 'busy', tries: 1 });
  });

  it.each<[string, (lane: LaneState) => unknown]>([
    ['an acceptance', (lane) => acceptLedger(lane, '2', 'anna', 'agreed', 1)],
    ['another ticket enrols', (lane) => enrol(lane, enrolment({ ticketId: '3', target: 'other' }), 1)],
  ])('for a hindrance lasts until it is looked at again, or until %s', (_, happens) => {
    const lane = laneWith({ ticketId: '1' }, saved({ ticketId: '2' }));
    const push = start(lane);
    leaveLane(lane, { ticketId: '2', target: null, because: 'redone' }, 0);
    lane.push = { ...push, version: lane.version };
    end(lane, () => notSent('hindered'));
    expect(nextStep(lane, 1)).toEqual({ kind: 'sleep', untilMs: 5 * MINUTE });
    happens(lane);
    expect(nextStep(lane, 1).kind).toBe('start');
  });

  it('is not shown as a hindrance while a push of another ticket saves', () => {
    const lane = laneWith({ ticketId: '1' });
    start(lane);
    enrol(lane, enrolment({ ticketId: '2' }), 0);
    begin(lane, 'update', { members: ['1/DG'] });
    expect(lane.ledger).toHaveLength(1);
    expect(noticesAt(lane, 0)(lane.queue[0]!)).toBeNull();
  });

  it('of one target holds up no other', () => {
    const lane = laneWith({ ticketId: '1', target: 'A' }, { ticketId: '2', target: 'B' });
    start(lane);
    end(lane, () => notSent('locked'));
    expect(planned(lane).target).toBe('B');
    start(lane);
    end(lane, () => LIVE);
    expect(nextStep(lane, 0)).toEqual({ kind: 'sleep', untilMs: 3_000 });
    expect(noticesAt(lane, 0)(lane.queue[0]!)).toMatchObject({ kind: 'locked', tries: 1 });
  });

  it.each(['busy', 'stopped', 'paused'] as const)('because it is %s is for the whole lane', (cause) => {
    const lane = laneWith({ ticketId: '1', target: 'A' }, { ticketId: '2', target: 'B' });
    start(lane);
    end(lane, () => notSent(cause));
    expect(nextStep(lane, 0)).toEqual({ kind: 'sleep', untilMs: 3_000 });
  });

  it('for a hindrance is short where something changed while the push ran', () => {
    const lane = laneWith({ ticketId: '1' }, saved({ ticketId: '2' }));
    start(lane);
    leaveLane(lane, { ticketId: '2', target: null, because: 'redone' }, 0);
    acceptLedger(lane, '2', 'anna', 'agreed', 1);
    end(lane, () => notSent('hindered'));
    expect(nextStep(lane, 3_000).kind).toBe('start');
  });
});

describe('what a person accepted', () => {
  it('is live with the Commit also where its own gate was closed in the same push', () => {
    const lane = laneWith(saved({ ticketId: '1' }), saved({ ticketId: '2' }));
    acceptLedger(lane, '2', 'anna', 'agreed', 0);
    start(lane);
    expect(begin(lane, 'commit', { members: ['1/DG'] })).toMatchObject({ kind: 'begun' });
    end(lane, (ticketId) =>
      ticketId === '1' ? LIVE : { kind: 'gateClosed', reason: 'riskChanged', message: 'x' },
    );
    expect(lane.ledger).toEqual([]);
    expect(lane.undelivered).toMatchObject([
      { ticketId: '1', result: { kind: 'live', joined: false } },
      {
        ticketId: '2',
        result: { kind: 'live', joined: true, message: 'live with the Commit of DG, accepted by anna' },
      },
    ]);
  });

  it('is live with the Commit also where it is enrolled: it gets its result and no Commit of its own', () => {
    const lane = laneWith(saved({ ticketId: '1' }), saved({ ticketId: '2', window: windowOf(500, 900) }));
    acceptLedger(lane, '2', 'anna', 'agreed', 0);
    const { n } = start(lane);
    begin(lane, 'commit');
    end(lane, () => LIVE);
    expect(lane.ledger).toEqual([]);
    expect(lane.queue).toEqual([]);
    expect(lane.undelivered).toContainEqual(
      expect.objectContaining({
        n,
        ticketId: '2',
        result: expect.objectContaining({ kind: 'live' }) as unknown,
      }),
    );
  });

  it.each<LeftBecause>(['held', 'redone', 'rejected', 'cancelled', 'aborted'])(
    'hinders again when its ticket is %s afterwards: that is newer than the acceptance',
    (because) => {
      const lane = laneWith(saved({ ticketId: '1' }), saved({ ticketId: '2', window: windowOf(500, 900) }));
      acceptLedger(lane, '2', 'anna', 'agreed', 0);
      leaveLane(lane, { ticketId: '2', target: null, because }, 0);
      expect(hindrancesOf(lane, ['M', 'DG'], lane.queue, 0)).toMatchObject([{ ticketId: '2', why: 'left' }]);
      expect(nextStep(lane, 0).kind).toBe('sleep');
    },
  );

  it('stays accepted when its ticket is held while the call that carries it runs', () => {
    const lane = laneWith(saved({ ticketId: '1' }), saved({ ticketId: '2' }));
    lane.queue = lane.queue.filter(({ ticketId }) => ticketId === '1');
    acceptLedger(lane, '2', 'anna', 'agreed', 0);
    start(lane);
    begin(lane, 'commit');
    leaveLane(lane, { ticketId: '2', target: null, because: 'held' }, 0);
    end(lane, () => LIVE);
    expect(lane.undelivered).toContainEqual(
      expect.objectContaining({
        ticketId: '2',
        result: expect.objectContaining({
          message: 'live with the Commit of DG, accepted by anna',
        }) as unknown,
      }),
    );
  });

  it('leaves the ledger without being called live where it is not known whether it was saved', () => {
    const lane = laneWith(saved({ ticketId: '1' }), saved({ ticketId: '2' }));
    lane.ledger = lane.ledger.map((entry) =>
      entry.ticketId === '2' ? { ...entry, state: 'unknown' as const } : entry,
    );
    lane.queue = lane.queue.filter(({ ticketId }) => ticketId === '1');
    acceptLedger(lane, '2', 'anna', 'agreed', 0);
    start(lane);
    begin(lane, 'commit');
    end(lane, () => LIVE);
    expect(lane.ledger).toEqual([]);
    expect(lane.undelivered.map(({ ticketId }) => ticketId)).toEqual(['1']);
  });

  it('stays in the ledger where it is saved above what was committed: only some managers inherit it', () => {
    const lane = laneWith(
      saved({ ticketId: '1', target: 'SUB', path: ['M', 'DG', 'SUB'] }),
      saved({ ticketId: '2' }),
    );
    leaveLane(lane, { ticketId: '2', target: null, because: 'aborted' }, 0);
    acceptLedger(lane, '2', 'anna', 'agreed', 0);
    start(lane);
    begin(lane, 'commit');
    end(lane, () => LIVE);
    expect(lane.ledger).toMatchObject([{ ticketId: '2', state: 'saved', accepted: { by: 'anna' } }]);
  });
});

describe('a window that closes for the last time', () => {
  it.each<[string, (lane: LaneState) => unknown]>([
    ['is paused', (lane) => (lane.paused = { by: 'olga', reason: 'audit', sinceMs: 0 })],
    [
      'waits for a person after a failed push',
      (lane) =>
        (lane.failures = [
          { n: 1, target: 'DG', targetName: 'DG', tickets: ['1'], message: 'failed', atMs: 0 },
        ]),
    ],
  ])('is noticed by a lane that %s', (_, waits) => {
    const lane = laneWith({ ticketId: '1', window: windowOf(0, 100) });
    waits(lane);
    const step = nextStep(lane, 10);
    expect(step).toEqual({ kind: 'sleep', untilMs: 98 });
    expect(nextStep(lane, 98)).toMatchObject({ kind: 'missed' });
  });
});

describe('what an Update inside a push left behind', () => {
  it('stays with the place, so that a foreign Commit is recognised after "not sent"', () => {
    const lane = laneWith({});
    const { n } = start(lane);
    begin(lane, 'update');
    savedInPush(lane, { n, runId: RUN, key: '1/DG', outcome: 'saved', commitEvidence: 'none|before' }, 1);
    end(lane, () => notSent('locked'));
    enrol(lane, enrolment({ saved: true, hasSaved: true }), 2);
    expect(lane.queue[0]?.claim.commitBaseline).toBe('none|before');
  });
});

describe('a lane that was lost', () => {
  it('keeps what came in meanwhile beside what the lost run knew', () => {
    const lost = laneWith({ ticketId: '1' }, saved({ ticketId: '2' }));
    lost.recovered = true;
    const since = laneWith({ ticketId: '3' }, { ticketId: '1' });
    const lane = recoveredFrom(lost, since);
    expect(lane.queue.map(({ ticketId }) => ticketId)).toEqual(['2', '3', '1']);
    expect(lane.ledger.map(({ ticketId }) => ticketId)).toEqual(['2']);
    expect(lane.recovered).toBe(true);
  });

  it('that was lost again before it had read its past has more of it to read', () => {
    expect(recoveredFrom(laneWith({ ticketId: '1' }), laneWith({ ticketId: '2' })).recovered).toBe(false);
  });
});

describe('an edited calendar', () => {
  it('renews the windows of the places, and names those that changed', () => {
    const lane = laneWith(
      { ticketId: '1', window: windowOf(100, 200) },
      { ticketId: '2', window: windowOf(100, 200, 'weekend') },
    );
    const before = lane.version;
    const plan = {
      workflow: 'Firewall change',
      target: 'DG',
      planned: null,
      zone: 'UTC',
      calendar: 'nightly',
      ruleVersion: 'r2',
      intervals: [{ opensAtMs: 5, closesAtMs: 50 }],
      minimumRemainingMs: 3,
    };
    const { calendar, ruleVersion, intervals } = plan;
    const edited = { basis: 'b2', plans: [plan] };
    expect(replan(lane, edited).map(({ place, before: was }) => [place.ticketId, was])).toEqual([
      ['1', 'nightly'],
      ['2', 'weekend'],
    ]);
    expect(replan(lane, edited)).toEqual([]);
    expect(lane.version).toBe(before + 1);
    for (const { window } of lane.queue)
      expect(window).toEqual({
        calendar,
        ruleVersion,
        intervals,
        basis: 'b2',
        minimumRemainingMs: 3,
        finish: false,
      });
  });

  it('reaches the members of a push: it is judged again before it sends', () => {
    const lane = laneWith({ ticketId: '1', window: windowOf(0, 200) });
    const step = nextStep(lane, 10);
    if (step.kind !== 'start') throw new Error(step.kind);
    const { version } = startPush(lane, step.push, 10);
    const [question] = questionsToPlan(lane, 'b2');
    const plan = {
      ...windowOf(0, 200),
      ...question!,
      target: 'DG',
      zone: 'UTC',
      ruleVersion: 'r2',
      intervals: [],
    };
    expect(replan(lane, { basis: 'b2', plans: [plan] })).toHaveLength(1);
    expect(basesOf(lane)).toEqual(['b2']);
    expect(lane.version).toBeGreaterThan(version);
  });

  it('leaves a place alone whose windows are the same, and notes that they were compared', () => {
    const lane = laneWith({ ticketId: '1', window: windowOf(100, 200) });
    const before = lane.version;
    expect(basesOf(lane)).toEqual(['']);
    const [question] = questionsToPlan(lane, 'b2');
    const same = { ...windowOf(100, 200), ...question!, target: 'DG', zone: 'UTC' };
    expect(replan(lane, { basis: 'b2', plans: [same] })).toEqual([]);
    expect([basesOf(lane), lane.version]).toEqual([['b2'], before]);
    expect(questionsToPlan(lane, 'b2')).toEqual([]);
  });

  it('is not taken for known by a place that enrolled after the lane was read', () => {
    const lane = laneWith({ ticketId: '1', window: windowOf(100, 200) });
    expect(replan(lane, { basis: 'b2', plans: [] })).toEqual([]);
    expect(basesOf(lane)).toEqual(['']);
  });
});

// — whatever happens —

const TICKETS = ['1', '2', '3', '4'] as const;
const PATHS: Readonly<Record<string, readonly string[]>> = {
  DG: ['M', 'DG'],
  child: ['M', 'DG', 'child'],
  other: ['M', 'other'],
};
const RESULTS: readonly MemberResult[] = [
  LIVE,
  FAILED,
  notSent('locked'),
  notSent('hindered'),
  { kind: 'gateClosed', reason: 'riskChanged', message: 'x' },
];

type Operation =
  | { do: 'enrol'; ticketId: string; target: string; hasSaved: boolean; epoch: number; opensInMs: number }
  | { do: 'leave'; ticketId: string; target: string | null }
  | { do: 'serve' | 'begin' | 'save' | 'notMade' }
  | { do: 'end'; results: readonly MemberResult[] }
  | { do: 'accept'; ticketId: string | null }
  | { do: 'time'; ms: number };

const ticketId = fc.constantFrom(...TICKETS);
const target = fc.constantFrom(...Object.keys(PATHS));
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({
    do: fc.constant('enrol' as const),
    ticketId,
    target,
    hasSaved: fc.boolean(),
    epoch: fc.constantFrom(1, 1, 2),
    opensInMs: fc.constantFrom(0, 0, HOUR),
  }),
  fc.record({ do: fc.constant('leave' as const), ticketId, target: fc.option(target) }),
  ...(['serve', 'begin', 'save', 'serve', 'begin', 'notMade'] as const).map((name) =>
    fc.constant({ do: name }),
  ),
  fc.record({
    do: fc.constant('end' as const),
    results: fc.array(fc.constantFrom(...RESULTS), { minLength: 4, maxLength: 4 }),
  }),
  fc.record({ do: fc.constant('accept' as const), ticketId: fc.option(ticketId) }),
  fc.record({ do: fc.constant('time' as const), ms: fc.constantFrom(MINUTE, HOUR) }),
);

function live(operations: readonly Operation[]): void {
  const lane = newLane('M', 'M');
  let nowMs = 1_000;
  let lastN = 0;
  const open = new Set<string>();
  for (const op of operations) {
    switch (op.do) {
      case 'enrol': {
        const opensAtMs = nowMs + op.opensInMs;
        const { hasSaved } = op;
        const window = windowOf(opensAtMs, opensAtMs + 4 * HOUR, op.opensInMs === 0 ? 'nightly' : 'later');
        enrol(lane, enrolment({ ...op, path: PATHS[op.target]!, saved: hasSaved, window }), nowMs);
        open.add(memberKey(op));
        break;
      }
      case 'leave': {
        const left = leaveLane(lane, { ticketId: op.ticketId, target: op.target, because: 'redone' }, nowMs);
        const rides = left.rides.map(({ target }) => target);
        for (const key of [...open]) {
          const [id, its] = key.split('/') as [string, string];
          const mine = id === op.ticketId && (op.target === null || op.target === its);
          if (mine && !rides.includes(its)) open.delete(key);
        }
        break;
      }
      case 'serve': {
        const step = nextStep(lane, nowMs);
        if (step.kind === 'missed') {
          lane.queue = lane.queue.filter(({ seq }) => seq !== step.enrolment.seq);
          open.delete(memberKey(step.enrolment));
        }
        if (step.kind === 'sleep') expect(step.untilMs).toBeGreaterThan(nowMs);
        if (step.kind !== 'start') break;
        expect(lane.push).toBeNull();
        if (step.push.kind === 'commit')
          expect(hindrancesOf(lane, step.push.path, step.push.members, nowMs)).toEqual([]);
        const { n } = startPush(lane, step.push, nowMs);
        expect(n).toBeGreaterThan(lastN);
        lastN = n;
        lane.push = { ...lane.push!, runId: RUN };
        break;
      }
      case 'save': {
        const member = lane.push?.members.find((candidate) => !candidate.saved);
        if (!member) break;
        const key = memberKey(member);
        begin(lane, 'update', { effectKey: key, nonce: key, members: [key] }, nowMs);
        savedInPush(lane, { n: lane.push!.n, runId: RUN, key, outcome: 'saved', commitEvidence: '' }, nowMs);
        break;
      }
      case 'begin': {
        if (lane.push === null) break;
        const known = lane.push.begun.length;
        const result = begin(lane, 'commit', { effectKey: 'commit', nonce: `${nowMs}` }, nowMs);
        if (result.kind !== 'begun' || lane.push.begun.length === known) break;
        // The heart of it: nothing goes live that neither rides, nor is enrolled with an open window, nor is accepted.
        const { members, path } = lane.push;
        expect(hindrancesOf(lane, path, members, nowMs)).toEqual([]);
        expect(members.every((member) => member.saved)).toBe(true);
        break;
      }
      case 'notMade':
        if (lane.push !== null) callNotMade(lane, { n: lane.push.n, runId: RUN, effectKey: 'commit' });
        break;
      case 'end': {
        if (lane.push === null) break;
        let index = 0;
        end(lane, () => op.results[index++ % op.results.length]!, { nowMs });
        break;
      }
      case 'accept':
        acceptLedger(lane, op.ticketId, 'anna', 'agreed', nowMs);
        break;
      case 'time':
        nowMs += op.ms;
        break;
    }
    for (const kept of lane.undelivered) open.delete(memberKey(kept));
    deliverAll(lane);
    const places = [...lane.queue, ...(lane.push?.members ?? [])].map(memberKey);
    expect(new Set(places).size).toBe(places.length);
    // Whoever enrolled and did not leave is in the queue, in the push, or has a result.
    expect([...open].filter((key) => !places.includes(key))).toEqual([]);
  }
}

it('never begins a hindered Commit, and loses no ticket, in any order of events', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
      live(operations);
    }),
    { numRuns: 1_000 },
  );
});
