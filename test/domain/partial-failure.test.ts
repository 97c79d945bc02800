import { PARTIAL_FAILURE, strictest, waveOf, type PartialFailure } from '../../src/domain/partial-failure.js';

it.each<[readonly (PartialFailure | undefined)[], PartialFailure]>([
  [[], 'continue'],
  [[undefined, undefined], 'continue'],
  [['continue', 'stop'], 'stop'],
  [['stop', undefined], 'stop'],
  [['waves', 'stop'], 'waves'],
  [['continue', 'waves', 'stop'], 'waves'],
])('of %j the strictest is %s', (policies, strict) => {
  expect(strictest(...policies)).toBe(strict);
  expect(strictest(...policies.toReversed())).toBe(strict);
});

it('a stricter policy never allows what a less strict one forbids', () => {
  const rules = Object.values(PARTIAL_FAILURE).sort((a, b) => a.strictness - b.strictness);
  for (const rule of ['holdsBack', 'inWaves'] as const)
    expect(rules.map((each) => each[rule])).toEqual(rules.map((each) => each[rule]).toSorted());
  expect(new Set(rules.map(({ strictness }) => strictness)).size).toBe(rules.length);
});

it.each([
  [1, [1, 0, 0]],
  [2, [1, 1, 0]],
  [3, [1, 1, 1]],
  [10, [1, 1, 8]],
  [11, [1, 2, 8]],
  [40, [1, 4, 35]],
])('of %i targets the waves have %j', (count, sizes) => {
  const waves = Array.from({ length: count }, (_, index) => waveOf(index, count));
  expect([1, 2, 3].map((wave) => waves.filter((one) => one === wave).length)).toEqual(sizes);
  expect(waves).toEqual(waves.toSorted());
});
