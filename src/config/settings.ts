/** Reads the environment once per process, reports every mistake at once, and hands values down. */
import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import type { Secret } from '../domain/secret.js';
import { errorCode } from './error-code.js';
import { SETTINGS } from './setting-definitions.js';
import { KEYS_MISSING, NO_KEYS, type PayloadKeys } from './payload-keys.js';
import { isLoopback } from './setting-kinds.js';
import type { Process, Setting } from './setting-kinds.js';

export type { Process } from './setting-kinds.js';

type Definitions = typeof SETTINGS;
type Seen<P extends Process, S> =
  S extends Setting<infer _Schema, infer By, infer May> ? (P extends By | May ? true : false) : false;
type Value<P extends Process, S> =
  S extends Setting<infer Schema, infer By, infer _May>
    ? P extends By
      ? z.output<Schema>
      : z.output<Schema> | undefined
    : never;

/** The settings of one process. Optional variables that are not set are `undefined`. */
export type SettingsOf<P extends Process> = {
  readonly [K in keyof Definitions as Seen<P, Definitions[K]> extends true ? K : never]: Value<
    P,
    Definitions[K]
  >;
};

export type Environment = Readonly<Record<string, string | undefined>>;

/** All mistakes of one start, by variable name, never with their values. */
export class SettingsError extends Error {
  readonly mistakes: readonly string[];

  constructor(process: Process, mistakes: readonly string[]) {
    const count = mistakes.length === 1 ? 'One setting' : `${mistakes.length} settings`;
    super(
      `${count} of ${process === 'embedded' ? '`npm start`' : `the ${process}`} cannot be used:\n${mistakes.map((line) => `  ${line}`).join('\n')}\n` +
        'Every setting is described in .env.example.',
    );
    this.name = 'SettingsError';
    this.mistakes = mistakes;
  }
}

/** Throws `SettingsError`. An empty variable counts as not set; unknown variables are none of our business. */
export function loadSettings<P extends Process>(
  process: P,
  env: Environment = globalThis.process.env,
): SettingsOf<P> {
  const mistakes: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, definition] of Object.entries<Setting>(SETTINGS)) {
    const must = definition.by.includes(process);
    if (!must && !definition.may.includes(process)) continue;
    const found = readVariable(definition, env);
    if (found.kind === 'mistake') {
      mistakes.push(found.message);
      continue;
    }
    const fallback = definition.fallback === undefined ? undefined : plainValue(env, definition.fallback);
    const text = found.text ?? definition.default ?? fallback;
    if (text === undefined) {
      values[key] = undefined;
      // What falls back on a missing variable is that variable's mistake.
      if (must && definition.fallback === undefined) mistakes.push(`${definition.name}: is not set`);
      continue;
    }
    const parsed = definition.schema.safeParse(text);
    if (parsed.success) values[key] = parsed.data;
    else if (found.text !== undefined || fallback === undefined) {
      mistakes.push(`${definition.name}: ${parsed.error.issues[0]?.message ?? 'cannot be used'}`);
    }
  }
  mistakes.push(...togetherWrong(values));
  if (mistakes.length > 0) throw new SettingsError(process, mistakes);
  return values as SettingsOf<P>;
}

/** Choices that are allowed and unsafe: to be logged at every start. */
export function unsafeChoices(
  settings: Partial<
    Pick<SettingsOf<'embedded'>, 'gatewayAllowPlainHttp' | 'secureChangeAllowPlainHttp' | 'actorKeyPrevious'>
  >,
): readonly string[] {
  return [
    ...(settings.gatewayAllowPlainHttp === true
      ? ['GATEWAY_ALLOW_PLAIN_HTTP is set: credentials may reach the gateway unencrypted']
      : []),
    ...(settings.secureChangeAllowPlainHttp === true
      ? ['SECURECHANGE_ALLOW_PLAIN_HTTP is set: the SecureChange password may cross the network unencrypted']
      : []),
    ...(settings.actorKeyPrevious !== undefined
      ? ['SCO_ACTOR_KEY_PREVIOUS is set: commands signed with the key before count too']
      : []),
  ];
}

type Found =
  | { readonly kind: 'found'; readonly text: string | undefined }
  | { readonly kind: 'mistake'; readonly message: string };

