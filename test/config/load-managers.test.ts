import { readFileSync } from 'node:fs';
import { load, mistakesOf } from './loaded-folder.js';

describe('managers.yaml', () => {
  it('becomes one policy for each manager, with defaults for what it does not say', () => {
    const text =
      'managers:\n  PANO-8: { owner: firewall-team, commit: each, expectedPush: 15m, tolerate: [{ firewall: FW7, owner: n.weber }] }\n';
    expect(load({ 'managers.yaml': text }).managers).toEqual([
      {
        name: 'PANO-8',
        policy: {
          owner: 'firewall-team',
          calendar: null,
          exclusive: false,
          maxMembers: 50,
          commit: 'each',
          partialFailure: 'continue',
          tolerate: [{ firewall: 'FW7', owner: 'n.weber' }],
          foreignChanges: { known: 'block', notVisible: 'warn', accounts: [], probe: null },
          maintenance: [],
          secureTrackWindows: null,
          expectedPushMs: 900_000,
          expectedSaveMs: 120_000,
          watchRevertMs: 3_900_000,
          lockAlarmMs: 900_000,
          alertBeforeMs: [86_400_000, 7_200_000],
          alertServer: null,
          alertBody: null,
        },
      },
    ]);
    expect(load().managers).toEqual([]);
  });

  it('acknowledge that SecureTrack commits too, by a person with a reason, and are warned of', () => {
    const acknowledged = (part: string) => `managers:\n  PANO-8: { secureTrackWindows: ${part} }\n`;
    const { managers, warnings } = load({
      'managers.yaml': acknowledged('{ acknowledgedBy: o.brandt, reason: kept for the lab groups }'),
    });
    expect(managers[0]?.policy.secureTrackWindows).toEqual({
      by: 'o.brandt',
      reason: 'kept for the lab groups',
    });
    expect(warnings).toContain(
      'manager PANO-8: change windows of SecureTrack may commit it too, as o.brandt acknowledged (secureTrackWindows)',
    );
    const wrong = (part: string) => mistakesOf({ 'managers.yaml': acknowledged(part) }).join();
    expect(wrong('{ acknowledgedBy: o.brandt, reason: because }')).toContain('at least 10 characters');
    expect(wrong('{ reason: kept for the lab groups }')).toContain('acknowledgedBy');
  });

  it('name a calendar that is there', () => {
    const text = 'managers: { PANO-8: { calendar: nightly }, CMA: { calendar: nigthly } }\n';
    expect(mistakesOf({ 'managers.yaml': text })).toEqual([
      expect.stringMatching(/there is no calendar nigthly in calendars.yaml \(it has: nightly\)/),
    ]);
  });

  const probe = `scripts: [{ name: pending, kind: pendingChanges, executable: bin/x.sh, sha256: '${'0'.repeat(64)}' }]`;
  const withProbe = (foreignChanges: string) =>
    `managers:\n  PANO-8:\n    foreignChanges: ${foreignChanges}\n`;

  it('send alerts to a server that is there', () => {
    const alerts = (part: string) => `managers:\n  PANO-8: { ${part} }\n`;
    const { managers } = load({ 'managers.yaml': alerts('alertBefore: [90m]') });
    expect(managers[0]?.policy).toMatchObject({ alertBeforeMs: [5_400_000], alertServer: null });
    expect(mistakesOf({ 'managers.yaml': alerts('alertServer: pager') }).join()).toContain(
      'there is no server pager in servers.yaml',
    );
    expect(mistakesOf({ 'managers.yaml': alerts('alertBefore: [1m]') }).join()).toContain('from 10m to 14d');
  });

  it('plans maintenance by instants with an offset', () => {
    const plan = (until: string) =>
      `managers:\n  PANO-8:\n    maintenance: [{ from: '2026-12-05T20:00:00+01:00', until: '${until}', reason: upgrade }]\n`;
    const { managers } = load({ 'managers.yaml': plan('2026-12-06T04:00:00+01:00') });
    const fromMs = Date.UTC(2026, 11, 5, 19);
    const untilMs = Date.UTC(2026, 11, 6, 3);
    expect(managers[0]?.policy.maintenance).toEqual([{ fromMs, untilMs, reason: 'upgrade' }]);
    expect(mistakesOf({ 'managers.yaml': plan('2026-12-05T18:00:00Z') }).join()).toContain('later than from');
    expect(mistakesOf({ 'managers.yaml': plan('2026-12-06T04:00:00') }).join()).toContain('with an offset');
  });

  it('name a script of kind pendingChanges as probe', () => {
    const text = withProbe('{ probe: pending, accounts: [tufin] }');
    const { managers, scripts } = load({ 'scripts.yaml': probe, 'managers.yaml': text });
    expect(managers[0]?.policy.foreignChanges.probe).toBe('pending');
    expect(scripts[0]?.kind).toBe('pendingChanges');
  });

  it.each([
    ['{ probe: pending }', probe, 'without them our own changes count as foreign'],
    ['{ probe: other, accounts: [tufin] }', probe, 'has no script other of kind pendingChanges'],
    [
      '{ probe: pending, accounts: [tufin] }',
      probe.replace('pendingChanges', 'event'),
      'of kind pendingChanges',
    ],
  ])('refuse the probe in %s', (foreignChanges, scripts, message) => {
    const files = { 'scripts.yaml': scripts, 'managers.yaml': withProbe(foreignChanges) };
    expect(mistakesOf(files).join('\n')).toContain(message);
  });

  it('say what the failure of a target means, as config/README.md shows it; waves are named as what asks a person', () => {
    const text = 'managers:\n  PANO-8: { partialFailure: stop }\n';
    expect(readFileSync('config/README.md', 'utf8')).toContain(`\`\`\`yaml\n# managers.yaml\n${text}\`\`\``);
    expect(load({ 'managers.yaml': text })).toMatchObject({
      managers: [{ policy: { partialFailure: 'stop' } }],
      warnings: [expect.stringContaining('accounts is empty')],
    });
    expect(load({ 'managers.yaml': text.replace('stop', 'waves') }).warnings).toContain(
      'manager PANO-8: between waves a person runs the verifier in SecureChange, which has no call for it (partialFailure: waves)',
    );
  });

  it('names the line of a mistake', () => {
    const text = 'managers:\n  PANO-8:\n    maxMembers: 51\n';
    expect(mistakesOf({ 'managers.yaml': text })).toEqual([
      expect.stringMatching(/managers\.yaml:3.*maxMembers/),
    ]);
  });
});
