import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec, SerializationContext } from '@temporalio/common';
import { KEY_ID_FORM, type PayloadKey, type PayloadProtection } from '../config/payload-keys.js';
import { KEY_MISSING } from '../domain/missing-key.js';

export const ENCRYPTED = 'binary/encrypted';
export const KEY_ID = 'encryption-key-id';

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** What of an encrypted payload cannot be had: `key`, a key is missing here; `forged`, it is not what was encrypted with its key. */
export class PayloadUnreadable extends Error {
  readonly reason: 'key' | 'forged';

  constructor(reason: 'key' | 'forged', message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PayloadUnreadable';
    this.reason = reason;
  }
}

/** Encrypts with the first key, decrypts with all, and passes what was never encrypted: histories may have both. */
export class EncryptingCodec implements PayloadCodec {
  /** False: what is new is stored as it is, and what was encrypted before is still read. */
  readonly encrypts: boolean;
  private readonly keys: ReadonlyMap<string, Buffer>;
  private readonly newest: PayloadKey | undefined;
  private readonly ignored: ReadonlySet<string>;

  constructor({ encrypts, keys, ignored }: PayloadProtection) {
    this.encrypts = encrypts;
    this.ignored = new Set(ignored);
    this.keys = new Map(keys.map(({ id, key }) => [id, Buffer.from(key.reveal(), 'hex')]));
    this.newest = keys[0];
    if (encrypts && keys.length === 0)
      throw new Error('temporal: payloads cannot be encrypted without a key');
  }

  async encode(payloads: Payload[]): Promise<Payload[]> {
    return Promise.resolve(this.encrypts ? payloads.map((payload) => this.encrypt(payload)) : payloads);
  }

  /** Rejects with `PayloadUnreadable`. */
  async decode(payloads: Payload[]): Promise<Payload[]> {
    return Promise.resolve(payloads.map((payload) => this.decrypt(payload)));
  }

  /** The first key is here, or any other: there is something to decrypt with. */
  get hasKeys(): boolean {
    return this.newest !== undefined;
  }

  /**
   * The same, but what is forged stays as it is, and no converter can read it: whoever may write to Temporal must be able to block
   * neither a workflow nor an export by it. A missing key is an error all the same: it is ours, and comes back.
   */
  leavingForged(): PayloadCodec {
    return this.leaving((payload, { reason }) => (reason === 'forged' ? payload : null));
  }

  /** The same for lists: one row must not take all others with it. What lacks its key has an encoding of its own. */
  leavingUnreadable(): PayloadCodec {
    return this.leaving((payload, { reason, message }) => (reason === 'key' ? missing(message) : payload));
  }

  /**
   * The same as `leavingForged`, and what lacks its key is handed on to workflows as such: only they know whether it is a part of
   * their state, without which they must not go on, or a question of a caller (`workflows/undecodable.ts`).
   */
  forWorkers(): PayloadCodec {
    const codec = this.leaving((payload, { reason, message }, context) => {
      if (reason === 'forged') return payload;
      return context?.type === 'workflow' ? missing(message) : null;
    });
    return {
      encode: async (payloads) => codec.encode(payloads),
      // What is stored as such was written by another program.
      decode: async (payloads, context) => codec.decode(payloads.map(notMissing), context),
    };
  }

  private leaving(
    left: (payload: Payload, error: PayloadUnreadable, context?: SerializationContext) => Payload | null,
  ): PayloadCodec {
    const decode = (payload: Payload, context?: SerializationContext): Payload => {
      try {
        return this.decrypt(payload);
      } catch (error) {
        const instead = error instanceof PayloadUnreadable ? left(payload, error, context) : null;
        if (instead !== null) return instead;
        throw error;
      }
    };
    return {
      encode: async (payloads) => this.encode(payloads),
      decode: async (payloads, context) => Promise.resolve(payloads.map((one) => decode(one, context))),
    };
  }

