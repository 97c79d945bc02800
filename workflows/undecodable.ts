import {
  defaultFailureConverter,
  defaultPayloadConverter,
  JsonPayloadConverter,
  type Payload,
  type ProtoFailure,
} from '@temporalio/common';
import { decode } from '@temporalio/common/lib/encoding.js';
import { getActivator } from '@temporalio/workflow/lib/global-attributes.js';

import { KEY_MISSING } from '../src/domain/missing-key.js';
import type { Job } from './partial-history.js';

type Start = NonNullable<Job['initializeWorkflow']>;
type Fields = Record<string, Payload> | null | undefined;

/** In the form in which an activity fails, so that it is asked for again, or parks its ticket. */
const UNDECODABLE = {
  message: 'Activity task failed',
  activityFailureInfo: { activityType: { name: 'activity' } },
  cause: {
    message: 'its result cannot be decoded',
    applicationFailureInfo: { type: 'Undecodable', nonRetryable: true },
  },
};
const searchAttributeConverter = new JsonPayloadConverter();

/**
 * Every caller of Temporal can send payloads that cannot be decoded. The SDK decodes them before it calls our code, and an error there
 * fails each retry of the workflow task. A message loses its arguments here, and is then malformed like any other.
 *
 * Throws where the worker lacks the key of what the history holds: a worker that has it will read it, and must come to the same. So the task
 * fails until then. What is in no history yet is refused: queries, and updates that were not accepted.
 */
export function withoutUndecodable({
  signalWorkflow,
  queryWorkflow,
  doUpdate,
  resolveChildWorkflowExecution,
  resolveActivity,
}: Job): void {
  requireKeys(signalWorkflow?.input);
  // One that runs no validator was accepted. The SDK refuses the others itself.
  if (doUpdate?.runValidator !== true) requireKeys(doUpdate?.input);
  if (signalWorkflow && !areReadable(signalWorkflow.input)) signalWorkflow.input = [];
  if (queryWorkflow && !areReadable(queryWorkflow.arguments)) queryWorkflow.arguments = [];
  for (const ended of [resolveActivity, resolveChildWorkflowExecution]) {
    const { completed, failed, cancelled } = ended?.result ?? {};
    requireKeys(completed?.result ? [completed.result] : []);
    for (const failure of [failed?.failure, cancelled?.failure]) requireKeys(payloadsOf(failure));
    const readable =
      areReadable(completed?.result ? [completed.result] : []) &&
      [failed?.failure, cancelled?.failure].every(isReadableFailure);
    if (ended && !readable) ended.result = { failed: { failure: UNDECODABLE } };
  }
}

/**
 * The same of a start: its arguments, its memo, its search attributes, and what an earlier run left it. No interceptor of the SDK
 * stands before that: it decodes memo and search attributes while it makes the workflow.
 */
export function startWithoutUndecodable(): void {
  const activator = getActivator();
  const initialize = activator.initializeWorkflow.bind(activator);
  activator.initializeWorkflow = (start) => {
    leaveOut(start);
    initialize(start);
  };
}

function leaveOut(start: Start): void {
  requireKeys(start.arguments);
  requireKeys(Object.values(start.memo?.fields ?? {}));
  if (!areReadable(start.arguments)) start.arguments = [];
  leaveOutFields(start.memo?.fields, isReadable);
  // The server takes an empty value, which only this converter cannot decode.
  leaveOutFields(start.searchAttributes?.indexedFields, (payload) =>
    isReadable(payload, searchAttributeConverter),
  );
  if (!areReadable(start.lastCompletionResult?.payloads)) start.lastCompletionResult = null;
  // None of our workflows reads it.
  start.continuedFailure = null;
}

function leaveOutFields(fields: Fields, readable: (payload: Payload) => boolean): void {
  for (const [name, payload] of Object.entries(fields ?? {}))
    if (fields && !readable(payload)) Reflect.deleteProperty(fields, name);
}

/** What a failure says, and what said it. */
function payloadsOf(failure: ProtoFailure | null | undefined): readonly Payload[] {
  if (!failure) return [];
  const { encodedAttributes, applicationFailureInfo, cause } = failure;
  return [
    ...(encodedAttributes ? [encodedAttributes] : []),
    ...(applicationFailureInfo?.details?.payloads ?? []),
    ...payloadsOf(cause),
  ];
}

function requireKeys(payloads: readonly Payload[] | null | undefined): void {
  for (const { metadata, data } of payloads ?? []) {
    const encoding = metadata?.['encoding'];
    if (encoding && decode(encoding) === KEY_MISSING) throw new Error(decode(data ?? new Uint8Array()));
  }
}

function areReadable(payloads: readonly Payload[] | null | undefined): boolean {
  return (payloads ?? []).every((payload) => isReadable(payload));
}

function isReadableFailure(failure: ProtoFailure | null | undefined): boolean {
  try {
    if (failure) defaultFailureConverter.failureToError(failure, defaultPayloadConverter);
    return true;
  } catch {
    return false;
  }
}

function isReadable(
  payload: Payload,
  converter: Pick<JsonPayloadConverter, 'fromPayload'> = defaultPayloadConverter,
): boolean {
  try {
    converter.fromPayload(payload);
    return true;
  } catch {
    return false;
  }
}
