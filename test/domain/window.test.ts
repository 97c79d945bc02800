import fc from 'fast-check';

import { judgeWindow, type Interval } from '../../src/domain/window.js';

/** Sorted and apart from each other, as calendars give them. */
const intervals: fc.Arbitrary<Interval[]> = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 100 })), { maxLength: 8 })
  .map((pairs) => {
    let at = 0;
    return pairs.map(([gap, length]) => {
      const opensAtMs = at + gap;
      at = opensAtMs + length;
      return { opensAtMs, closesAtMs: at };
    });
  });
const now = fc.integer({ min: 0, max: 1_000 });
const least = fc.integer({ min: 0, max: 80 });

it('is open only inside an interval, and only while enough of it is left', () => {
  fc.assert(
    fc.property(intervals, now, least, (windows, nowMs, minimumRemainingMs) => {
      const verdict = judgeWindow(windows, nowMs, minimumRemainingMs);
      const inside = windows.find(({ opensAtMs, closesAtMs }) => opensAtMs <= nowMs && nowMs < closesAtMs);
      const enough = inside !== undefined && inside.closesAtMs - nowMs > minimumRemainingMs;
      expect(verdict.kind === 'open').toBe(enough);
      if (verdict.kind === 'open') expect(verdict.closesAtMs).toBe(inside?.closesAtMs);
    }),
    { numRuns: 2_000 },
  );
});

it('opens later at the first interval to come that is long enough, and is open then', () => {
  fc.assert(
    fc.property(intervals, now, least, (windows, nowMs, minimumRemainingMs) => {
      const verdict = judgeWindow(windows, nowMs, minimumRemainingMs);
      if (verdict.kind !== 'opensLater') return;
      expect(verdict.opensAtMs).toBeGreaterThan(nowMs);
      const skipped = windows.filter(({ opensAtMs }) => opensAtMs > nowMs && opensAtMs < verdict.opensAtMs);
      for (const { opensAtMs, closesAtMs } of skipped)
        expect(closesAtMs - opensAtMs).toBeLessThanOrEqual(minimumRemainingMs);
      const then = judgeWindow(windows, verdict.opensAtMs, minimumRemainingMs);
      expect(then).toEqual({ kind: 'open', closesAtMs: verdict.closesAtMs });
    }),
    { numRuns: 2_000 },
  );
});

it('has none left when no interval to come is long enough', () => {
  expect(judgeWindow([], 0, 0)).toEqual({ kind: 'noneLeft' });
  expect(judgeWindow([{ opensAtMs: 10, closesAtMs: 20 }], 0, 11)).toEqual({ kind: 'noneLeft' });
  expect(judgeWindow([{ opensAtMs: 10, closesAtMs: 20 }], 20, 0)).toEqual({ kind: 'noneLeft' });
});

it('is half-open: the first instant counts, the last does not', () => {
  const window = [{ opensAtMs: 10, closesAtMs: 20 }];
  expect(judgeWindow(window, 10, 0).kind).toBe('open');
  expect(judgeWindow(window, 19, 0).kind).toBe('open');
  expect(judgeWindow(window, 20, 0).kind).toBe('noneLeft');
});
