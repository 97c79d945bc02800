import { callFor, latency, perSecond, together } from '../bench/callers.js';

it('each caller waits for its answer before its next call', async () => {
  const open = new Map<number, number>();
  let most = 0;
  const called = await callFor(3, 60, async (caller) => {
    open.set(caller, (open.get(caller) ?? 0) + 1);
    most = Math.max(most, ...open.values());
    await new Promise((resolve) => setTimeout(resolve, 2));
    open.set(caller, (open.get(caller) ?? 1) - 1);
  });
  expect([...open.keys()].sort()).toEqual([0, 1, 2]);
  expect(most).toBe(1);
  expect(called.latenciesMs).toHaveLength(called.calls);
  expect(called.tookMs).toBeGreaterThanOrEqual(60);
});

it('slices count as one measurement', () => {
  const all = together([
    { calls: 2, tookMs: 1_000, latenciesMs: [10, 20] },
    { calls: 4, tookMs: 2_000, latenciesMs: [1, 2, 3, 4] },
  ]);
  expect(perSecond(all)).toBe(2);
  expect(latency(all, 0.99)).toBe(20);
});
