import { newLane, type LaneState } from '../../src/domain/lane.js';
import { enrol } from '../../src/domain/lane-places.js';
import type { LaneEngine } from '../../workflows/engine.js';
import { runLane } from '../../workflows/lane-life.js';
import { LaneRun } from '../../workflows/lane-run.js';
import type { LaneNews } from '../../workflows/messages.js';
import { emptyMemory } from '../../src/domain/command-memory.js';
import { NOTHING_FOREIGN } from '../support/foreign-check.js';
import { enrolment, leaveLane } from '../support/enrolment.js';
import { eventually } from '../support/eventually.js';

/** A wait that is over at once. */
const MOMENT_MS = 1;

interface StoppedClock {
  readonly engine: LaneEngine;
  readonly clock: { nowMs: number };
  readonly pushes: string[];
  readonly end: () => void;
}

const ends: (() => void)[] = [];

afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** As much of an engine as a lane needs whose clock stands still: a wait ends when its condition holds. */
function stoppedClock(onSignal: (news: LaneNews) => void): StoppedClock {
  const pushes: string[] = [];
  const clock = { nowMs: 0 };
  let ended = false;
  const engine = {
    activities: {},
    nowMs: () => clock.nowMs,
    condition: async (holds: () => boolean, timeoutMs?: number) => {
      const untilMs = clock.nowMs + (timeoutMs ?? Infinity);
      while (!holds()) {
        await new Promise((resolve) => setImmediate(resolve));
        if ((timeoutMs !== undefined && timeoutMs <= MOMENT_MS) || clock.nowMs >= untilMs) return false;
      }
      return true;
    },
    isNewRunDue: () => ended,
    handlersIdle: () => true,
    startPush: async (workflowId: string) => {
      pushes.push(workflowId);
      return 'run';
    },
    signalTicket: async (_: string, news: LaneNews) => {
      onSignal(news);
      return true;
    },
    publishLane: () => undefined,
  } as unknown as LaneEngine;
  const end = (): void => void (ended = true);
  ends.push(end);
  return { engine, clock, pushes, end };
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
    leaveLane(state, { ticketId: '2', target: null, because: 'redone' }, 0);
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
    leaveLane(state, { ticketId: '3', target: null, because: 'redone' }, 0);
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

describe('a lane whose members are all saved', () => {
  const MEMBERS = ['1', '2'];

  /** Its push has recorded its intent. */
  async function committing() {
    const state = { ...newLane('M', 'Panorama'), recovered: true };
    for (const ticketId of MEMBERS) enrol(state, enrolment({ ticketId, saved: true, hasSaved: true }), 0);
    const signalled: string[] = [];
    const fake = stoppedClock((news) => signalled.push(news.kind));
    const run = laneOn(fake, state);
    const life = runLane(run);
    const { n, members } = await eventually('its push runs', () =>
      run.state.push?.runId == null ? undefined : run.state.push,
    );
    const { target } = members[0]!;
    const begun = run.begin({
      n,
      runId: 'run',
      nonce: 'once',
      call: 'commit',
      effectKey: 'commit',
      members: members.map(({ ticketId }) => `${ticketId}/${target}`),
      version: run.state.version,
      baseline: '{}',
      foreign: NOTHING_FOREIGN,
    });
    expect(begun).toMatchObject({ kind: 'begun', first: true });
    // The lane serves what the intent changed.
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    const notSent = { kind: 'notSent', cause: 'stopped', message: 'stopped' } as const;
    const finish = (): void => {
      const results = MEMBERS.map((ticketId) => ({ ticketId, target, result: notSent }));
      run.pushEnded({ n, runId: 'run', members: results, sharedFailure: null, restMs: 0 });
    };
    return { fake, life, signalled, finish };
  }

  it('signals its tickets the result alone when the Commit is short', async () => {
    const { fake, life, signalled, finish } = await committing();
    fake.clock.nowMs = 4_999;
    finish();
    await eventually('they have the result', () => signalled.includes('back'));
    fake.end();
    await life;
    expect(signalled).not.toContain('carried');
  });

  it('signals its tickets which push carries them when the Commit takes longer', async () => {
    const { fake, life, signalled } = await committing();
    fake.clock.nowMs = 5_000;
    await eventually('they know their push', () => signalled.length === 2);
    fake.end();
    await life;
    expect(signalled).toEqual(['carried', 'carried']);
  });

  it('signals what it has to say before it continues as new', async () => {
    const { fake, life, signalled } = await committing();
    fake.end();
    await life;
    expect(signalled).toEqual(['carried', 'carried']);
  });
});
