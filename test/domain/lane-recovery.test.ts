import { DEFAULT_MANAGER, newLane, type LaneState } from '../../src/domain/lane.js';
import { recoveredFrom } from '../../src/domain/lane-recovery.js';

const rules = { ...DEFAULT_MANAGER, commit: 'each', partialFailure: 'stop' } as const;
const earlier: LaneState = { ...newLane('20', 'PANO-8'), manager: rules };

it('a lane that lost its state keeps the rules of its manager until a ticket brings newer ones', () => {
  expect(recoveredFrom(earlier, newLane('20', '20')).manager).toEqual(rules);
  const newer = { ...DEFAULT_MANAGER, maxMembers: 2 };
  expect(recoveredFrom(earlier, { ...newLane('20', '20'), manager: newer }).manager).toEqual(newer);
});