  private encrypt(payload: Payload): Payload {
    const id = this.newest?.id ?? '';
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, this.keys.get(id) ?? Buffer.alloc(0), iv).setAAD(boundTo(id));
    const body = Buffer.concat([cipher.update(toBytes(payload)), cipher.final()]);
    return {
      metadata: { encoding: Buffer.from(ENCRYPTED), [KEY_ID]: Buffer.from(id) },
      data: Buffer.concat([iv, body, cipher.getAuthTag()]),
    };
  }

  private decrypt(payload: Payload): Payload {
    if (!isEncrypted(payload)) return payload;
    const id = Buffer.from(payload.metadata?.[KEY_ID] ?? []).toString();
    const key = this.keys.get(id);
    if (key === undefined)
      throw this.wasNeverOurs(id)
        ? forged('it names a key that is none of this installation')
        : new PayloadUnreadable('key', this.keyMissing(id));
    const data = Buffer.from(payload.data ?? []);
    try {
      const decipher = createDecipheriv(CIPHER, key, data.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
        .setAAD(boundTo(id))
        .setAuthTag(data.subarray(-TAG_BYTES));
      const body = data.subarray(IV_BYTES, -TAG_BYTES);
      return fromBytes(Buffer.concat([decipher.update(body), decipher.final()]));
    } catch (cause) {
      throw forged(`it is not what was encrypted with key ${id}`, { cause });
    }
  }

  private wasNeverOurs(id: string): boolean {
    return !KEY_ID_FORM.test(id) || this.ignored.has(id);
  }

  private keyMissing(id: string): string {
    const known = [...this.keys.keys()];
    const name = id.slice(0, id.lastIndexOf('.'));
    const other = known.find((one) => one.slice(0, one.lastIndexOf('.')) === name);
    const found =
      known.length === 0
        ? 'SCO_PAYLOAD_KEYS is not set here'
        : other !== undefined
          ? `SCO_PAYLOAD_KEYS has another key under this name, ${other}`
          : `SCO_PAYLOAD_KEYS has only ${known.join(', ')}`;
    return (
      `temporal: decryption of a payload: it was encrypted with key ${id}, and ${found}. ` +
      `Add that key to the file of SCO_PAYLOAD_KEYS_FILE as a further line, or \`ignore ${id}\` when it never was a key of yours, and ` +
      'restart gateways and workers; see docs/runbook.md, The payload keys'
    );
  }
}

function forged(what: string, options?: ErrorOptions): PayloadUnreadable {
  return new PayloadUnreadable(
    'forged',
    `temporal: decryption of a payload: ${what}: it was damaged, or written by another program. ` +
      'Look who may write to the Temporal namespace, and restore the database when it is damaged',
    options,
  );
}

function missing(message: string): Payload {
  return { metadata: { encoding: Buffer.from(KEY_MISSING) }, data: Buffer.from(message) };
}

function notMissing(payload: Payload): Payload {
  return hasEncoding(payload, MISSING) ? {} : payload;
}

export function isEncrypted(payload: Payload): boolean {
  return hasEncoding(payload, ENCODING);
}

const ENCODING = Buffer.from(ENCRYPTED);
const MISSING = Buffer.from(KEY_MISSING);

function hasEncoding({ metadata }: Payload, encoding: Buffer): boolean {
  const its = metadata?.['encoding'];
  return its !== undefined && encoding.equals(its);
}

/** The key id is no secret, but must not be changed either. */
function boundTo(id: string): Buffer {
  return Buffer.from(`${ENCRYPTED} ${id}`);
}

/** Length of the metadata, the metadata, the data: the data can be large and is not written as text. */
function toBytes({ metadata, data }: Payload): Buffer {
  const texts = Object.entries(metadata ?? {}).map(([name, value]) => [
    name,
    Buffer.from(value).toString('base64'),
  ]);
  const head = Buffer.from(JSON.stringify(Object.fromEntries(texts)));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, data ?? Buffer.alloc(0)]);
}

function fromBytes(bytes: Buffer): Payload {
  const end = 4 + bytes.readUInt32BE(0);
  const texts = JSON.parse(bytes.subarray(4, end).toString()) as Readonly<Record<string, string>>;
  const metadata = Object.entries(texts).map(
    ([name, text]) => [name, new Uint8Array(Buffer.from(text, 'base64'))] as const,
  );
  return { metadata: Object.fromEntries(metadata), data: new Uint8Array(bytes.subarray(end)) };
}
