import { soak, type SoakOptions } from './soak.js';
import { soakText } from './soak-text.js';

const SEED = 9;
const options: SoakOptions = {
  seed: SEED,
  kills: 4,
  tickets: 3,
  minutes: 4,
  atOnce: 1,
  log: () => undefined,
};

it('tickets on three managers live through a kill of every process: exactly once, nothing stuck', async () => {
  const report = await soak(options);

  expect(report.wrong).toEqual([]);
  expect(report.tickets.map(({ ending }) => ending.kind)).toEqual(['closed', 'closed', 'closed']);
  expect(report.commits).toBe(3);
  expect(report.kills).toEqual({ worker: 1, gateway: 1, temporal: 1, simulator: 1 });
  expect(soakText(options, report)).toContain(`--seed ${SEED}`);
});
