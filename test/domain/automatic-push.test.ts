import { beginAutomatic, endAutomatic, type AutomaticTarget } from '../../src/domain/automatic-fence.js';
import { automaticNow } from '../../src/domain/automatic-push.js';
import { acceptForeign, codeOf } from '../../src/domain/foreign.js';
import { newLane, type LaneState } from '../../src/domain/lane.js';
import { noticesAt } from '../../src/domain/lane-notices.js';
import { nextStep } from '../../src/domain/lane-order.js';
import { enrol } from '../../src/domain/lane-places.js';
import { laneViewOf } from '../../src/domain/lane-view.js';
import { acceptLedger } from '../../src/domain/ledger.js';
import { startPush } from '../../src/domain/running-push.js';
import { enrolment, leaveLane, savedEnrolment } from '../support/enrolment.js';
import { NOTHING_FOREIGN } from '../support/foreign-check.js';

const HOUR = 3_600_000;

const target = (part: Partial<AutomaticTarget> = {}): AutomaticTarget => ({
  target: 'DG',
  targetName: 'DG',
  path: ['M', 'DG'],
  instructionDigest: 'as designed',
  commits: true,
  foreign: NOTHING_FOREIGN,
  ...part,
});

const begin = (lane: LaneState, part: { ticketId?: string; targets?: readonly AutomaticTarget[] } = {}) =>
  beginAutomatic(
    lane,
    { ticketId: '9', epoch: 1, stepName: 'Implementation', targets: [target()], ...part },
    1_000,
  );

function laneWith(...places: Parameters<typeof enrolment>[0][]): LaneState {
  const lane = newLane('M', 'Panorama');
  for (const place of places) enrol(lane, enrolment(place), 0);
  return lane;
}