function readVariable({ name, source }: Setting, env: Environment): Found {
  const value = plainValue(env, name);
  if (source === 'value') return { kind: 'found', text: value };
  if (source === 'pemFile') {
    return value === undefined ? { kind: 'found', text: undefined } : readFile(name, value);
  }
  const path = plainValue(env, `${name}_FILE`);
  if (path === undefined) return { kind: 'found', text: value };
  if (value !== undefined) {
    return { kind: 'mistake', message: `${name}: set it or ${name}_FILE, not both` };
  }
  return readFile(`${name}_FILE`, path);
}

function readFile(name: string, path: string): Found {
  try {
    return { kind: 'found', text: readFileSync(path, 'utf8').replace(/\r?\n$/, '') };
  } catch (error) {
    const code = errorCode(error) ?? 'unknown';
    return { kind: 'mistake', message: `${name}: the file ${path} cannot be read (${code})` };
  }
}

function plainValue(env: Environment, name: string): string | undefined {
  const value = env[name];
  return value === undefined || value === '' ? undefined : value;
}

/** Settings that are right one by one and wrong together. */
function togetherWrong(values: Readonly<Record<string, unknown>>): string[] {
  const all = values as Partial<{ [K in keyof Definitions]: z.output<Definitions[K]['schema']> }>;
  const wrong: string[] = [];
  const cert: string | undefined = all.gatewayTlsCert;
  const key: Secret | undefined = all.gatewayTlsKey;
  if ((cert === undefined) !== (key === undefined)) {
    wrong.push('GATEWAY_TLS_CERT_FILE and GATEWAY_TLS_KEY_FILE: set both or neither');
  }
  // Keys that cannot be read are a mistake of their own.
  const payloadKeys: PayloadKeys = all.payloadKeys ?? NO_KEYS;
  const hasNoKey = 'payloadKeys' in values && payloadKeys.keys.length === 0;
  if (all.payloadCodec === 'aes-256-gcm' && hasNoKey) wrong.push(KEYS_MISSING);
  const open = all.gatewayHost !== undefined && !isLoopback(all.gatewayHost);
  if (open && cert === undefined && all.gatewayAllowPlainHttp === false) {
    wrong.push(
      'GATEWAY_HOST: is not loopback; give GATEWAY_TLS_CERT_FILE and GATEWAY_TLS_KEY_FILE (or, unsafe, GATEWAY_ALLOW_PLAIN_HTTP=true)',
    );
  }
  for (const [name, address] of [
    ['SECURECHANGE_URL', all.secureChangeUrl],
    ['SECURETRACK_URL', all.secureTrackUrl],
  ] as const) {
    if (address === undefined || all.secureChangeAllowPlainHttp !== false) continue;
    const url = new URL(address);
    const inherited = name === 'SECURETRACK_URL' && address === all.secureChangeUrl;
    if (url.protocol === 'http:' && !isLoopback(url.hostname) && !inherited) {
      wrong.push(`${name}: is plain http; use https (or, unsafe, SECURECHANGE_ALLOW_PLAIN_HTTP=true)`);
    }
  }
  if (all.otlpHeaders !== undefined) {
    const url = all.otlpEndpoint === undefined ? null : new URL(all.otlpEndpoint);
    if (url === null) wrong.push('OTEL_EXPORTER_OTLP_HEADERS: is set without OTEL_EXPORTER_OTLP_ENDPOINT');
    else if (url.protocol === 'http:' && !isLoopback(url.hostname))
      wrong.push('OTEL_EXPORTER_OTLP_ENDPOINT: is plain http; with OTEL_EXPORTER_OTLP_HEADERS use https');
  }
  const { oidcIssuer, oidcClientId, oidcClientSecret } = all;
  if ((oidcIssuer === undefined) !== (oidcClientId === undefined))
    wrong.push('SCO_OIDC_ISSUER and SCO_OIDC_CLIENT_ID: set both or neither');
  if (oidcIssuer === undefined && oidcClientSecret !== undefined)
    wrong.push('SCO_OIDC_CLIENT_SECRET: is set without SCO_OIDC_ISSUER');
  if (oidcIssuer !== undefined && 'pageUrl' in values && all.pageUrl === undefined)
    wrong.push('SCO_PAGE_URL: is not set; the OpenID provider sends people back there');
  return wrong;
}
