import { ClientError } from '../../packages/client/src/contract.js';
import type { Release, Releases } from '../../packages/client/src/release-facts.js';
import { NOW, runSco } from '../support/cli-context.js';

const release = (part: Partial<Release>): Release => ({
  name: '1.0',
  role: 'none',
  percent: null,
  workers: ['worker@a/1'],
  missingQueues: [],
  openWorkflows: 3,
  seenFirstMs: NOW - 86_400_000,
  ...part,
});
const releases = (...list: readonly Release[]): Releases => ({ releases: list, unversionedWorkers: [] });

describe('sco release list', () => {
  it('shows who gets the tickets, and who works for each release', async () => {
    const found = releases(
      release({ name: '2.0', role: 'ramping', percent: 10 }),
      release({ role: 'current', workers: ['worker@a/1', 'worker@b/1'] }),
    );
    const { out, code } = await runSco(['release', 'list'], { releases: { list: async () => found } });
    expect(code).toBe(0);
    expect(out).toMatch(/2\.0 +10 % of them +1 /);
    expect(out).toMatch(/1\.0 +all tickets +2 /);
    expect(out).not.toContain('stand still');
  });

  it('says when tickets stand still: no release has them, or the one that has them has no worker for a queue', async () => {
    for (const bad of [release({}), release({ role: 'current', missingQueues: ['sco-push'] })]) {
      const { out, code } = await runSco(['release', 'list'], {
        releases: { list: async () => releases(bad) },
      });
      expect(code).toBe(1);
      expect(out).toContain('Tickets stand still');
      expect(out).toContain('sco release use');
    }
  });

  it('says of an installation without releases that there is none, and names its workers', async () => {
    const found: Releases = { releases: [], unversionedWorkers: ['worker@a/1'] };
    const { out, code } = await runSco(['release', 'list'], { releases: { list: async () => found } });
    expect(code).toBe(0);
    expect(out).toContain('SCO_RELEASE');
    expect(out).toContain('worker@a/1');
  });
});

describe('sco release use', () => {
  it('gives all tickets to a release, or a part of them', async () => {
    const asked: unknown[] = [];
    const use = async (name: string, options?: object): Promise<Releases> => {
      asked.push([name, options]);
      return releases(release({ name, role: 'current' }));
    };
    expect((await runSco(['release', 'use', '2.0'], { releases: { use } })).code).toBe(0);
    await runSco(['release', 'use', '2.0', '--percent', '5'], { releases: { use } });
    expect(asked).toEqual([
      ['2.0', {}],
      ['2.0', { percent: 5 }],
    ]);
    expect((await runSco(['release', 'use', '2.0', '--percent', '0'], { releases: { use } })).code).toBe(2);
    expect(asked).toHaveLength(2);
  });

  it('passes on why a release is not used', async () => {
    const use = async (): Promise<never> => {
      throw new ClientError('refused', 'temporal: release 2.0: none of its workers asks sco-push');
    };
    const { err, code } = await runSco(['release', 'use', '2.0'], { releases: { use } });
    expect(err).toContain('none of its workers asks sco-push');
    expect(code).not.toBe(0);
  });
});

it('sco release renew says how many workflows go on in a new run', async () => {
  const { out, code } = await runSco(['release', 'renew'], { releases: { renew: async () => 12 } });
  expect(code).toBe(0);
  expect(out).toContain('12 workflows');
});
