import * as fc from 'fast-check';
import { evidenceIn, toCommitReport } from '../../src/securechange/commit-evidence.js';
import { readJsonFixture } from './fixture.js';

const toCommitEvidence = (...from: Parameters<typeof toCommitReport>) => evidenceIn(toCommitReport(...from));
const success = { status: 'COMMIT_SUCCESS' };
const report = (device: unknown, more: object = {}) => ({
  commit_report: { startTime: '2025-11-22T23:40:12.000+01:00', device, ...more },
});
const stateOf = (device: unknown, status = 'COMMIT_SUCCESS') =>
  toCommitEvidence({ status }, report(device)).state;
const firewalls = (...statuses: string[]) => ({
  name: 'DG-B',
  status: 'SUCCESS',
  policy: [
    { name: 'DG-B', status: 'SUCCESS', fw_result: statuses.map((status) => ({ name: status, status })) },
  ],
});

describe('evidence of a Commit', () => {
  it('is none without commit results', () => {
    expect(toCommitEvidence(null, readJsonFixture('securechange', 'commit-report.success.json'))).toEqual({
      state: 'none',
      reportStart: null,
      message: null,
    });
  });

  it('reads the recorded reports', () => {
    expect(toCommitEvidence(success, readJsonFixture('securechange', 'commit-report.success.json'))).toEqual({
      state: 'committed',
      reportStart: '2025-11-22T23:40:12.000+01:00',
      reportEnd: '2025-11-22T23:41:03.000+01:00',
      message: 'Device is HA passive',
    });
    const failed = readJsonFixture('securechange', 'commit-report.failure.json');
    expect(toCommitEvidence({ status: 'COMMIT_FAILURE' }, failed)).toMatchObject({
      state: 'failed',
      message: 'Login error',
    });
  });

  it.each([
    ['every firewall done', firewalls('SUCCESS', 'SUCCESS_WITH_WARNINGS'), 'committed'],
    ['one firewall failed', firewalls('SUCCESS', 'FAILURE'), 'partial'],
    ['all failed', firewalls('FAILURE', 'FAILURE'), 'failed'],
    ['one with an unknown status', firewalls('SUCCESS', 'HALF_WAY'), 'partial'],
    ['only unknown ones', firewalls('HALF_WAY'), 'unknown'],
    ['an unsuccessful word', firewalls('NOT_SUCCESSFUL'), 'unknown'],
    ['a device that cannot be read beside a good one', [{ status: 'SUCCESS' }, 'text'], 'partial'],
    ['a firewall that cannot be read', { status: 'SUCCESS', policy: { fw_result: [5] } }, 'unknown'],
    ['a device without parts', { name: 'DG-B', status: 'SUCCESS' }, 'committed'],
    [
      'a single device as object',
      [
        { name: 'A', status: 'SUCCESS' },
        { name: 'B', status: 'FAILURE' },
      ],
      'partial',
    ],
    [
      'a failed policy above good firewalls',
      { status: 'FAILURE', policy: { status: 'FAILURE', fw_result: { status: 'SUCCESS' } } },
      'partial',
    ],
    ['nothing inside', '', 'unknown'],
  ])('%s is %s', (_what, device, state) => {
    expect(stateOf(device)).toBe(state);
  });

  it('is skipped when a failure says that there was nothing to commit', () => {
    const device = { name: 'DG-B', status: 'FAILURE', error: ['There are no changes to commit'] };
    expect(stateOf(device, 'COMMIT_FAILURE')).toBe('skipped');
  });

  it('is skipped when a success says that nothing was performed', () => {
    const warning = 'Commit not performed: This device had no policies to install on its managed firewalls';
    const skipped = { name: 'DG-B', status: 'SUCCESS_WITH_WARNINGS', warning: [warning] };
    expect(toCommitEvidence(success, report(skipped))).toMatchObject({ state: 'skipped', message: warning });
    expect(stateOf({ ...skipped, warning })).toBe('skipped');
    expect(
      stateOf({
        ...skipped,
        status: 'SUCCESS',
        error: 'Commit not performed as the Device Group monitoring is stopped',
      }),
    ).toBe('skipped');
    expect(stateOf([skipped, { name: 'other', status: 'SUCCESS' }])).toBe('partial');
    expect(toCommitEvidence(success, report('', { notRunReason: 'Device is offline' })).state).toBe(
      'skipped',
    );
  });

  it('is not committed where a success reports an error, on whatever level', () => {
    const recorded = readJsonFixture('securechange', 'commit-report.success-with-error.json');
    expect(toCommitEvidence(success, recorded)).toMatchObject({
      state: 'unknown',
      message: expect.stringContaining('forward decrypt trust cert is not configured') as string,
    });
    expect(stateOf({ ...firewalls('SUCCESS'), error: 'validation of the template failed' })).toBe('unknown');
  });

  it.each([
    ['error', 'it failed'],
    ['error', ['it failed']],
    ['errors', 'it failed'],
    ['errors', ['it failed']],
    ['errors', { error: 'it failed' }],
    ['errors', { error: ['', 'it failed'] }],
    ['errors', { error: { message: 'it failed' } }],
    ['details', { phase: { errors: { error: 'it failed' } } }],
  ] as const)('is at best unknown where %s says %j under a success, at every depth', (key, said) => {
    const good = (more: object = {}) => ({
      name: 'fw-1',
      status: 'SUCCESS',
      error: '',
      warning: '',
      ...more,
    });
    const tree = (device: object, policy: object, firewall: object) =>
      good({ ...device, name: 'DG-B', policy: good({ ...policy, fw_result: good(firewall) }) });
    const beside = { [key]: said };
    const reports = [
      report(tree({}, {}, {}), beside),
      report(tree(beside, {}, {})),
      report(tree({}, beside, {})),
      report(tree({}, {}, beside)),
    ];
    for (const one of reports)
      expect(toCommitReport(success, one)).toMatchObject({ state: 'unknown', message: 'it failed' });
    expect(toCommitReport(success, report(tree({}, {}, {}))).state).toBe('committed');
  });

  it.each([[''], [[]], [{}], [{ error: '' }], [{ error: [] }], [null], [false], [0]])(
    'stays a success where an error says %j',
    (nothing) => {
      const device = { ...firewalls('SUCCESS'), errors: nothing, error: nothing };
      expect(toCommitReport(success, report(device, { errors: nothing })).state).toBe('committed');
    },
  );

  it.each([['warning'], ['warnings']])('is skipped where %s of the root says "not performed"', (key) => {
    const said = { [key]: { warning: 'Commit not performed as the Device Group monitoring is stopped' } };
    expect(toCommitReport(success, report(firewalls('SUCCESS'), said)).state).not.toBe('committed');
  });

  it.each([
    ['a warning of a firewall', { status: 'SUCCESS', warning: 'Auto-reverted after the connectivity check' }],
    ['a status', { status: 'AUTO_REVERTED' }],
    ['an error', { status: 'FAILURE', error: 'configuration reverted to the last running configuration' }],
  ])('is reverted when %s says so', (_what, second) => {
    const device = {
      name: 'DG-B',
      status: 'SUCCESS',
      policy: { name: 'DG-B', status: 'SUCCESS', fw_result: [{ name: 'fw-1', status: 'SUCCESS' }, second] },
    };
    expect(stateOf(device)).toBe('reverted');
  });

  it('names a lock of the manager, not one that a firewall reports', () => {
    const failed = { status: 'COMMIT_FAILURE' };
    const locked = { name: 'DG-B', status: 'FAILURE', error: ['Device is locked by h.novak'] };
    expect(toCommitReport(failed, report(locked))).toMatchObject({ state: 'failed', locked: true });
    const fw_result = { name: 'fw-1', status: 'FAILURE', error: ['Device is locked by h.novak'] };
    const below = { name: 'DG-B', status: 'FAILURE', policy: { name: 'DG-B', status: 'FAILURE', fw_result } };
    expect(toCommitReport(failed, report(below))).not.toHaveProperty('locked');
    const other = { name: 'DG-B', status: 'FAILURE', error: ['Login error'] };
    expect(toCommitReport(failed, report(other))).not.toHaveProperty('locked');
  });

  it('says of each firewall what became of it, with its policy and both of its names', () => {
    const device = {
      name: 'ADOM-RETAIL',
      status: 'FAILURE',
      policy: [
        { name: 'shops', status: 'SUCCESS', fw_result: { name: 'fw-1', status: 'SUCCESS' } },
        {
          name: 'depots',
          status: 'FAILURE',
          fw_result: { name: '0123', display_name: 'fw-2', status: 'FAILURE', error: ['not connected'] },
        },
      ],
    };
    expect(toCommitReport({ status: 'COMMIT_FAILURE' }, report(device)).parts).toEqual([
      { policy: 'shops', firewall: 'fw-1', outcome: 'done', text: null },
      { policy: 'depots', firewall: '0123', displayName: 'fw-2', outcome: 'failed', text: 'not connected' },
    ]);
  });

  it('is never committed on a bare status or against it', () => {
    expect(toCommitEvidence(success, null).state).toBe('unknown');
    expect(toCommitEvidence({ status: 'COMMIT_FAILURE' }, null).state).toBe('failed');
    expect(stateOf(firewalls('SUCCESS'), 'COMMIT_FAILURE')).toBe('unknown');
    expect(toCommitEvidence({ status: null }, report(firewalls('SUCCESS'))).state).toBe('committed');
  });

  it('differs between two Commits by the start of the report', () => {
    const first = toCommitEvidence(success, report(firewalls('SUCCESS')));
    const second = toCommitEvidence(success, {
      any_root: { startTime: 'later', device: firewalls('SUCCESS') },
    });
    expect(second).toEqual({ ...first, reportStart: 'later' });
  });

  it('answers whatever the vendor puts into a report', () => {
    fc.assert(
      fc.property(fc.option(fc.string(), { nil: null }), fc.anything(), (status, anything) => {
        for (const body of [
          anything,
          report(anything),
          report([anything, { policy: anything, fw_result: anything }]),
        ]) {
          const { state } = toCommitEvidence({ status }, body);
          expect(['none', 'committed', 'partial', 'failed', 'reverted', 'skipped', 'unknown']).toContain(
            state,
          );
        }
      }),
    );
  });
});
