import type { Connection, WorkflowExecutionDescription, WorkflowExecutionInfo } from '@temporalio/client';
import {
  defaultPayloadConverter,
  JsonPayloadConverter,
  type Payload,
  type PayloadCodec,
} from '@temporalio/common';
import type { EncryptingCodec } from './payload-codec.js';

type Service = Connection['workflowService'];
type Row = WorkflowExecutionInfo['raw'];
type Answer = Pick<WorkflowExecutionInfo, 'raw'> | Pick<WorkflowExecutionDescription, 'raw'>;

/** In the metadata of what stands in the place of a value that cannot be decoded: how it was encoded. */
const ENCODED = 'undecodable';

const readable = new WeakSet<Service>();
const searchAttributeConverter = new JsonPayloadConverter();

/**
 * Every caller of Temporal can start a workflow with a memo that cannot be decoded. The SDK decodes the rows of a list one after the
 * other, and an error in one fails the whole list, and each description of that workflow. On this connection such a value is null instead,
 * and `undecodableIn` names it: a row is never left out, so that a list stays complete.
 */
export function withReadableRows(connection: Connection, codec: EncryptingCodec | null): Connection {
  const service = connection.workflowService;
  if (readable.has(service)) return connection;
  readable.add(service);
  const decrypting = codec?.leavingUnreadable() ?? null;
  const { listWorkflowExecutions, describeWorkflowExecution } = service;
  Object.assign(service, {
    listWorkflowExecutions: async (request: Parameters<typeof listWorkflowExecutions>[0]) => {
      const response = await listWorkflowExecutions.call(service, request);
      for (const row of response.executions) await makeReadable(row, decrypting);
      return response;
    },
    describeWorkflowExecution: async (request: Parameters<typeof describeWorkflowExecution>[0]) => {
      const response = await describeWorkflowExecution.call(service, request);
      if (response.workflowExecutionInfo) await makeReadable(response.workflowExecutionInfo, decrypting);
      return response;
    },
  });
  return connection;
}

/** What of this row cannot be decoded: `memo subject (encoding binary/unheard-of)`. */
export function undecodableIn({ raw }: Answer): readonly string[] {
  const { memo, searchAttributes } =
    (raw as WorkflowExecutionDescription['raw']).workflowExecutionInfo ?? (raw as Row);
  return [...named('memo', memo?.fields), ...named('search attribute', searchAttributes?.indexedFields)];
}

async function makeReadable({ memo, searchAttributes }: Row, codec: PayloadCodec | null): Promise<void> {
  for (const [name, payload] of Object.entries(memo?.fields ?? {})) {
    const [plain] = (await codec?.decode([payload])) ?? [];
    if (plain && memo?.fields) memo.fields[name] = plain;
  }
  replaceUndecodable(memo?.fields, defaultPayloadConverter);
  replaceUndecodable(searchAttributes?.indexedFields, searchAttributeConverter);
}

function replaceUndecodable(
  fields: Record<string, Payload> | null | undefined,
  converter: Pick<JsonPayloadConverter, 'fromPayload'>,
): void {
  for (const [name, payload] of Object.entries(fields ?? {})) {
    try {
      converter.fromPayload(payload);
    } catch {
      const encoded = payload.metadata?.['encoding'] ?? Buffer.from('-');
      const metadata = { encoding: Buffer.from('json/plain'), [ENCODED]: encoded };
      if (fields) fields[name] = { metadata, data: Buffer.from('null') };
    }
  }
}

function named(kind: string, fields: Record<string, Payload> | null | undefined): readonly string[] {
  return Object.entries(fields ?? {}).flatMap(([name, { metadata }]) => {
    const encoded = metadata?.[ENCODED];
    return encoded ? [`${kind} ${name} (encoding ${Buffer.from(encoded).toString()})`] : [];
  });
}
