import { createGoneWorkers } from '../../activities/gone-workers.js';
import { ASKS_WITHIN_MS, countWorkers } from '../../src/domain/workers.js';

const START_MS = 1_700_000_000_000;
const MINUTE_MS = 60_000;
const A = 'worker@a/7';
const B = 'worker@b/8';

/** Two queues that each living worker asks; Temporal forgets who has not asked for 5 minutes. */
function watched({ own = A, clockAheadMs = 0 } = {}) {
  const temporal = { nowMs: START_MS };
  const asked = new Map<string, number>();
  const living = new Set<string>();
  const clock = { now: () => temporal.nowMs + clockAheadMs };
  const gone = createGoneWorkers({ identity: own, clock });
  const queues = () => {
    const pollers = [...asked]
      .filter(([, atMs]) => temporal.nowMs - atMs < 5 * MINUTE_MS)
      .map(([identity, lastAskedAtMs]) => ({ identity, lastAskedAtMs }));
    return ['sco', 'sco-push'].map((name) => ({ name, pollers }));
  };
  return {
    queues,
    clock,
    start: (...identities: string[]) => {
      for (const one of identities) {
        living.add(one);
        asked.set(one, temporal.nowMs);
      }
    },
    /** Workers that were stopped, and asked last so long ago. */
    stopped: (agoMs: number, ...identities: string[]) => {
      for (const one of identities) asked.set(one, temporal.nowMs - agoMs);
    },
    kill: (identity: string) => void living.delete(identity),
    /** Each minute a look, as the workflow has it. */
    look: (minutes = 1) => {
      let found = gone(queues());
      for (let minute = 0; minute < minutes; minute += 1) {
        temporal.nowMs += MINUTE_MS;
        for (const one of living) asked.set(one, temporal.nowMs);
        found = gone(queues());
      }
      return found;
    },
  };
}

describe('a worker that is gone', () => {
  it('is one alert, though it asked several queues, with since when, how many are left and what to type', () => {
    const { start, kill, look } = watched();
    start(A, B);
    expect(look(5)).toEqual([]);
    kill(B);
    expect(look(1)).toEqual([]);
    expect(look(1)).toEqual([
      {
        key: `workerGone/${B}`,
        kind: 'workerGone',
        sinceMs: START_MS + 5 * MINUTE_MS,
        reason:
          'Worker worker@b/8 has asked for no work since 2023-11-14 22:18:20 +00:00; 1 other asks. It died, cannot reach Temporal, or was stopped on purpose, which looks the same: read its log on that machine',
        command: 'sco status',
      },
    ]);
  });

  it('stays an alert when Temporal has forgotten it, for an hour', () => {
    const { start, kill, look, queues } = watched();
    start(A, B);
    look(1);
    kill(B);
    expect(look(10)).toMatchObject([{ key: `workerGone/${B}`, sinceMs: START_MS + MINUTE_MS }]);
    expect(queues()[0]?.pollers.map(({ identity }) => identity)).toEqual([A]);
    expect(look(50)).toHaveLength(1);
    expect(look(1)).toEqual([]);
  });

  it('is no alert any more once it asks again under its name, and is one again when it dies again', () => {
    const { start, kill, look } = watched();
    start(A, B);
    look(1);
    kill(B);
    expect(look(3)).toHaveLength(1);
    start(B);
    expect(look(1)).toEqual([]);
    kill(B);
    expect(look(2)).toHaveLength(1);
  });

  it('is no alert once another has come in its place, which takes the place of one alone', () => {
    const { start, kill, look } = watched();
    start(A, B, 'worker@c/9');
    look(1);
    kill(B);
    kill('worker@c/9');
    expect(look(2)).toHaveLength(2);
    start('worker@b/11');
    expect(look(10)).toMatchObject([{ key: 'workerGone/worker@c/9' }]);
  });

  it('is an alert although workers came shortly before it went', () => {
    const { start, kill, look } = watched();
    start(A, B);
    look(1);
    start('worker@c/9');
    look(2);
    kill(B);
    expect(look(2)).toHaveLength(1);
  });

  it('is no alert where all were stopped and others came', () => {
    const { start, stopped, kill, look } = watched({ own: 'worker@a/17' });
    stopped(5_000, A, B);
    start('worker@a/17', 'worker@b/18');
    expect(look(4)).toEqual([]);
    kill('worker@b/18');
    expect(look(2)).toHaveLength(1);
  });

  it.each([
    ['ahead', 50_000],
    ['behind', -50_000],
  ])(
    'is known by the clock of Temporal: a worker whose own is %s alerts to no living one',
    (_, clockAheadMs) => {
      const { start, kill, look } = watched({ clockAheadMs });
      start(A, B);
      expect(look(5)).toEqual([]);
      kill(B);
      expect(look(1)).toEqual([]);
      expect(look(1)).toHaveLength(1);
    },
  );
});

describe('the number of workers', () => {
  it('is that of each queue, without those that are gone', () => {
    const at = (agoMs: number) => ({ identity: `w/${agoMs}`, lastAskedAtMs: START_MS - agoMs });
    const queues = [
      { name: 'sco', pollers: [at(0), at(ASKS_WITHIN_MS), at(ASKS_WITHIN_MS + 1)] },
      { name: 'sco-push', pollers: [] },
    ];
    expect(countWorkers(queues, START_MS + 1_000)).toEqual([
      { queue: 'sco', workers: 2 },
      { queue: 'sco-push', workers: 0 },
    ]);
  });

  it('is 0 when none has asked for longer than a living one waits', () => {
    const queues = [{ name: 'sco', pollers: [{ identity: A, lastAskedAtMs: START_MS }] }];
    expect(countWorkers(queues, START_MS + ASKS_WITHIN_MS + 1)).toEqual([{ queue: 'sco', workers: 0 }]);
  });
});
