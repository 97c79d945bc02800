import { tableOf } from '../bench/report.js';

it('the bench says of what had not happened by its deadline that it had not', () => {
  const figures = [
    { name: 'opening to half', value: 1_200, unit: 'ms', goal: '<= 2000', bare: 300 },
    { name: 'opening to all', value: Number.POSITIVE_INFINITY, unit: 'ms' },
  ];
  const [, , half, all] = tableOf({ part: 'herd', figures }).split('\n');
  expect(half).toMatch(/^\| opening to half \| 1200 ms +\| <= 2000 \| 300 ms +\|$/);
  expect(all).toMatch(/^\| opening to all +\| not by the deadline \| +\| +\|$/);
});
