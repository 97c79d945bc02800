import { planKills, VICTIMS } from './plan.js';

it('gives the same kills for the same seed, and the first of them whatever the number', () => {
  expect(planKills(42, 90, VICTIMS)).toEqual(planKills(42, 90, VICTIMS));
  expect(planKills(42, 90, VICTIMS).slice(0, 10)).toEqual(planKills(42, 10, VICTIMS));
});

it('gives other kills for another seed', () => {
  expect(planKills(42, 20, VICTIMS)).not.toEqual(planKills(43, 20, VICTIMS));
});

it('kills each process once before it kills one again', () => {
  for (const seed of [1, 2, 3]) {
    const first = planKills(seed, VICTIMS.length, VICTIMS).map(({ victim }) => victim);
    expect(first.sort()).toEqual([...VICTIMS].sort());
  }
});

it('kills every process, at different times', () => {
  const kills = planKills(1, 90, VICTIMS);
  for (const victim of VICTIMS)
    expect(kills.filter((kill) => kill.victim === victim).length).toBeGreaterThan(10);
  expect(new Set(kills.map(({ afterMs }) => afterMs)).size).toBeGreaterThan(80);
});
