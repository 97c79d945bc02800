import { all, goalsText } from '../bench/all.js';
import { atLeast, atMost, between, exactly, goalText, isMet } from '../bench/goal.js';
import { textOf, type Report } from '../bench/report.js';

it('the bench says of what had not happened by its deadline that it had not', () => {
  const figures = [
    { name: 'opening to half', value: 1_200, unit: 'ms', goal: atMost(2_000), bare: 300 },
    { name: 'opening to all', value: Number.POSITIVE_INFINITY, unit: 'ms' },
  ];
  const [, , half, whole] = textOf({ part: 'herd', figures }).split('\n');
  expect(half).toMatch(/^\| opening to half \| 1200 ms +\| <= 2000 \| 300 ms +\|$/);
  expect(whole).toMatch(/^\| opening to all +\| not by the deadline \| +\| +\|$/);
});

it('what the figures say together stands below them', () => {
  const report = { part: 'scale', figures: [], says: ['The cores are the limit.'] };
  expect(textOf(report).split('\n').at(-1)).toBe('The cores are the limit.');
});

it.each([
  [atMost(60), '<= 60', 60, 60.1],
  [atLeast(0.9), '>= 0.9', 0.9, 0.89],
  [exactly(20), '20', 20, 19],
  [between(0.8, 1.2), '0.8 to 1.2', 1.2, 0.7],
])('a goal is met by its limit and missed beyond it: %j', (goal, text, met, missed) => {
  expect(goalText(goal)).toBe(text);
  expect(isMet(goal, met)).toBe(true);
  expect(isMet(goal, missed)).toBe(false);
  expect(isMet(goal, Number.POSITIVE_INFINITY)).toBe(false);
});

it('a part that cannot be measured is named, and the others are measured', async () => {
  const parts = ['one', 'two', 'three'].map((name) => ({ name, args: [] }));
  const seen: Report[] = [];
  const measured = await all({
    parts,
    run: async ({ name }) => {
      await Promise.resolve();
      if (name === 'two') throw new Error('there is no python3');
      return {
        part: name,
        figures: [{ name: 'took', value: name === 'one' ? 9 : 11, unit: 's', goal: atMost(10) }],
      };
    },
    onReport: (report) => seen.push(report),
    log: () => undefined,
  });
  expect(seen.map(({ part }) => part)).toEqual(['one', 'three']);
  expect(measured.notMeasured).toEqual([{ name: 'two', reason: 'there is no python3' }]);
  const text = goalsText(measured);
  expect(text).toMatch(/^\| one +\| took +\| 9 s +\| <= 10 \| met +\|$/m);
  expect(text).toMatch(/^\| three +\| took +\| 11 s +\| <= 10 \| missed +\|$/m);
  expect(text).toContain('1 goals met, 1 missed.');
  expect(text).toContain('two could not be measured: there is no python3');
  expect(text).toContain('npm run bench -- scale');
});