describe('a push that SecureChange makes by itself', () => {
  it('is alone on the manager: the lane starts nothing until its end is reported, and says why', () => {
    // Another device group: no hindrance of the ledger stops it.
    const lane = laneWith({ ticketId: '1', target: 'DG2' });
    expect(begin(lane)).toEqual({ kind: 'begun' });
    expect(nextStep(lane, 2_000)).toMatchObject({ kind: 'sleep' });
    expect(noticesAt(lane, 2_000)(lane.queue[0]!)).toMatchObject({
      kind: 'busy',
      message: 'SecureChange pushes by itself after step Implementation of ticket 9',
    });
    expect(laneViewOf(lane, 2_000).rests[0]?.why).toContain('step Implementation of ticket 9');
    endAutomatic(lane, { ticketId: '9', outcome: 'live' }, 3_000);
    expect(nextStep(lane, 3_000)).toMatchObject({ kind: 'start' });
  });

  it('waits for a push of ours, for another one of its kind, and for a paused lane', () => {
    const running = laneWith({ ticketId: '1' });
    const step = nextStep(running, 0);
    if (step.kind === 'start') startPush(running, step.push, 0);
    expect(begin(running)).toMatchObject({ kind: 'busy', message: expect.stringContaining('of DG runs') });
    const other = laneWith();
    begin(other, { ticketId: '8' });
    expect(begin(other)).toMatchObject({ kind: 'busy', message: expect.stringContaining('ticket 8') });
    const paused = laneWith();
    paused.paused = { by: 'anna', reason: 'maintenance', sinceMs: 0 };
    expect(begin(paused)).toMatchObject({ kind: 'paused', message: expect.stringContaining('anna') });
  });

  it('is recorded once: a repeated attempt finds its own record', () => {
    const lane = laneWith();
    begin(lane);
    expect(begin(lane)).toEqual({ kind: 'begun' });
    expect(lane.ledger).toHaveLength(1);
  });

  it.each([
    ['waits for its own push', (_lane: LaneState) => undefined, 'it waits for its own push'],
    [
      'left the lane',
      (lane: LaneState) => leaveLane(lane, { ticketId: '1', target: null, because: 'redone' }, 0),
      'its approval is void',
    ],
  ])(
    'does not carry what another ticket has saved that %s, until it is accepted by name',
    (_what, change, why) => {
      const lane = newLane('M', 'Panorama');
      enrol(lane, savedEnrolment({ ticketId: '1' }), 0);
      change(lane);
      expect(begin(lane)).toMatchObject({
        kind: 'hindered',
        message: expect.stringMatching(new RegExp(`ticket 1 on DG.*${why}`)),
      });
      expect(lane.automatic).toBeNull();
      acceptLedger(lane, '1', 'anna', 'looked at it', 0);
      expect(begin(lane)).toEqual({ kind: 'begun' });
      endAutomatic(lane, { ticketId: '9', outcome: 'live' }, 2_000);
      // Nothing proves that it went live, and the acceptance is used.
      expect(lane.ledger).toMatchObject([{ ticketId: '1', state: 'unknown', accepted: null }]);
    },
  );

  it('carries what its own ticket has saved in this epoch, and nothing of an earlier one', () => {
    const lane = newLane('M', 'Panorama');
    enrol(lane, savedEnrolment({ ticketId: '9' }), 0);
    leaveLane(lane, { ticketId: '9', target: null, because: 'movedOn' }, 0);
    expect(begin(lane)).toEqual({ kind: 'begun' });
    const redone = newLane('M', 'Panorama');
    enrol(redone, savedEnrolment({ ticketId: '9', epoch: 0 }), 0);
    leaveLane(redone, { ticketId: '9', target: null, because: 'redone' }, 0);
    expect(begin(redone)).toMatchObject({ kind: 'hindered' });
  });

  it('does not carry changes of others that the manager blocks, until exactly these are accepted', () => {
    const lane = laneWith();
    const seen = {
      changes: [{ administrator: 'h.novak', location: 'device DG, revision 8' }],
      notVisible: null,
      revision: 'DG:8',
    };
    const targets = [target({ foreign: { ...NOTHING_FOREIGN, seen } })];
    expect(begin(lane, { targets })).toMatchObject({ kind: 'foreign', target: 'DG', seen: codeOf(seen) });
    const acceptance = { by: 'anna', reason: 'known', atMs: 1_000, untilMs: HOUR };
    acceptForeign(lane, { target: 'DG', seen: codeOf(seen) }, acceptance);
    expect(begin(lane, { targets })).toEqual({ kind: 'begun' });
  });

  it('counts as saved from its beginning: a later Commit of others is hindered unless its end is known', () => {
    const lane = laneWith({ ticketId: '1' });
    begin(lane);
    expect(lane.ledger).toMatchObject([{ ticketId: '9', state: 'unknown' }]);
    endAutomatic(lane, { ticketId: '9', outcome: 'unknown' }, 2_000);
    expect(noticesAt(lane, 2_000)(lane.queue[0]!)).toMatchObject({
      kind: 'hindered',
      message: expect.stringContaining('ticket 9 on DG'),
    });
  });

  it('leaves the ledger as it was when the step was not completed', () => {
    const lane = newLane('M', 'Panorama');
    enrol(lane, savedEnrolment({ ticketId: '9' }), 0);
    const before = lane.ledger;
    begin(lane);
    endAutomatic(lane, { ticketId: '9', outcome: 'notMade' }, 2_000);
    expect(lane.ledger).toEqual(before);
    expect(automaticNow(lane, 2_000)).toBeNull();
  });

  it('does not stop the lane for ever: what it may have saved then hinders', () => {
    const lane = laneWith({ ticketId: '1' });
    begin(lane);
    const late = lane.automatic!.untilMs;
    expect(automaticNow(lane, late)).toBeNull();
    expect(nextStep(lane, late)).toMatchObject({ kind: 'sleep' });
    expect(noticesAt(lane, late)(lane.queue[0]!)).toMatchObject({ kind: 'hindered' });
  });

  it('of another ticket is not ended by this one', () => {
    const lane = laneWith();
    begin(lane, { ticketId: '8' });
    endAutomatic(lane, { ticketId: '9', outcome: 'live' }, 2_000);
    expect(lane.automatic?.ticketId).toBe('8');
  });
});
