import { managersInRuns } from '../../src/securechange/managers-in-runs.js';
import type { WindowRuns } from '../../src/securechange/secure-change.js';

const device = (id: string, name: string, parent_id: string | null) =>
  [id, { id, name, vendor: null, model: null, parent_id, domain_name: null }] as const;
const devices = new Map([
  device('20', 'PANO-8', null),
  device('21', 'DG-B', '20'),
  device('24', 'DG-C', '20'),
]);

function run(runId: string, startMs: number, ...ids: string[]): WindowRuns['runs'][number] {
  const shown = ids.map((managementId) => ({
    managementId,
    outcome: 'skipped' as const,
    revisionId: null,
    message: null,
  }));
  const head = { uuid: 'u1', window: 'Nightly', endMs: startMs, errors: [], odd: [] };
  return { ...head, runId, startMs, devices: shown };
}

it('the manager above each device of a run is named once a window, with its newest run', () => {
  expect(managersInRuns([run('1', 10, '21'), run('2', 20, '24')], devices)).toEqual([
    { laneKey: '20', laneName: 'PANO-8', device: 'DG-C', window: 'Nightly', runId: '2', startMs: 20 },
  ]);
  const other = { ...run('3', 5, '21'), uuid: 'u2', window: 'Weekly' };
  expect(managersInRuns([other, run('1', 10, '21')], devices).map(({ window }) => window)).toEqual([
    'Weekly',
    'Nightly',
  ]);
});

it('a device that SecureTrack does not show is its own manager', () => {
  expect(managersInRuns([run('1', 10, '99')], devices)).toMatchObject([{ laneKey: '99', device: '99' }]);
});
