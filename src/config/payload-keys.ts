/** The keys that encrypt what Temporal stores. Without zod: programs that only load the client read them too. */
import { createHash } from 'node:crypto';
import { Secret } from '../domain/secret.js';
import { createReferences } from './secret-reference.js';

export interface PayloadKey {
  /** `NAME.FINGERPRINT`: two keys never share one, even where an operator gave both the same name. */
  readonly id: string;
  /** 32 bytes in hex. */
  readonly key: Secret;
}

export interface PayloadKeys {
  /** The first encrypts, all decrypt. */
  readonly keys: readonly PayloadKey[];
  /** Ids that never were keys of ours: what names one of them was forged. */
  readonly ignored: readonly string[];
}

/** How payloads are protected. Without `encrypts` the keys only read what is stored already. */
export interface PayloadProtection extends PayloadKeys {
  readonly encrypts: boolean;
}

/** For programs that read and write payloads as they are. */
export const NO_KEYS: PayloadKeys = { keys: [], ignored: [] };

export const PAYLOAD_CODECS = ['off', 'aes-256-gcm'] as const;

/** Of every key that this product has written with. */
export const KEY_ID_FORM = /^[A-Za-z0-9_-]{1,40}\.[0-9a-f]{8}$/;

const KEYS_WANTED = 'one key a line, `NAME KEY`, KEY being 64 hex digits (`openssl rand -hex 32`)';

/**
 * Lines `NAME KEY`, the key that encrypts first, and `ignore NAME.FINGERPRINT`; empty lines and lines that begin with # are left out.
 * Never repeats a key.
 */
export function parsePayloadKeys(text: string): PayloadKeys | { readonly wrong: string } {
  const keys: PayloadKey[] = [];
  const ignored: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const [first = '', second = '', ...more] = trimmed.split(/[ \t]+/);
    if (first === 'ignore' && more.length === 0 && KEY_ID_FORM.test(second)) {
      ignored.push(second);
      continue;
    }
    const [, name, hex] = /^([A-Za-z0-9_-]{1,40})[ \t]+([0-9a-fA-F]{64})$/.exec(trimmed) ?? [];
    if (name === undefined || hex === undefined)
      return { wrong: `line ${index + 1} is not a key; write ${KEYS_WANTED}` };
    const key = hex.toLowerCase();
    if (keys.some((other) => other.key.reveal() === key || nameOf(other.id) === name))
      return { wrong: `line ${index + 1} repeats a name or a key; each stands there once` };
    keys.push({ id: `${name}.${fingerprintOf(key)}`, key: new Secret(key) });
  }
  if (keys.length + ignored.length === 0) return { wrong: `has no key; write ${KEYS_WANTED}` };
  const both = keys.find(({ id }) => ignored.includes(id));
  if (both !== undefined)
    return { wrong: `has the key ${both.id} and ignores it; remove one of the two lines` };
  return { keys, ignored };
}

/** As the settings say. Throws, with what to do, where the settings do not fit together. */
export function payloadProtectionOf(
  env: Readonly<Record<string, string | undefined>> = process.env,
): PayloadProtection {
  const codec = env['SCO_PAYLOAD_CODEC'] ?? '';
  const encrypts = codec !== '' && codec !== 'off';
  if (encrypts && codec !== 'aes-256-gcm')
    throw new Error(`SCO_PAYLOAD_CODEC: must be one of ${PAYLOAD_CODECS.join(', ')}`);
  const text = createReferences('.', env).variable('SCO_PAYLOAD_KEYS');
  if (text === undefined) {
    const file = env['SCO_PAYLOAD_KEYS_FILE'] ?? '';
    if (file !== '') throw new Error(`SCO_PAYLOAD_KEYS_FILE: the file ${file} cannot be read, or is empty`);
    if (encrypts) throw new Error(KEYS_MISSING);
    return { encrypts, ...NO_KEYS };
  }
  const parsed = parsePayloadKeys(text);
  if ('wrong' in parsed) throw new Error(`SCO_PAYLOAD_KEYS: ${parsed.wrong}`);
  if (encrypts && parsed.keys.length === 0) throw new Error(KEYS_MISSING);
  return { encrypts, ...parsed };
}

export const KEYS_MISSING =
  'SCO_PAYLOAD_KEYS: has no key, and SCO_PAYLOAD_CODEC encrypts; name the file with the keys as SCO_PAYLOAD_KEYS_FILE';

function nameOf(id: string): string {
  return id.slice(0, id.lastIndexOf('.'));
}

/** Says nothing about the key: 32 bits of a hash of 256 random ones. */
function fingerprintOf(hex: string): string {
  return createHash('sha256').update('payload key').update(Buffer.from(hex, 'hex')).digest('hex').slice(0, 8);
}
