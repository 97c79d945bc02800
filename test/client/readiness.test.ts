import { createReadiness } from '../../packages/client/src/readiness.js';
import type { IntakeConnection } from '../../packages/client/src/create-intake.js';

/** A Temporal with the given answers to reads and writes; it counts the writes. */
function temporal(options: { read?: () => Promise<unknown>; write?: () => Promise<unknown> } = {}) {
  const { read = async () => ({}), write = async () => ({}) } = options;
  const seen = { writes: 0, patches: [] as unknown[], nowMs: 0 };
  const connection = {
    namespace: 'default',
    connection: { withDeadline: (_deadline: unknown, call: () => Promise<unknown>) => call() },
    client: {
      workflowService: {
        describeNamespace: read,
        patchSchedule: async (request: unknown) => {
          seen.writes += 1;
          seen.patches.push(request);
          return await write();
        },
      },
    },
  } as unknown as IntakeConnection;
  return { seen, readiness: createReadiness(connection, () => seen.nowMs) };
}

const grpc = (code: number): Error => Object.assign(new Error(`${code} of gRPC`), { code });
const hangs = (): Promise<never> => new Promise(() => {});

describe('readiness', () => {
  it('is given when Temporal reads and stores, and the write changes nothing', async () => {
    const { seen, readiness } = temporal();
    expect(await readiness.check(1_000)).toBe(true);
    expect(seen.patches).toEqual([
      expect.objectContaining({ namespace: 'default', scheduleId: 'sweep', patch: {} }),
    ]);
  });

  it.each([
    ['reads and does not store (a read-only or full disk)', { write: () => Promise.reject(grpc(14)) }],
    ['reads, and a write runs out of time', { write: () => Promise.reject(grpc(4)) }],
    ['reads, and a write is never answered', { write: hangs }],
    ['does not read', { read: () => Promise.reject(grpc(14)) }],
    ['never answers a read', { read: hangs }],
    ['does not know the namespace', { read: () => Promise.reject(grpc(5)) }],
  ])('is missing when Temporal %s', async (_what, answers) => {
    const { readiness } = temporal(answers);
    expect(await readiness.check(100)).toBe(false);
  });

  it.each([
    [5, 'no schedule yet'],
    [7, 'no permission for schedules'],
    [12, 'a server without schedules'],
  ])('counts only reads where the write cannot be tried: gRPC %i, %s', async (code) => {
    const { readiness } = temporal({ write: () => Promise.reject(grpc(code)) });
    expect(await readiness.check(1_000)).toBe(true);
  });

  it('writes seldom, however often it is asked', async () => {
    const { seen, readiness } = temporal();
    await Promise.all(Array.from({ length: 50 }, () => readiness.check(1_000)));
    expect(seen.writes).toBe(1);
    seen.nowMs = 14_000;
    await readiness.check(1_000);
    expect(seen.writes).toBe(1);
    seen.nowMs = 16_000;
    await readiness.check(1_000);
    expect(seen.writes).toBe(2);
  });

  it('writes seldom while writing fails too, and sees soon that it works again', async () => {
    let works = false;
    const { seen, readiness } = temporal({
      write: () => (works ? Promise.resolve({}) : Promise.reject(grpc(14))),
    });
    for (let n = 0; n < 20; n += 1) expect(await readiness.check(1_000)).toBe(false);
    expect(seen.writes).toBe(1);
    works = true;
    seen.nowMs = 1_500;
    expect(await readiness.check(1_000)).toBe(true);
  });

  it('takes a stored event for a proof', async () => {
    const { seen, readiness } = temporal();
    readiness.stored();
    expect(await readiness.check(1_000)).toBe(true);
    expect(seen.writes).toBe(0);
  });
});
