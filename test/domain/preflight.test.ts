import { DEFAULT_MANAGER, newLane, type LaneState } from '../../src/domain/lane.js';
import { enrol } from '../../src/domain/lane-places.js';
import { preflightLines } from '../../src/domain/lane-view.js';
import { preflightOf } from '../../src/domain/preflight.js';
import { enrolment, leaveLane, savedEnrolment, windowOf } from '../support/enrolment.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NIGHT = windowOf(HOUR, HOUR + 30 * MINUTE);

function laneWith(...places: Parameters<typeof enrolment>[0][]): LaneState {
  const lane = newLane('M', 'Panorama');
  lane.manager = { ...DEFAULT_MANAGER, expectedPushMs: 10 * MINUTE, expectedSaveMs: 2 * MINUTE };
  for (const place of places) enrol(lane, enrolment({ window: NIGHT, ...place }), 0);
  return lane;
}

describe('before a window opens', () => {
  it('the lane says who rides, how long it takes and how long there is', () => {
    const lane = laneWith(
      { ticketId: '1' },
      { ticketId: '2' },
      { ticketId: '3', saved: true, hasSaved: true },
    );
    expect(preflightOf(lane, 0)).toMatchObject({
      isOpen: false,
      opensAtMs: HOUR,
      closesAtMs: HOUR + 30 * MINUTE,
      tickets: ['1', '2', '3'],
      saves: 2,
      pushes: 1,
      needsMs: 14 * MINUTE,
      availableMs: 30 * MINUTE,
      doNotFit: [],
      hindrances: [],
    });
  });

  it('it names who comes too late', () => {
    const lane = laneWith(
      { ticketId: '1', target: 'A' },
      { ticketId: '2', target: 'B' },
      { ticketId: '3', target: 'C' },
    );
    const preflight = preflightOf(lane, 0);
    expect(preflight).toMatchObject({ pushes: 3, needsMs: 36 * MINUTE, doNotFit: ['3 on C'] });
    expect(preflightLines(preflight!).join('\n')).toContain(
      'Probably does not fit into the window: ticket 3 on C',
    );
  });

  it.each([
    ['together', 1, 14],
    ['each', 2, 24],
  ] as const)('it counts the Commits of a manager that commits %s', (commit, pushes, needsMinutes) => {
    const lane = laneWith({ ticketId: '1' }, { ticketId: '2' });
    lane.manager = { ...lane.manager, commit };
    expect(preflightOf(lane, 0)).toMatchObject({ pushes, needsMs: needsMinutes * MINUTE });
  });

  it('it names what hinders the Commit as things are now', () => {
    const lane = laneWith({ ticketId: '1' });
    enrol(lane, savedEnrolment({ ticketId: '2', window: NIGHT }), 0);
    leaveLane(lane, { ticketId: '2', target: null, because: 'redone' }, 1);
    expect(preflightOf(lane, 2)?.hindrances).toEqual([expect.stringContaining('ticket 2 on DG')]);
  });

  it('it speaks of the first opening only', () => {
    const lane = laneWith({ ticketId: '1' }, { ticketId: '2', window: windowOf(5 * HOUR, 6 * HOUR, 'late') });
    expect(preflightOf(lane, 0)?.tickets).toEqual(['1']);
    expect(preflightOf(lane, HOUR + 5)).toMatchObject({ isOpen: true, tickets: ['1'] });
  });

  it('there is nothing to say without a place that has an opening', () => {
    expect(preflightOf(laneWith(), 0)).toBeNull();
    expect(preflightOf(laneWith({ ticketId: '1' }), 2 * HOUR)).toBeNull();
  });
});
