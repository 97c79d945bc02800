import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMPOSE_VERSIONS, locateCompose } from '../../scripts/go-programs.js';

interface Loaded {
  readonly services: Readonly<
    Record<
      string,
      { readonly environment?: Readonly<Record<string, string>>; readonly tmpfs?: readonly string[] }
    >
  >;
}

/** Both builds, where the cache has neither. */
const BUILD_MS = 25 * 60_000;

describe.each(COMPOSE_VERSIONS)('Compose %s', (version) => {
  const folder = mkdtempSync(join(tmpdir(), 'sco-compose-'));
  copyFileSync('docker-compose.yml', join(folder, 'docker-compose.yml'));
  let compose: string;

  beforeAll(async () => {
    compose = await locateCompose(version);
  }, BUILD_MS);
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  /** `.env.example` as people copy it, with these lines filled in. */
  function load(settings: Readonly<Record<string, string>>, ...flags: string[]): Loaded {
    const lines = Object.entries(settings).reduce(
      (text, [name, value]) =>
        text.replace(new RegExp(`^(# )?${name}=.*$`, 'm'), '').concat(`\n${name}=${value}`),
      readFileSync('.env.example', 'utf8'),
    );
    writeFileSync(join(folder, '.env'), lines);
    const env = { PATH: process.env['PATH'], HOME: folder, DOCKER_CONFIG: folder };
    const printed = execFileSync(compose, [...flags, 'config', '--format', 'json'], {
      cwd: folder,
      env,
      encoding: 'utf8',
      stdio: 'pipe',
    });
    return JSON.parse(printed) as Loaded;
  }

  it('loads the shipped file on the documented path, with the password in .env', () => {
    const { services } = load({ POSTGRES_PASSWORD: 'secret', SCO_ACTOR_KEY: 'k'.repeat(32) });
    expect(Object.keys(services).sort()).toEqual([
      'gateway',
      'postgresql',
      'temporal',
      'temporal-namespace',
      'temporal-schema',
      'temporal-ui',
      'worker',
    ]);
    expect(services['temporal-schema']?.environment?.['SQL_PASSWORD']).toBe('secret');
    expect(services['postgresql']?.environment?.['POSTGRES_PASSWORD']).toBe('secret');
    expect(services['worker']?.tmpfs).toEqual(['/tmp:exec']);
  });

  it('loads it with the password as a file, and with the simulator', () => {
    const file = '/run/secrets/sco/database/password';
    const { services } = load({ POSTGRES_PASSWORD_FILE: file }, '--profile', 'simulator');
    expect(services['temporal-schema']?.environment).toEqual({
      POSTGRES_PASSWORD_FILE: file,
      SQL_PASSWORD: '',
    });
    expect(Object.keys(services)).toContain('simulator');
  });

  it('passes the scripts in it on as they are written', () => {
    const { services } = load({ POSTGRES_PASSWORD: 'secret' });
    expect(JSON.stringify(services['temporal-schema'])).toContain('SQL_PASSWORD=$$(cat');
  });
});
