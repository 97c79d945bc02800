import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import {
  generateEnvExample,
  generateSettingsMarkdown,
  SETTINGS_TABLE,
} from '../../src/config/settings-table.js';
import { loadSettings, SettingsError, unsafeChoices } from '../../src/config/settings.js';
import type { Process } from '../../src/config/settings.js';

const CANARY = 'canary-3b8e';
const KEY = 'k'.repeat(32);
const WORKER = {
  SECURECHANGE_URL: 'https://sc.example.com/',
  SECURECHANGE_USER: 'wf-api',
  SECURECHANGE_PASSWORD: CANARY,
  SCO_ACTOR_KEY: KEY,
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sco-settings-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

function mistakesOf(process: Process, env: Record<string, string>): readonly string[] {
  try {
    loadSettings(process, env);
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    expect((error as SettingsError).message).toContain('.env.example');
    return (error as SettingsError).mistakes;
  }
  return [];
}

describe('settings', () => {
  it('have defaults, and SecureTrack at the address of SecureChange', () => {
    expect(loadSettings('worker', WORKER)).toMatchObject({
      secureChangeUrl: 'https://sc.example.com',
      secureTrackUrl: 'https://sc.example.com',
      configDir: './config',
      sweepIntervalS: 120,
      restored: false,
      logLevel: 'info',
    });
    expect(
      loadSettings('worker', { ...WORKER, SECURETRACK_URL: 'https://st.example.com:8443' }),
    ).toMatchObject({
      secureTrackUrl: 'https://st.example.com:8443',
    });
  });

  it('are reported wrong all at once, by name and never with their values', () => {
    const wrong = mistakesOf('worker', {
      SECURECHANGE_URL: `https://${CANARY}@sc/path`,
      SECURECHANGE_PASSWORD: CANARY,
      SCO_ACTOR_KEY: CANARY,
      SCO_SWEEP_INTERVAL_S: '0',
      SCO_RESTORED: CANARY,
      LOG_LEVEL: CANARY,
      SCO_PAYLOAD_CODEC: 'aes',
    });
    expect(wrong.map((line) => line.split(':')[0])).toEqual([
      'SECURECHANGE_URL',
      'SECURECHANGE_USER',
      'SCO_ACTOR_KEY',
      'SCO_RESTORED',
      'SCO_SWEEP_INTERVAL_S',
      'SCO_PAYLOAD_CODEC',
      'LOG_LEVEL',
    ]);
    expect(wrong.join()).not.toContain(CANARY);
    expect(wrong.join()).toContain('SCO_PAYLOAD_CODEC: must be one of off, aes-256-gcm');
  });

  it('missing for one process are no business of another', () => {
    expect(mistakesOf('worker', {})).toEqual([
      'SECURECHANGE_URL: is not set',
      'SECURECHANGE_USER: is not set',
      'SECURECHANGE_PASSWORD: is not set',
      'SCO_ACTOR_KEY: is not set',
    ]);
    expect(mistakesOf('cli', {})).toEqual([]);
    expect(mistakesOf('embedded', {})).toEqual([]);
    expect(loadSettings('cli', {}).token).toBeUndefined();
    expect('pushPollMs' in loadSettings('cli', {})).toBe(false);
  });

  it('that are empty count as not set', () => {
    expect(loadSettings('cli', { SCO_TOKEN: '', SCO_CONFIG_DIR: '' })).toMatchObject({
      token: undefined,
      configDir: './config',
    });
  });

  it('that are secret print as stars everywhere', () => {
    const settings = loadSettings('worker', WORKER);
    expect(settings.secureChangePassword.reveal()).toBe(CANARY);
    const printed = `${String(settings.secureChangePassword)} ${JSON.stringify(settings)} ${inspect(settings)}`;
    expect(printed).not.toContain(CANARY);
    expect(printed).toContain('***');
  });

  it('that are secret may come from a file, without its last line break', () => {
    const path = file('token', `${CANARY}\n`);
    expect(loadSettings('cli', { SCO_TOKEN_FILE: path }).token?.reveal()).toBe(CANARY);
    expect(mistakesOf('cli', { SCO_TOKEN: 'a', SCO_TOKEN_FILE: path })).toEqual([
      'SCO_TOKEN: set it or SCO_TOKEN_FILE, not both',
    ]);
    expect(mistakesOf('cli', { SCO_TOKEN_FILE: join(folder, 'none') })).toEqual([
      expect.stringMatching(/^SCO_TOKEN_FILE: the file .* cannot be read \(ENOENT\)$/),
    ]);
  });

  it('that name PEM files give their content', () => {
    const path = file('ca.pem', '-----BEGIN CERTIFICATE-----\nx');
    expect(loadSettings('worker', { ...WORKER, SECURECHANGE_CA_FILE: path }).secureChangeCaPem).toContain(
      'BEGIN',
    );
    const bad = file('bad.pem', CANARY);
    expect(mistakesOf('worker', { ...WORKER, SECURECHANGE_CA_FILE: bad })).toEqual([
      'SECURECHANGE_CA_FILE: the file holds no PEM block',
    ]);
  });

  it('send the credentials of a collector only where they cannot be read on the way', () => {
    const mistakesWith = (endpoint: string): readonly string[] =>
      mistakesOf('worker', {
        ...WORKER,
        OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
        OTEL_EXPORTER_OTLP_HEADERS: `authorization=${CANARY}`,
      });
    expect(mistakesWith('http://127.0.0.1:4318')).toEqual([]);
    expect(mistakesWith('https://collector.example/otlp/')).toEqual([]);
    expect(mistakesWith('http://collector.example:4318')).toEqual([
      'OTEL_EXPORTER_OTLP_ENDPOINT: is plain http; with OTEL_EXPORTER_OTLP_HEADERS use https',
    ]);
    expect(mistakesWith(`https://me:${CANARY}@collector.example`)).toEqual([
      expect.stringMatching(/^OTEL_EXPORTER_OTLP_ENDPOINT: must be an address/),
      expect.stringContaining('is set without OTEL_EXPORTER_OTLP_ENDPOINT'),
    ]);
    expect(mistakesWith('')).toEqual([
      'OTEL_EXPORTER_OTLP_HEADERS: is set without OTEL_EXPORTER_OTLP_ENDPOINT',
    ]);
  });

  it('refuse plain HTTP beyond loopback unless a setting allows it', () => {
    const gateway = { SCO_ACTOR_KEY: KEY, GATEWAY_HOST: '0.0.0.0' };
    expect(mistakesOf('gateway', gateway)).toEqual([
      expect.stringContaining('GATEWAY_HOST: is not loopback'),
    ]);
    expect(mistakesOf('gateway', { ...gateway, GATEWAY_ALLOW_PLAIN_HTTP: 'true' })).toEqual([]);
    const cert = file('cert.pem', '-----BEGIN CERTIFICATE-----');
    const key = file('key.pem', '-----BEGIN PRIVATE KEY-----');
    const tls = { GATEWAY_TLS_CERT_FILE: cert, GATEWAY_TLS_KEY_FILE: key };
    expect(mistakesOf('gateway', { ...gateway, ...tls })).toEqual([]);
    expect(mistakesOf('gateway', { ...gateway, GATEWAY_TLS_CERT_FILE: cert })).toEqual([
      expect.stringContaining('set both or neither'),
    ]);
    const plain = { ...WORKER, SECURECHANGE_URL: 'http://sc.example.com' };
    expect(mistakesOf('worker', plain)).toEqual([expect.stringContaining('SECURECHANGE_URL: is plain http')]);
    expect(mistakesOf('worker', { ...plain, SECURECHANGE_URL: 'http://127.0.0.1:8080' })).toEqual([]);
  });

  it('for the OpenID provider are complete, and plain http is for loopback only', () => {
    const gateway = { SCO_ACTOR_KEY: 'x'.repeat(32) };
    const oidc = { SCO_OIDC_ISSUER: 'https://login.example/realms/ops', SCO_OIDC_CLIENT_ID: 'sco-page' };
    const pageUrl = { SCO_PAGE_URL: 'https://sco.example' };
    const wrong = (env: Record<string, string>) => mistakesOf('gateway', { ...gateway, ...env });
    expect(wrong({ ...oidc, ...pageUrl })).toEqual([]);
    expect(wrong(oidc)).toEqual([expect.stringContaining('SCO_PAGE_URL: is not set')]);
    expect(wrong({ SCO_OIDC_CLIENT_ID: 'sco-page' })).toEqual([
      expect.stringContaining('set both or neither'),
    ]);
    expect(wrong({ SCO_OIDC_CLIENT_SECRET: 'x' })).toEqual([
      expect.stringContaining('without SCO_OIDC_ISSUER'),
    ]);
    for (const issuer of ['http://login.example', 'https://user@login.example', 'https://a/?b', 'login'])
      expect(wrong({ ...oidc, ...pageUrl, SCO_OIDC_ISSUER: issuer })).toContainEqual(
        expect.stringContaining('SCO_OIDC_ISSUER: must be an https address'),
      );
    expect(wrong({ ...oidc, ...pageUrl, SCO_OIDC_ISSUER: 'http://127.0.0.1:8080' })).toEqual([]);
    expect(mistakesOf('cli', oidc)).toEqual([]);
  });

  it('that are unsafe are named, to be logged at every start', () => {
    const env = { ...WORKER, SECURECHANGE_ALLOW_PLAIN_HTTP: 'yes' };
    expect(unsafeChoices(loadSettings('worker', env))).toEqual([
      expect.stringContaining('SECURECHANGE_ALLOW_PLAIN_HTTP'),
    ]);
    expect(unsafeChoices(loadSettings('worker', { ...WORKER, SCO_ACTOR_KEY_PREVIOUS: KEY }))).toEqual([
      expect.stringContaining('SCO_ACTOR_KEY_PREVIOUS'),
    ]);
    expect(unsafeChoices(loadSettings('worker', WORKER))).toEqual([]);
  });
});

describe('the documents of settings', () => {
  it('name each variable once', () => {
    const names = SETTINGS_TABLE.map((row) => row.name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) {
      expect(generateEnvExample().match(new RegExp(`^(?:# )?${name}=`, 'gm'))).toHaveLength(1);
      expect(generateSettingsMarkdown()).toContain(`\`${name}\``);
    }
  });

  it('give defaults that are accepted', () => {
    const names = SETTINGS_TABLE.map((row) => row.name);
    // The default of some is another variable.
    const valueOf = (given: string | null): string => (given === null || names.includes(given) ? '' : given);
    const defaults = Object.fromEntries(SETTINGS_TABLE.map((row) => [row.name, valueOf(row.default)]));
    for (const process of ['embedded', 'cli', 'client', 'simulator'] as const) {
      expect(mistakesOf(process, defaults)).toEqual([]);
    }
  });

  it('hold no value of a secret', () => {
    expect(SETTINGS_TABLE.filter((row) => row.secret && row.default !== null)).toEqual([]);
  });

  it('are up to date in the repository', () => {
    expect(readFileSync('.env.example', 'utf8')).toBe(generateEnvExample());
  });
});

it('metrics listen on loopback unless a numeric address is given', () => {
  const of = (text: string) => () =>
    loadSettings('gateway', { SCO_ACTOR_KEY: KEY, GATEWAY_METRICS_ADDRESS: text }).gatewayMetrics;
  expect(of('9464')()).toEqual({ host: '127.0.0.1', port: 9464 });
  expect(of('10.0.0.5:9464')()).toEqual({ host: '10.0.0.5', port: 9464 });
  expect(of('[::1]:9464')()).toEqual({ host: '::1', port: 9464 });
  expect(of('')()).toBeUndefined();
  for (const wrong of ['0', '70000', 'gateway:9464', '::1:9464', '10.0.0:1', '9464x', '[10.0.0.5]:1'])
    expect(of(wrong)).toThrow('GATEWAY_METRICS_ADDRESS: must be a port, or a numeric address with a port');
});
