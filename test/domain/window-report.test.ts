import { beginSend } from '../../src/domain/fence.js';
import { newLane, type LaneState } from '../../src/domain/lane.js';
import { nextStep } from '../../src/domain/lane-order.js';
import { enrol, leave } from '../../src/domain/lane-places.js';
import { acceptLedger } from '../../src/domain/ledger.js';
import { memberKey, type MemberResult } from '../../src/domain/push.js';
import { endPush } from '../../src/domain/push-end.js';
import { startPush } from '../../src/domain/running-push.js';
import { windowRows, type WindowRow } from '../../src/domain/window-report.js';
import { laneWindowsOf, noteMissed, type JudgedWindow } from '../../src/domain/window-record.js';
import { enrolment, leaveLane, savedEnrolment, windowOf } from '../support/enrolment.js';
import { NOTHING_FOREIGN } from '../support/foreign-check.js';

const NO_REVISION = JSON.stringify({ revision: null });

const OPENS = 1_000;
const CLOSES = 9_000;
const JUDGED: JudgedWindow = {
  calendar: 'nightly',
  ruleVersion: 'r1',
  tzdataVersion: '2025c',
  windows: ['nightly/weeknight'],
  opensAtMs: OPENS,
  closesAtMs: CLOSES,
};
const live = (part: Partial<Extract<MemberResult, { kind: 'live' }>> = {}): MemberResult => ({
  kind: 'live',
  joined: false,
  message: 'committed',
  leader: '1',
  otherTickets: [],
  atMs: 0,
  commitEvidence: '',
  revisionBefore: null,
  committedUntil: null,
  ...part,
});

function waiting(...ticketIds: string[]): LaneState {
  const lane = newLane('20', 'PANO-8');
  for (const ticketId of ticketIds)
    enrol(lane, savedEnrolment({ ticketId, window: windowOf(OPENS, CLOSES) }), 10);
  return lane;
}

/** The lane pushes what it would push at that instant; without windows, as where nothing was sent. */
function push(
  lane: LaneState,
  atMs: number,
  { windows, result = live() }: { windows?: readonly JudgedWindow[]; result?: MemberResult },
): void {
  const step = nextStep(lane, OPENS);
  if (step.kind !== 'start') throw new Error(`the lane would ${step.kind}`);
  const { n, members } = startPush(lane, step.push, atMs);
  lane.push = { ...lane.push!, runId: 'run' };
  if (windows !== undefined) {
    const { version } = lane;
    const call = {
      n,
      runId: 'run',
      nonce: 'a',
      call: 'commit' as const,
      effectKey: 'k',
      baseline: NO_REVISION,
    };
    const begun = beginSend(
      lane,
      { ...call, members: members.map(memberKey), version, foreign: NOTHING_FOREIGN, windows },
      atMs,
    );
    expect(begun.kind).toBe('begun');
  }
  const results = members.map(({ ticketId, target }) => ({ ticketId, target, result }));
  endPush(lane, { n, runId: 'run', members: results, sharedFailure: null, restMs: 0 }, atMs + 100);
}

const report = (lane: LaneState, sinceMs = 0): readonly WindowRow[] =>
  windowRows([laneWindowsOf(lane)], sinceMs);

it('a push in the opening that its gates judged by is inside, with window, rule version and time-zone data', () => {
  const lane = waiting('1', '2');
  push(lane, 2_000, { windows: [JUDGED] });
  expect(report(lane)).toEqual([
    {
      atMs: 2_000,
      lane: 'PANO-8',
      target: 'DG',
      tickets: ['1', '2'],
      state: 'inside',
      calendar: 'nightly',
      opening: JUDGED,
      text: expect.stringMatching(/^push \d+: live$/) as string,
    },
  ]);
});

it('a push at an instant that one of its openings does not hold would be outside', () => {
  const lane = waiting('1');
  push(lane, 2_000, { windows: [JUDGED, { ...JUDGED, calendar: 'cma', opensAtMs: 3_000 }] });
  expect(report(lane)).toMatchObject([{ state: 'outside', calendar: 'nightly; cma' }]);
});

it('a push with what a named person accepted is overridden, and says who and why', () => {
  const lane = waiting('1', '9');
  leaveLane(lane, { ticketId: '9', target: null, because: 'cancelled' }, 20);
  acceptLedger(lane, '9', 'o.brandt', 'harmless', 30);
  push(lane, 2_000, { windows: [JUDGED] });
  expect(report(lane)).toMatchObject([
    {
      state: 'overridden',
      tickets: ['1', '9'],
      text: expect.stringContaining('ticket 9 had saved, accepted by o.brandt: harmless') as string,
    },
  ]);
});

