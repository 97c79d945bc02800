import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { History, Payload } from '@temporalio/common/lib/proto-utils.js';
import { codecOf } from './data-converter.js';
import { isEncrypted } from './payload-codec.js';

/**
 * One run's history as it would be if nothing was ever encrypted, so that views, evidence and recordings are the same with and
 * without encryption. Rejects with `PayloadUnreadable` when a key is missing; what is forged stays unreadable.
 */
export async function readHistory(client: Client, workflowId: string, runId?: string): Promise<History> {
  const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  await decryptIn(client, history.events);
  return history;
}

/** Decrypts, in place, whatever is encrypted in messages of Temporal, and puts messages of errors back. */
export async function decryptIn(client: Client, messages: unknown): Promise<void> {
  const codec = codecOf(client)?.leavingForged();
  if (codec === undefined) return;
  const found: Found = { encrypted: [], failures: [] };
  find(messages, found);
  for (const { holder, name, payload } of found.encrypted) {
    const [plain] = await codec.decode([payload]);
    Object.assign(holder, { [name]: plain });
  }
  found.failures.forEach(putBack);
}

interface Found {
  readonly encrypted: { readonly holder: object; readonly name: string; readonly payload: Payload }[];
  readonly failures: Failure[];
}

/** By form: a kind of event that a later server adds is found too. Search attributes are never encrypted and stay. */
function find(value: unknown, found: Found): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
  for (const [name, part] of Object.entries(value) as [string, unknown][]) {
    if (!isPayload(part)) find(part, found);
    else if (isEncrypted(part)) found.encrypted.push({ holder: value, name, payload: part });
  }
  if ('encodedAttributes' in value) found.failures.push(value as Failure);
}

interface Failure {
  encodedAttributes?: Payload | null;
  message?: string | null;
  stackTrace?: string | null;
}

function putBack(failure: Failure): void {
  const { encodedAttributes } = failure;
  if (!encodedAttributes || isEncrypted(encodedAttributes)) return;
  try {
    const said = defaultPayloadConverter.fromPayload<{ message?: unknown; stack_trace?: unknown } | null>(
      encodedAttributes,
    );
    if (typeof said?.message === 'string') failure.message = said.message;
    if (typeof said?.stack_trace === 'string') failure.stackTrace = said.stack_trace;
    failure.encodedAttributes = null;
  } catch {
    // Written by another program: it says nothing.
  }
}

function isPayload(value: unknown): value is Payload {
  if (typeof value !== 'object' || value === null || !('metadata' in value) || !('data' in value))
    return false;
  const { metadata } = value;
  return typeof metadata === 'object' && metadata !== null && 'encoding' in metadata;
}
