/** Every secret that a configuration can name, each with a value of its own that must be found nowhere. */
import { randomBytes } from 'node:crypto';
import { jsonSchemas } from '../../src/config/json-schemas.js';
import { SETTINGS_TABLE } from '../../src/config/settings-table.js';

/**
 * Where a secret may be named, as the settings and the schemas of operators' files say it: `SECURECHANGE_PASSWORD`,
 * `servers basic.password`. Of `passwordEnv` and `passwordFile` the name without its ending.
 */
export function namedSecrets(): readonly string[] {
  const settings = SETTINGS_TABLE.filter(({ name, secret }) => secret || name.endsWith('KEY_FILE'));
  const references = [...jsonSchemas()].flatMap(([file, schema]) =>
    referencesIn(schema, '').map((reference) => `${file.split('.')[0] ?? ''} ${reference}`),
  );
  return [...new Set([...settings.map(({ name }) => name), ...references])].toSorted();
}

type Schema = Readonly<Record<string, unknown>>;

function referencesIn(schema: unknown, kind: string): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  if (Array.isArray(schema)) return schema.flatMap((one) => referencesIn(one, kind));
  const { properties, ...others } = schema as { readonly properties?: Readonly<Record<string, Schema>> };
  const constant = properties?.['kind']?.['const'];
  const here = typeof constant === 'string' ? constant : kind;
  const own = Object.keys(properties ?? {}).flatMap((name) => {
    const reference = /^(.+?)(?:Env|File)$/.exec(name)?.[1];
    return reference === undefined ? [] : [here === '' ? reference : `${here}.${reference}`];
  });
  return [
    ...own,
    ...Object.values(properties ?? {}).flatMap((one) => referencesIn(one, kind)),
    ...Object.values(others).flatMap((one) => referencesIn(one, kind)),
  ];
}

/** No other text has it, and neither JSON nor an address writes it otherwise. */
export function newCanary(place: string): string {
  const letters = place.replace(/[^a-z]/gi, '').slice(0, 24);
  return `canary${letters}${randomBytes(12).toString('hex')}`;
}

/** The first place whose secret stands in the text, plainly or in Base64 as a header has it; undefined where none does. */
export function canaryIn(text: string, canaries: ReadonlyMap<string, string>): string | undefined {
  for (const [place, canary] of canaries) if (text.includes(canary)) return place;
  for (const [word] of text.matchAll(/[A-Za-z0-9+/_-]{24,}={0,2}/g)) {
    const decoded = Buffer.from(word, 'base64').toString('latin1');
    if (!decoded.includes('canary')) continue;
    for (const [place, canary] of canaries) if (decoded.includes(canary)) return `${place} in Base64`;
  }
  return undefined;
}
