import { newLane, type LaneState } from '../../src/domain/lane.js';
import { enrol } from '../../src/domain/lane-places.js';
import type { LaneEngine } from '../../workflows/engine.js';
import { runLane } from '../../workflows/lane-life.js';
import { LaneRun } from '../../workflows/lane-run.js';
import { emptyMemory } from '../../src/domain/command-memory.js';
import { enrolment, giveUp } from '../support/enrolment.js';
import { eventually } from '../support/eventually.js';

/** A wait that is over at once. */
const MOMENT_MS = 1;

interface StoppedClock {
  readonly engine: LaneEngine;
  readonly clock: { nowMs: number };
  readonly pushes: string[];
  readonly end: () => void;
}

/** As much of an engine as a lane needs whose clock stands still: a wait ends when its condition holds. */
function stoppedClock(onSignal: () => void): StoppedClock {
  const pushes: string[] = [];
  const clock = { nowMs: 0 };
  let ended = false;
  const engine = {
    activities: {},
    nowMs: () => clock.nowMs,
    condition: async (holds: () => boolean, timeoutMs?: number) => {
      while (!holds()) {
        await new Promise((resolve) => setImmediate(resolve));
        if (timeoutMs !== undefined && timeoutMs <= MOMENT_MS) return false;
      }
      return true;
    },
    historyIsLong: () => ended,
    handlersIdle: () => true,
    startPush: async (workflowId: string) => {
      pushes.push(workflowId);
      return 'run';
    },
    signalTicket: async () => {
      onSignal();
      return true;
    },
    publishLane: () => undefined,
  } as unknown as LaneEngine;
  return { engine, clock, pushes, end: () => (ended = true) };
}

function laneOn({ engine }: StoppedClock, state: LaneState): LaneRun {
  const carry = { state, commandMemory: emptyMemory(0) };
  return new LaneRun(engine, { version: 1, key: 'M', name: 'Panorama', carry });
}

async function runsUntilItsPush({ pushes, end }: StoppedClock, run: LaneRun): Promise<void> {
  const life = runLane(run);
  await eventually('the push starts', () => pushes.length > 0, 2_000).finally(end);
  await life;
}

describe('a lane', () => {
  it('notices an acceptance that arrives while it signals its tickets', async () => {
    const state = { ...newLane('M', 'Panorama'), recovered: true };
    enrol(state, enrolment({ ticketId: '1' }), 0);
    enrol(state, enrolment({ ticketId: '2', saved: true, hasSaved: true }), 0);
    giveUp(state, { ticketId: '2', target: null, because: 'redone' }, 0);
    let accepted = false;
    const fake = stoppedClock(() => {
      if (accepted) return;
      accepted = true;
      const command = { kind: 'acceptLedger', ticketId: '2' } as const;
      const signed = { command, reason: 'agreed', key: 'k', actor: null } as unknown as Parameters<
        LaneRun['command']
      >[0];
      expect(run.command(signed, 'anna')).toMatchObject({ accepted: true });
      run.touch();
    });
    const run = laneOn(fake, state);
    await runsUntilItsPush(fake, run);
    expect(fake.pushes).toHaveLength(1);
  });

  it('starts its push when the rest ends while it signals its tickets', async () => {
    const state = { ...newLane('M', 'Panorama'), recovered: true };
    enrol(state, enrolment({ ticketId: '1' }), 0);
    enrol(state, enrolment({ ticketId: '2', target: 'other' }), 0);
    enrol(state, enrolment({ ticketId: '3', target: 'other', saved: true, hasSaved: true }), 0);
    giveUp(state, { ticketId: '3', target: null, because: 'redone' }, 0);
    const { version, nextSeq } = state;
    state.rests = [
      { target: null, untilMs: 50, cause: 'afterPush', why: 'rest', tries: 0, version, nextSeq },
    ];
    const fake = stoppedClock(() => (fake.clock.nowMs = 60));
    const run = laneOn(fake, state);
    await runsUntilItsPush(fake, run);
    expect(fake.pushes).toHaveLength(1);
  });
});
