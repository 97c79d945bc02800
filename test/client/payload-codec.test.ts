import { defaultPayloadConverter, type Payload } from '@temporalio/common';

import { NO_KEYS, parsePayloadKeys, type PayloadKeys } from '../../src/config/payload-keys.js';
import { EncryptingCodec, PayloadUnreadable } from '../../src/temporal/payload-codec.js';

const keysOf = (...lines: string[]): PayloadKeys => {
  const keys = parsePayloadKeys(lines.join('\n'));
  if ('wrong' in keys) throw new Error(keys.wrong);
  return keys;
};
const OLD = `old ${'a'.repeat(64)}`;
const NEW = `new ${'b'.repeat(64)}`;
const codecOf = (...lines: string[]): EncryptingCodec =>
  new EncryptingCodec({ encrypts: true, ...keysOf(...lines) });

const SUBJECT = { subject: 'open 443 to the payroll', devices: ['FW-1', 'größer'] };
const plain = defaultPayloadConverter.toPayload(SUBJECT);
const encrypted = async (codec: EncryptingCodec, payload: Payload = plain): Promise<Payload> =>
  (await codec.encode([payload]))[0] ?? {};
const valueOf = (payload: Payload | undefined): unknown => defaultPayloadConverter.fromPayload(payload ?? {});
const why = async (run: Promise<unknown>): Promise<PayloadUnreadable> => {
  try {
    await run;
  } catch (error) {
    if (error instanceof PayloadUnreadable) return error;
  }
  throw new Error('it was read');
};

it('what was encrypted holds no word of the value, is never the same twice, and comes back as it was', async () => {
  const codec = codecOf(NEW);
  const [one, other] = [await encrypted(codec), await encrypted(codec)];
  for (const word of ['payroll', 'subject', 'json/plain'])
    expect(Buffer.from(one.data ?? []).toString('latin1')).not.toContain(word);
  expect(Buffer.from(one.metadata?.['encoding'] ?? []).toString()).toBe('binary/encrypted');
  expect(Buffer.from(one.metadata?.['encryption-key-id'] ?? []).toString()).toMatch(/^new\.[0-9a-f]{8}$/);
  expect(one.data).not.toEqual(other.data);
  expect(valueOf((await codec.decode([one]))[0])).toEqual(SUBJECT);
});

it.each([undefined, null, new Uint8Array([0, 255, 1]), '', 'ß', 3])(
  'the value %p comes back',
  async (value) => {
    const codec = codecOf(NEW);
    const [payload] = await codec.decode([await encrypted(codec, defaultPayloadConverter.toPayload(value))]);
    expect(valueOf(payload)).toEqual(value);
  },
);

it('the first key encrypts, and all decrypt: keys are exchanged while payloads of both are there', async () => {
  const before = await encrypted(codecOf(OLD));
  // All processes read the new key, then all write it.
  const [during, after] = [codecOf(OLD, NEW), codecOf(NEW, OLD)];
  const written = [before, await encrypted(during), await encrypted(after)];
  for (const codec of [during, after])
    expect((await codec.decode(written)).map(valueOf)).toEqual([SUBJECT, SUBJECT, SUBJECT]);
  const onlyNew = codecOf(NEW);
  expect(valueOf((await onlyNew.decode(written.slice(2)))[0])).toEqual(SUBJECT);
  expect((await why(onlyNew.decode([before]))).reason).toBe('key');
});

it('a payload that was never encrypted passes, also beside encrypted ones', async () => {
  const codec = codecOf(NEW);
  expect(await codec.decode([plain])).toEqual([plain]);
  expect((await codec.decode([plain, await encrypted(codec)])).map(valueOf)).toEqual([SUBJECT, SUBJECT]);
});

it('with encryption off nothing is encrypted, and what was encrypted before is read', async () => {
  const off = new EncryptingCodec({ encrypts: false, ...keysOf(NEW) });
  expect(await off.encode([plain])).toEqual([plain]);
  expect(valueOf((await off.decode([await encrypted(codecOf(NEW))]))[0])).toEqual(SUBJECT);
});

