import { existsSync, readFileSync } from 'node:fs';
import { SETTINGS_TABLE } from '../../src/config/settings-table.js';

const UNITS = [
  { file: 'sco-gateway.service', process: 'gateway', stopsWithinS: 0 },
  // The worker gives up after 40 s by itself.
  { file: 'sco-worker@.service', process: 'worker', stopsWithinS: 40 },
] as const;

/** The lines of a unit file: systemd joins what stands several times. */
function unit(file: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const line of readFileSync(`deploy/systemd/${file}`, 'utf8').split('\n')) {
    if (line.startsWith('#') || line.startsWith('[') || line.trim() === '') continue;
    const at = line.indexOf('=');
    expect(line.slice(0, at)).toMatch(/^[A-Za-z]+$/);
    found.set(line.slice(0, at), [...(found.get(line.slice(0, at)) ?? []), line.slice(at + 1)]);
  }
  return found;
}

const NUMBERED = '/etc/sco/worker-%i.env';

it('gives each worker of a machine a file of its own for what two cannot share', () => {
  const files = unit('sco-worker@.service').get('EnvironmentFile') ?? [];
  expect(files.at(-1)).toBe(`-${NUMBERED}`);
  expect(files.length).toBeGreaterThan(1);
  expect(readFileSync('deploy/systemd/README.md', 'utf8')).toContain(NUMBERED.replace('%i', '1'));
});

describe.each(UNITS)('the systemd unit $file', ({ file, process, stopsWithinS }) => {
  const lines = unit(file);

  it('starts what the build makes of our source, from the folder that the instructions name', () => {
    const [, program] = /(dist\/\S+)\.js$/.exec(lines.get('ExecStart')?.[0] ?? '') ?? [];
    expect(existsSync(`${program?.replace('dist/', '')}.ts`)).toBe(true);
    const readme = readFileSync('deploy/systemd/README.md', 'utf8');
    for (const path of [lines.get('WorkingDirectory')?.[0], lines.get('EnvironmentFile')?.[0]])
      expect(readme).toContain(path);
  });

  it('hands over every required setting, secrets as copies of their own', () => {
    const environment = new Map(
      (lines.get('Environment') ?? []).map((line) => line.split('=', 2) as [string, string]),
    );
    const credentials = (lines.get('LoadCredential') ?? []).map((line) => line.split(':')[0]!);
    const referred = [...environment.values()].filter((value) => value.startsWith('%d/'));
    expect(referred.map((value) => value.slice(3)).sort()).toEqual([...credentials].sort());
    const known = SETTINGS_TABLE.filter(({ processes }) => processes.includes(process));
    const readme = readFileSync('deploy/systemd/README.md', 'utf8');
    for (const { name, secret } of known.filter(({ requiredBy }) => requiredBy.includes(process)))
      expect(secret ? [...environment.keys()].join(' ') : readme).toContain(
        secret ? `${name}_FILE` : `${name}=`,
      );
    const names = [
      ...known.map(({ name, secret }) => (secret ? `${name}_FILE` : name)),
      'NODE_ENV',
      'SCO_MEDIATOR_PASSWORD_FILE',
    ];
    expect(names).toEqual(expect.arrayContaining([...environment.keys()]));
    for (const credential of credentials) expect(readme).toContain(credential);
  });

  it('is looked at by sco doctor with each setting that the unit has of its own', () => {
    const readme = readFileSync('deploy/systemd/README.md', 'utf8');
    const asked = readme.slice(readme.indexOf('   ('), readme.indexOf('sco.mjs doctor'));
    const counted = SETTINGS_TABLE.filter(({ processes }) => processes.includes('cli')).map(
      ({ name }) => name,
    );
    const own = (lines.get('Environment') ?? []).map((line) => line.split('=', 2) as [string, string]);
    for (const [name, value] of own.filter(([name]) => counted.includes(name.replace(/_FILE$/, ''))))
      expect(asked).toContain(
        value.startsWith('%d/') ? `${name.replace(/_FILE$/, '')}=` : `${name}=${value}`,
      );
    expect(asked).toContain('. /etc/sco/worker.env');
  });

  it('comes back after a crash, and gets the time that it needs to end', () => {
    expect(lines.get('Restart')).toEqual(['always']);
    expect(Number(lines.get('TimeoutStopSec')?.[0])).toBeGreaterThan(stopsWithinS);
    expect(lines.get('WantedBy')).toEqual(['multi-user.target']);
  });

  it('has the least rights: no root, no capabilities, nothing of the system to write to', () => {
    expect(lines.get('User')?.[0]).toBe(`sco-${process}`);
    expect(lines.get('CapabilityBoundingSet')).toEqual(['']);
    expect(lines.get('ProtectSystem')).toEqual(['strict']);
    for (const name of [
      'NoNewPrivileges',
      'ProtectHome',
      'PrivateTmp',
      'PrivateDevices',
      'RestrictNamespaces',
    ])
      expect([name, lines.get(name)]).toEqual([name, ['yes']]);
    expect(lines.get('UMask')).toEqual(['0077']);
  });
});
