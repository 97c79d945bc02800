import { beginSend } from '../../src/domain/fence.js';
import { endPush } from '../../src/domain/push-end.js';
import { startPush } from '../../src/domain/running-push.js';
import { newLane, type LaneState } from '../../src/domain/lane.js';
import { nextStep } from '../../src/domain/lane-order.js';
import { enrol } from '../../src/domain/lane-places.js';
import { laneDetails, laneNeedsAttention, laneViewOf } from '../../src/domain/lane-view.js';
import { acceptLedger } from '../../src/domain/ledger.js';
import { enrolment, leaveLane, savedEnrolment, windowOf } from '../support/enrolment.js';
import { NOTHING_FOREIGN } from '../support/foreign-check.js';

const NO_REVISION = JSON.stringify({ revision: null });

function enrolled(lane: LaneState, ticketId: string, priority = 3, target = `FW${ticketId}`): void {
  enrol(lane, enrolment({ ticketId, target, priority, window: windowOf(1_000, 9_000_000) }), 0);
}

/** Saved, and its ticket has ended. */
function left(lane: LaneState, ticketId: string): void {
  enrol(lane, savedEnrolment({ ticketId, target: 'X', path: ['M'] }), 5);
  leaveLane(lane, { ticketId, target: null, because: 'ended' }, 6);
}

function start(lane: LaneState, nowMs: number): number {
  const step = nextStep(lane, nowMs);
  if (step.kind !== 'start') throw new Error('nothing to start');
  const push = startPush(lane, step.push, nowMs);
  lane.push = { ...push, runId: 'run' };
  return push.n;
}

it('shows each ticket its position in the order of the queue', () => {
  const lane = newLane('boss', 'Panorama');
  enrolled(lane, '1', 3);
  enrolled(lane, '2', 1);
  enrolled(lane, '3', 3);
  expect(
    laneViewOf(lane, 0).queue.map(({ position, ticketId, opensAtMs }) => [position, ticketId, opensAtMs]),
  ).toEqual([
    [1, '2', 1_000],
    [2, '1', 1_000],
    [3, '3', 1_000],
  ]);
});

it('says what is pushed for whom, who is hindered by what, and what is saved and not live', () => {
  const lane = newLane('boss', 'Panorama');
  enrol(lane, savedEnrolment({ ticketId: '1', target: 'FW1' }), 0);
  const n = start(lane, 10);
  expect(laneViewOf(lane, 10).push).toMatchObject({
    n,
    kind: 'commit',
    target: 'FW1',
    tickets: ['1'],
    begun: false,
  });
  const { version } = lane;
  const input = { n, runId: 'run', nonce: 'a', call: 'commit' as const, effectKey: 'k', members: ['1/FW1'] };
  beginSend(lane, { ...input, version, baseline: NO_REVISION, foreign: NOTHING_FOREIGN }, 20);
  enrolled(lane, '2');
  left(lane, '9');
  const view = laneViewOf(lane, 20);
  expect(view.push).toMatchObject({ begun: true });
  expect(view.queue[0]?.hinderedBy).toEqual(['ticket 9 on X: it has ended']);
  expect(view.ledger.find(({ ticketId }) => ticketId === '9')).toMatchObject({
    left: 'ended',
    acceptedBy: null,
  });
  expect(laneNeedsAttention(lane, 30)).toBe(true);
  acceptLedger(lane, '9', 'anna', 'checked', 30);
  expect(laneViewOf(lane, 30).queue[0]?.hinderedBy).toEqual([]);
  expect(laneViewOf(lane, 30).ledger.find(({ ticketId }) => ticketId === '9')?.acceptedBy).toBe('anna');
  expect(laneNeedsAttention(lane, 30)).toBe(false);
});

it('names a shared Commit that failed, with its tickets, and how past pushes ended', () => {
  const lane = newLane('boss', 'Panorama');
  for (const ticketId of ['1', '2']) enrol(lane, savedEnrolment({ ticketId }), 0);
  const n = start(lane, 10);
  const result = { kind: 'notSent', cause: 'sharedFailure', message: 'x' } as const;
  const members = ['1', '2'].map((ticketId) => ({ ticketId, target: 'DG', result }));
  endPush(lane, { n, runId: 'run', members, sharedFailure: 'FW7 is offline', restMs: 0 }, 50);
  expect(laneViewOf(lane, 60)).toMatchObject({
    failures: [{ n, target: 'DG', tickets: ['1', '2'], message: 'FW7 is offline' }],
    past: [{ n, kind: 'commit', target: 'DG', tickets: ['1', '2'], result: 'failed' }],
  });
  expect(laneDetails(lane, 60)).toContain('**Needs attention**');
});

it('stays bounded, and shows no text of others as Markdown', () => {
  const lane = newLane('boss', '| **bold** [link](x) `code` |\n# head');
  for (let number = 0; number < 500; number += 1) enrolled(lane, `${number}`, 3, `FW|${number}\n`.repeat(30));
  lane.paused = { by: '<b>', reason: '*'.repeat(500), sinceMs: 0 };
  expect(laneViewOf(lane, 0).queue.length).toBe(200);
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
