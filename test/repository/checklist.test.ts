import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The points of the acceptance list that are about integrations, with what each is about. */
const POINTS: Readonly<Record<number, string>> = {
  1: 'the wire contract of mediators',
  2: 'all events, unknown ones kept',
  3: 'one workflow for a ticket, whatever order and number of events',
  4: 'steps by reading the ticket',
  5: 'outbound servers',
  6: 'integration points',
  7: 'placeholders',
  8: 'actions',
  9: 'mail',
  10: 'an ITSM that leads',
  15: 'risk policy',
  16: 'parallel tasks',
  20: 'configuration as files, triggers',
  21: 'dry run',
};

it('each point of the acceptance list has a test that is named after it', () => {
  const files = execFileSync('git', ['ls-files', 'test/*.test.ts'], { encoding: 'utf8' }).trim().split('\n');
  const found = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/checklist point (\d+):/g)].map(([, point]) => Number(point)),
  );
  expect([...new Set(found)].sort((one, other) => one - other)).toEqual(Object.keys(POINTS).map(Number));
});