it('a key that is missing is named, with what is there and what to do; nothing passes', async () => {
  const payload = await encrypted(codecOf(OLD));
  const none = new EncryptingCodec({ encrypts: false, ...NO_KEYS });
  const { message } = await why(codecOf(NEW).decode([payload]));
  expect(message).toMatch(
    /key old\.[0-9a-f]{8}, and SCO_PAYLOAD_KEYS has only new\.[0-9a-f]{8}\. Add that key/,
  );
  expect((await why(none.decode([payload]))).message).toContain('SCO_PAYLOAD_KEYS is not set here');
  const sameName = codecOf(`old ${'c'.repeat(64)}`);
  expect((await why(sameName.decode([payload]))).message).toContain('another key under this name');
  for (const codec of [codecOf(NEW).leavingForged(), none.leavingForged()])
    expect((await why(codec.decode([payload]))).reason).toBe('key');
  expect(await none.leavingUnreadable().decode([payload])).toMatchObject([
    { metadata: { encoding: Buffer.from('binary/key-missing') } },
  ]);
});

it('one changed byte anywhere is found, and a forged payload is left as it is where it must block nothing', async () => {
  const codec = codecOf(NEW, OLD);
  const payload = await encrypted(codec);
  const data = payload.data ?? new Uint8Array();
  for (let at = 0; at < data.length; at += 1) {
    const changed = Uint8Array.from(data, (byte, index) => (index === at ? byte ^ 1 : byte));
    const forged = { ...payload, data: changed };
    expect((await why(codec.decode([forged]))).reason).toBe('forged');
    expect(await codec.leavingForged().decode([forged])).toEqual([forged]);
  }
  const [other] = keysOf(OLD).keys;
  const renamed = {
    ...payload,
    metadata: { ...payload.metadata, 'encryption-key-id': Buffer.from(other?.id ?? '') },
  };
  expect((await why(codec.decode([renamed]))).reason).toBe('forged');
  for (const data of [undefined, new Uint8Array(), new Uint8Array(20)])
    expect(
      (await why(codec.decode([{ metadata: payload.metadata ?? {}, ...(data && { data }) }]))).reason,
    ).toBe('forged');
});

describe('a worker', () => {
  const IN_WORKFLOW = { type: 'workflow', namespace: 'default', workflowId: 'ticket/1' } as const;
  const IN_ACTIVITY = { type: 'activity', namespace: 'default', isLocal: false } as const;
  const KEY_MISSING = { encoding: Buffer.from('binary/key-missing') };

  it('hands a workflow what lacks its key as such, and refuses it where there is no workflow to judge', async () => {
    const payload = await encrypted(codecOf(OLD));
    const worker = codecOf(NEW).forWorkers();
    const [handed] = await worker.decode([payload], IN_WORKFLOW);
    expect(handed?.metadata).toEqual(KEY_MISSING);
    expect(Buffer.from(handed?.data ?? []).toString()).toMatch(/key old\.[0-9a-f]{8}, .* has only new\./);
    expect((await why(worker.decode([payload], IN_ACTIVITY))).reason).toBe('key');
  });

  it('does not take for one of these what is stored with their encoding', async () => {
    const worker = codecOf(NEW).forWorkers();
    const [handed] = await worker.decode([{ metadata: KEY_MISSING, data: Buffer.from('stop') }], IN_WORKFLOW);
    expect(handed?.metadata?.['encoding']).not.toEqual(KEY_MISSING.encoding);
  });

  it.each(['', 'theirs', 'old.0123ABCD', 'old.0123abcd\n', 'gone.0123abcd'])(
    'takes what names the key %j for forged: it cannot be, or is said not to be, one of ours',
    async (id) => {
      const codec = codecOf(NEW, 'ignore gone.0123abcd');
      const metadata = { encoding: Buffer.from('binary/encrypted'), 'encryption-key-id': Buffer.from(id) };
      const payload = { metadata, data: Buffer.alloc(60) };
      expect((await why(codec.decode([payload]))).reason).toBe('forged');
      expect(await codec.forWorkers().decode([payload], IN_WORKFLOW)).toEqual([payload]);
    },
  );
});
