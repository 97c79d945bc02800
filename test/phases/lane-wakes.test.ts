import { newLane } from '../../src/domain/lane.js';
import { enrol, leave } from '../../src/domain/lane-places.js';
import type { LaneEngine } from '../../workflows/engine.js';
import { runLane } from '../../workflows/lane-life.js';
import { LaneRun } from '../../workflows/lane-run.js';
import { emptyMemory } from '../../src/domain/command-memory.js';
import { enrolment } from '../support/enrolment.js';
import { eventually } from '../support/eventually.js';

/** As much of an engine as a lane needs whose clock stands still: a wait ends when its condition holds. */
function stoppedClock(onSignal: () => void): { engine: LaneEngine; pushes: string[]; end: () => void } {
  const pushes: string[] = [];
  let ended = false;
  const engine = {
    activities: {},
    nowMs: () => 0,
    condition: async (holds: () => boolean) => {
      while (!holds()) await new Promise((resolve) => setImmediate(resolve));
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
  return { engine, pushes, end: () => (ended = true) };
}

describe('a lane', () => {
  it('notices an acceptance that arrives while it signals its tickets', async () => {
    const state = { ...newLane('M', 'Panorama'), recovered: true };
    enrol(state, enrolment({ ticketId: '1' }), 0);
    enrol(state, enrolment({ ticketId: '2', saved: true, hasSaved: true }), 0);
    leave(state, { ticketId: '2', target: null, because: 'redone' }, 0);
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
    const carry = { state, commandMemory: emptyMemory(0) };
    const run = new LaneRun(fake.engine, { version: 1, key: 'M', name: 'Panorama', carry });

    const life = runLane(run);

    await eventually('the push starts', () => fake.pushes.length > 0, 2_000).finally(fake.end);
    await life;
    expect(fake.pushes).toHaveLength(1);
  });
});
