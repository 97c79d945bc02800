import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { codecOf } from './data-converter.js';

/**
 * What a worker reads and writes payloads with, from its client: messages that another program forged reach the workflow as such, and
 * block no workflow. In a file of its own, for a program that only has the client has no file beside it that the SDK could load.
 */
export function workerDataConverter(client: Client): DataConverter {
  const codec = codecOf(client);
  if (codec === null) return {};
  return {
    payloadCodecs: [codec.forWorkers()],
    // Error messages are outside of payloads, unless a converter puts them there.
    ...(codec.encrypts && {
      failureConverterPath: fileURLToPath(new URL('./failure-converter', import.meta.url)),
    }),
  };
}
