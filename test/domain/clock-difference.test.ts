import * as fc from 'fast-check';
import { clockDifferenceOf, clocksDiffer } from '../../src/domain/clock-difference.js';
import type { ClockReading } from '../../src/domain/clock-difference.js';

/** An answer that took `tripMs`, written in its middle by a clock that is `aheadMs` ahead. */
function answer(atMs: number, aheadMs: number, tripMs = 40): ClockReading {
  const theirsMs = atMs + aheadMs;
  const dateMs = Math.floor(theirsMs / 1_000) * 1_000;
  return { sentAtMs: atMs - tripMs / 2, receivedAtMs: atMs + tripMs / 2, dateMs };
}

const START = Date.parse('2027-03-01T22:00:00.300Z');

describe('the difference of two clocks', () => {
  it('is never said to be greater than it is, whatever the time of the second and of the way', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -2_000, max: 2_000 }),
        fc.array(fc.tuple(fc.nat(30_000), fc.nat(20_000)), { minLength: 1, maxLength: 20 }),
        (aheadMs, answers) => {
          const readings = answers.map(([afterMs, tripMs]) => answer(START + afterMs, aheadMs, tripMs));
          const difference = clockDifferenceOf(readings)!;
          expect(difference.leastMs).toBeLessThanOrEqual(aheadMs);
          expect(difference.mostMs).toBeGreaterThanOrEqual(aheadMs);
          expect(clocksDiffer(difference)).toBeNull();
        },
      ),
    );
  });

  it.each([
    [3_100, 'at least 2.7 s ahead of'],
    [-3_300, 'at least 2.3 s behind'],
  ])('of %d ms is proven by one answer, and refused', (aheadMs, text) => {
    expect(clocksDiffer(clockDifferenceOf([answer(START, aheadMs)]))).toContain(text);
  });

  it('is found more exactly by several answers', () => {
    const one = [answer(START, 2_300)];
    expect(clocksDiffer(clockDifferenceOf(one))).toBeNull();
    const several = [0, 250, 500, 750].map((afterMs) => answer(START + afterMs, 2_300));
    expect(clocksDiffer(clockDifferenceOf(several))).toContain('ahead of');
  });

  it('is that of the newest answers after a clock was set', () => {
    const before = answer(START, 60_000);
    const after = answer(START + 5_000, 0);
    expect(clocksDiffer(clockDifferenceOf([before, after]))).toBeNull();
    expect(clocksDiffer(clockDifferenceOf([after, before]))).toContain('ahead of');
  });

  it('cannot be judged without a readable date, and is refused then', () => {
    const silent = { ...answer(START, 0), dateMs: null };
    expect(clocksDiffer(clockDifferenceOf([silent]))).toContain('no readable Date');
    expect(clocksDiffer(clockDifferenceOf([silent, answer(START, 0)]))).toBeNull();
  });
});