it.each([
  ['in its opening', { liveSinceMs: 3_000 }, 'insideByOthers'],
  ['before its opening', { liveSinceMs: 500 }, 'outsideByOthers'],
  ['at an unknown time since it was saved', {}, 'outsideByOthers'],
] as const)('what others made live %s is shown as theirs', (_, part, state) => {
  const lane = waiting('1');
  const message = "made live by SecureTrack's change window weekly";
  push(lane, 4_000, { result: live({ joined: true, message, ...part }) });
  expect(report(lane)).toMatchObject([
    { state, tickets: ['1'], text: expect.stringContaining(message) as string },
  ]);
});

it('what a person made live is shown with the name, also where the ticket only saved', () => {
  const lane = waiting('1');
  leave(lane, { ticketId: '1', target: 'DG', because: 'doneByHand', upTo: 1e15, by: 'n.weber' }, 5_000);
  expect(report(lane)).toMatchObject([
    { state: 'outsideByOthers', text: expect.stringContaining('made live by n.weber, between') as string },
  ]);
});

it('what was judged to be outside is shown so, though the place has an opening at that instant', () => {
  const lane = waiting('1');
  const live = { atMs: 3_000, calendar: 'weekly', opening: null };
  leave(lane, { ticketId: '1', target: 'DG', because: 'doneByHand', upTo: 1e15, by: 'run 7', live }, 5_000);
  expect(report(lane)).toMatchObject([{ state: 'outsideByOthers', calendar: 'weekly' }]);
});

describe('an opening that ends while a ticket waits in it', () => {
  const missedWith = (change: (lane: LaneState) => void): readonly WindowRow[] => {
    const lane = waiting('1');
    change(lane);
    noteMissed(lane, CLOSES - 1);
    noteMissed(lane, CLOSES);
    noteMissed(lane, CLOSES + 1);
    return report(lane);
  };

  it('is missed, once, with the reason', () => {
    const by = { by: 'o.brandt', reason: 'storm', sinceMs: 20 };
    expect(missedWith((lane) => (lane.paused = by))).toEqual([
      {
        atMs: CLOSES,
        lane: 'PANO-8',
        target: 'DG',
        tickets: ['1'],
        state: 'missed',
        calendar: 'nightly',
        opening: { opensAtMs: OPENS, closesAtMs: CLOSES },
        text: 'the lane is paused by o.brandt: storm',
      },
    ]);
  });

  it('names what hindered it, where something did', () => {
    const left = (lane: LaneState): void => {
      enrol(lane, savedEnrolment({ ticketId: '9', target: 'other', path: ['M'] }), 20);
      leaveLane(lane, { ticketId: '9', target: null, because: 'cancelled' }, 30);
    };
    expect(missedWith(left)[0]?.text).toContain('ticket 9');
    expect(missedWith(() => undefined)[0]?.text).toBe('no push began in it');
  });

  it('and was not longer than the minimum that must remain says so', () => {
    const short = enrolment({
      ticketId: '2',
      window: { ...windowOf(OPENS, CLOSES), minimumRemainingMs: CLOSES - OPENS },
    });
    const rows = missedWith((lane) => {
      enrol(lane, short, OPENS + 10);
    });
    expect(rows.find(({ tickets }) => tickets.includes('2'))?.text).toBe(
      'it is not longer than the 8 s that must remain of a window',
    );
  });

  it('is not missed by a ticket that came too late for it', () => {
    const lane = newLane('20', 'PANO-8');
    enrol(lane, enrolment({ window: windowOf(OPENS, CLOSES) }), CLOSES);
    noteMissed(lane, CLOSES + 1);
    expect(report(lane)).toEqual([]);
  });
});

it('the report begins at the instant that it is asked for, oldest first', () => {
  const lane = waiting('1');
  push(lane, 2_000, { windows: [JUDGED] });
  enrol(lane, enrolment({ ticketId: '3', window: windowOf(OPENS, CLOSES) }), 10);
  noteMissed(lane, CLOSES);
  expect(report(lane).map(({ state }) => state)).toEqual(['inside', 'missed']);
  expect(report(lane, 3_000).map(({ state }) => state)).toEqual(['missed']);
});
