import { laneDetails, laneViewOf } from '../../src/domain/lane-view.js';
import {
  acceptLedger,
  beginPush,
  endSaving,
  enrol,
  newLane,
  takeGrant,
  ticketEnded,
  type LaneState,
} from '../../src/domain/lane.js';

function enrolled(lane: LaneState, ticketId: string, priority = 3, name = `FW${ticketId}`): void {
  const window = {
    calendar: 'nightly',
    ruleVersion: 'r1',
    intervals: [{ opensAtMs: 1_000, closesAtMs: 9_000 }],
    minimumRemainingMs: 0,
  };
  enrol(
    lane,
    { ticketId, epoch: 1, target: `m-${name}`, targetName: name, kind: 'commit', window, priority },
    0,
  );
}

function dead(lane: LaneState, ticketId: string): void {
  endSaving(lane, { ticketId, epoch: 1, target: 'm-X', targetName: 'X', effectKey: 'k', result: 'saved' }, 5);
  ticketEnded(lane, ticketId);
}

it('shows everybody their position in the order in which they will be served', () => {
  const lane = newLane('boss', 'Panorama');
  enrolled(lane, '1', 3);
  enrolled(lane, '2', 1);
  enrolled(lane, '3', 3);
  expect(
    laneViewOf(lane).queue.map(({ position, ticketId, opensAtMs }) => [position, ticketId, opensAtMs]),
  ).toEqual([
    [1, '2', 1_000],
    [2, '1', 1_000],
    [3, '3', 1_000],
  ]);
});

it('says who pushes, who is blocked by whom, and what is saved and not pushed', () => {
  const lane = newLane('boss', 'Panorama');
  enrolled(lane, '1');
  const { token } = takeGrant(lane, lane.queue[0]!, 10);
  expect(laneViewOf(lane).pushing).toEqual({ ticketId: '1', target: 'FW1', sinceMs: 10, begun: false });
  beginPush(lane, { token, effectKey: 'k', baseline: '' }, 20);
  enrolled(lane, '2');
  dead(lane, '9');
  const view = laneViewOf(lane);
  expect(view.pushing).toMatchObject({ sinceMs: 20, begun: true });
  expect(view.queue[0]?.blockedBy).toBe('saved Update of ended ticket 9');
  acceptLedger(lane, '9', 'anna', 'checked');
  expect(laneViewOf(lane)).toMatchObject({
    queue: [{ blockedBy: null }],
    ledger: [{ state: 'accepted', acceptedBy: 'anna' }],
  });
});

it('stays bounded, and lets no text from outside become Markdown', () => {
  const lane = newLane('boss', '| **bold** [link](x) `code` |\n# head');
  for (let number = 0; number < 500; number += 1) enrolled(lane, `${number}`, 3, `FW|${number}\n`.repeat(30));
  lane.paused = { by: '<b>', reason: '*'.repeat(500), sinceMs: 0 };
  expect(laneViewOf(lane).queue.length).toBe(200);
  const details = laneDetails(lane, 60_000);
  expect(details.length).toBeLessThan(12_000);
  expect(details).not.toMatch(/(?<!\\)\*\*bold/);
  expect(
    details
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .every((line) => line.split(/(?<!\\)\|/).length === 8),
  ).toBe(true);
});
