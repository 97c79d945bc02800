import type { Client } from '@temporalio/client';
import type { DataConverter, Payload, PayloadCodec } from '@temporalio/common';
import type { PayloadProtection } from '../config/payload-keys.js';
import { EncryptingCodec } from './payload-codec.js';

/**
 * What every client of ours reads and writes payloads with; `workerDataConverter` and `readHistory` take theirs from the client, so
 * that none of them can differ. Also there when nothing is encrypted: a payload whose key is missing is then an error, not malformed.
 */
export function clientDataConverter(protection: PayloadProtection): DataConverter {
  return { payloadCodecs: [new EncryptingCodec(protection)] };
}

/** null for a client that was not made by `src/temporal/connect.ts`. */
export function codecOf({ options }: Client): EncryptingCodec | null {
  const codecs: readonly PayloadCodec[] = options.loadedDataConverter.payloadCodecs;
  return codecs.find((codec) => codec instanceof EncryptingCodec) ?? null;
}

/** What shows payloads to the Web UI; null where there is no key. */
export function payloadServerOf({
  client,
  namespace,
}: {
  readonly client: Client;
  readonly namespace: string;
}): {
  readonly namespace: string;
  readonly decode: (payloads: Payload[]) => Promise<Payload[]>;
  readonly encode: (payloads: Payload[]) => Promise<Payload[]>;
} | null {
  const codec = codecOf(client);
  if (codec === null || !codec.hasKeys) return null;
  return {
    namespace,
    decode: async (payloads) => codec.decode(payloads),
    encode: async (payloads) => codec.encode(payloads),
  };
}
