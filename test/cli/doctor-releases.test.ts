import type { Release, Releases } from '../../packages/client/src/release-facts.js';
import { HEALTHY, runSco } from '../support/cli-context.js';

const release: Release = {
  name: '1.4.0',
  role: 'current',
  percent: null,
  workers: ['worker@a/1'],
  missingQueues: [],
  openWorkflows: 3,
  seenFirstMs: 0,
};

async function releaseRows(releases: Releases): Promise<readonly object[]> {
  const { json } = await runSco(['doctor', '--json'], {
    context: {
      inspectTemporal: async () => ({ ...HEALTHY, releases }),
      environment: { PATH: process.env['PATH'], SCO_CONFIG_DIR: './config', SCO_TOKEN: 'x' },
    },
  });
  const { rows } = json() as { rows: readonly { check: string }[] };
  return rows.filter(({ check }) => check === 'releases');
}

describe('releases, for sco doctor', () => {
  it('are no subject where no worker was started with one', async () => {
    expect(await releaseRows({ releases: [], unversionedWorkers: ['worker@a/1'] })).toEqual([]);
  });

  it('are well where the one that has the tickets has workers for all queues', async () => {
    expect(await releaseRows({ releases: [release], unversionedWorkers: [] })).toMatchObject([
      { state: 'ok', found: 'release 1.4.0 has the tickets' },
    ]);
  });

  it('are a problem where tickets stand still, or a worker gets nothing', async () => {
    const none = { releases: [{ ...release, role: 'none' as const }], unversionedWorkers: [] };
    expect(await releaseRows(none)).toMatchObject([
      { state: 'problem', found: 'no release has the tickets: they stand still' },
    ]);
    const partly = { releases: [{ ...release, missingQueues: ['sco-push'] }], unversionedWorkers: [] };
    expect(await releaseRows(partly)).toMatchObject([
      { state: 'problem', found: expect.stringContaining('no worker of it asks sco-push') as string },
    ]);
    expect(await releaseRows({ releases: [release], unversionedWorkers: ['worker@b/2'] })).toMatchObject([
      { state: 'ok' },
      { state: 'problem', found: expect.stringContaining('worker@b/2') as string, advice: 'set SCO_RELEASE' },
    ]);
  });
});
