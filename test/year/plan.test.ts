import { BY_OTHERS, planYear, type Act } from './plan.js';

const plain = (seed: number, count: number) => {
  const plan = planYear(seed, count);
  return { ...plan, calendars: [...plan.calendars] };
};

it('is the same for the same seed and another one for another seed', () => {
  expect(plain(7, 40)).toEqual(plain(7, 40));
  expect(plain(7, 40)).not.toEqual(plain(8, 40));
});

it('has every kind of thing that can happen in a year of 200 tickets', () => {
  const kinds = new Set(planYear(1, 200).acts.map(({ kind }) => kind));
  const wanted: Act['kind'][] = [
    'create',
    'complete',
    'approve',
    'redo',
    'cancel',
    'reject',
    'hold',
    'resume',
    'abort',
    'override',
    'editCalendar',
    'commitByOthers',
    'savedByOthers',
    'lock',
    'offline',
    'stop',
    'start',
    'replaceWorkers',
    'loseLane',
    'rounds',
    'compare',
  ];
  expect([...kinds].sort()).toEqual([...wanted].sort());
});

it('has Commits by every kind of others', () => {
  const acts = [1, 2, 23, 24].flatMap((seed) => planYear(seed, 200).acts);
  const hows = acts.flatMap((act) => (act.kind === 'commitByOthers' ? [act.how] : []));
  expect([...new Set(hows)].sort()).toEqual([...BY_OTHERS].sort());
});

it('has shared managers with groups below groups, every policy, and tickets that meet on them', () => {
  const { managers, tickets } = planYear(1, 200);
  const groups = managers.flatMap((manager) => manager.groups);
  expect(groups.some(({ path }) => path.length > 2)).toBe(true);
  expect(new Set(managers.map(({ policy }) => policy.exclusive)).size).toBe(2);
  const users = new Map<string, number>();
  for (const { targets } of tickets) for (const name of targets) users.set(name, (users.get(name) ?? 0) + 1);
  expect(Math.max(...users.values())).toBeGreaterThan(10);
});

it('happens in order', () => {
  const times = planYear(3, 50).acts.map(({ atMs }) => atMs);
  expect(times).toEqual([...times].sort((a, b) => a - b));
});
