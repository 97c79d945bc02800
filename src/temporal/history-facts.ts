import { defaultPayloadConverter } from '@temporalio/common';
import type { History, Payload } from '@temporalio/common/lib/proto-utils.js';
import type { HistoryFact } from '../domain/history-fact.js';
import { isNestedDeeperThan } from '../domain/json-depth.js';

type HistoryEvent = NonNullable<History['events']>[number];
type ProtoFailure = { message?: string | null; cause?: ProtoFailure | null };

export interface HistoryFactsOptions {
  readonly runId: string;
  /** Longer inputs and results are replaced by `{clipped: true, bytes, text}` with this much text. */
  readonly clipBytes?: number;
}

/**
 * Turns one run's raw history into plain facts, in its order. Workflow task events are left out: they say how Temporal
 * worked, not what happened. Payloads are decoded by the default converter; what it cannot decode becomes null,
 * and what is nested without an end is clipped.
 */
export function toHistoryFacts(history: History, options: HistoryFactsOptions): readonly HistoryFact[] {
  const events = history.events ?? [];
  const byId = new Map(events.map((event) => [Number(event.eventId), event]));
  return events.flatMap((event) => {
    const specific = describe(event, byId);
    if (specific === null) return [];
    const { input, result, ...rest } = specific;
    return [
      {
        runId: options.runId,
        eventId: Number(event.eventId),
        atMs: toMs(event.eventTime),
        summary: textOf(event.userMetadata?.summary),
        identity: null,
        attempt: null,
        failure: null,
        input: clip(input ?? null, options.clipBytes),
        result: clip(result ?? null, options.clipBytes),
        ...rest,
      },
    ];
  });
}

/** The run this one continues, from its first event; null when it continues none. */
export function continuedFrom(history: History): string | null {
  const started = history.events?.[0]?.workflowExecutionStartedEventAttributes;
  return started?.continuedExecutionRunId ? started.continuedExecutionRunId : null;
}

type Specific = Pick<HistoryFact, 'kind' | 'name'> & Partial<HistoryFact>;

function describe(event: HistoryEvent, byId: ReadonlyMap<number, HistoryEvent>): Specific | null {
  return (
    describeRun(event) ??
    describeMessage(event, byId) ??
    describeActivity(event, byId) ??
    describeRest(event, byId)
  );
}

function describeRun(event: HistoryEvent): Specific | null {
  const started = event.workflowExecutionStartedEventAttributes;
  if (started) {
    return {
      kind: 'started',
      name: started.workflowType?.name ?? '',
      identity: started.identity ?? null,
      attempt: started.attempt ?? null,
      input: decode(started.input?.payloads),
    };
  }
  const completed = event.workflowExecutionCompletedEventAttributes;
  if (completed) return { kind: 'completed', name: '', result: decode(completed.result?.payloads)[0] };
  const again = event.workflowExecutionContinuedAsNewEventAttributes;
  if (again)
    return { kind: 'continuedAsNew', name: again.workflowType?.name ?? '', result: again.newExecutionRunId };
  const failed = event.workflowExecutionFailedEventAttributes;
  if (failed) return { kind: 'failed', name: '', failure: failureText(failed.failure) };
  const terminated = event.workflowExecutionTerminatedEventAttributes;
  if (terminated) {
    return {
      kind: 'terminated',
      name: '',
      identity: terminated.identity ?? null,
      failure: terminated.reason ?? null,
    };
  }
  const timedOut = event.workflowExecutionTimedOutEventAttributes;
  if (timedOut) return { kind: 'failed', name: '', failure: 'the run timed out' };
  const canceled = event.workflowExecutionCanceledEventAttributes;
  return canceled ? { kind: 'failed', name: '', failure: 'the run was cancelled' } : null;
}

function describeMessage(event: HistoryEvent, byId: ReadonlyMap<number, HistoryEvent>): Specific | null {
  const signal = event.workflowExecutionSignaledEventAttributes;
  if (signal) {
    return {
      kind: 'signal',
      name: signal.signalName ?? '',
      identity: signal.identity ?? null,
      input: decode(signal.input?.payloads),
    };
  }
  const accepted = event.workflowExecutionUpdateAcceptedEventAttributes;
  if (accepted) {
    return {
      kind: 'update',
      name: accepted.acceptedRequest?.input?.name ?? '',
      identity: accepted.acceptedRequest?.meta?.identity ?? null,
      input: decode(accepted.acceptedRequest?.input?.args?.payloads),
    };
  }
  const updated = event.workflowExecutionUpdateCompletedEventAttributes;
  if (updated) {
    const acceptedId = Number(updated.acceptedEventId ?? 0);
    return {
      kind: 'updateResult',
      name:
        byId.get(acceptedId)?.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.name ??
        '',
      result: decode(updated.outcome?.success?.payloads)[0],
      failure: failureText(updated.outcome?.failure),
      refersTo: acceptedId,
    };
  }
  const external = event.signalExternalWorkflowExecutionInitiatedEventAttributes;
  if (external) {
    return {
      kind: 'externalSignal',
      name: external.signalName ?? '',
      input: decode(external.input?.payloads),
      result: external.workflowExecution?.workflowId,
    };
  }
  const undelivered = event.signalExternalWorkflowExecutionFailedEventAttributes;
  if (!undelivered) return null;
  return {
    kind: 'externalSignal',
    name: '',
    result: undelivered.workflowExecution?.workflowId,
    failure: 'the receiver does not run',
    refersTo: Number(undelivered.initiatedEventId ?? 0),
  };
}

function describeActivity(event: HistoryEvent, byId: ReadonlyMap<number, HistoryEvent>): Specific | null {
  const scheduled = event.activityTaskScheduledEventAttributes;
  if (scheduled) {
    return {
      kind: 'activityScheduled',
      name: scheduled.activityType?.name ?? '',
      input: decode(scheduled.input?.payloads),
    };
  }
  const of = (
    scheduledEventId: { toString(): string } | null | undefined,
  ): Pick<Specific, 'name' | 'summary' | 'refersTo'> => {
    const id = Number(scheduledEventId ?? 0);
    const origin = byId.get(id);
    return {
      name: origin?.activityTaskScheduledEventAttributes?.activityType?.name ?? '',
      summary: textOf(origin?.userMetadata?.summary),
      refersTo: id,
    };
  };
  const started = event.activityTaskStartedEventAttributes;
  if (started) {
    return {
      kind: 'activityStarted',
      ...of(started.scheduledEventId),
      identity: started.identity ?? null,
      attempt: started.attempt ?? null,
      failure: failureText(started.lastFailure),
    };
  }
  const completed = event.activityTaskCompletedEventAttributes;
  if (completed) {
    return {
      kind: 'activityCompleted',
      ...of(completed.scheduledEventId),
      result: decode(completed.result?.payloads)[0],
    };
  }
  const failed = event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes;
  if (failed) {
    return { kind: 'activityFailed', ...of(failed.scheduledEventId), failure: failureText(failed.failure) };
  }
  const canceled = event.activityTaskCanceledEventAttributes;
  if (!canceled) return null;
  return { kind: 'activityFailed', ...of(canceled.scheduledEventId), failure: 'cancelled' };
}

function describeRest(event: HistoryEvent, byId: ReadonlyMap<number, HistoryEvent>): Specific | null {
  const timer = event.timerStartedEventAttributes;
  if (timer) {
    return { kind: 'timerStarted', name: '', input: { durationMs: toMs(timer.startToFireTimeout) } };
  }
  const ended = event.timerFiredEventAttributes ?? event.timerCanceledEventAttributes;
  if (ended) {
    const startedId = Number(ended.startedEventId ?? 0);
    return {
      kind: event.timerFiredEventAttributes ? 'timerFired' : 'timerCanceled',
      name: '',
      summary: textOf(byId.get(startedId)?.userMetadata?.summary),
      refersTo: startedId,
    };
  }
  const upserted = event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields;
  if (upserted) {
    const values = Object.entries(upserted).map(([name, payload]) => [name, decodeOne(payload)]);
    return { kind: 'searchAttributes', name: '', input: Object.fromEntries(values) as unknown };
  }
  const task = event.workflowTaskFailedEventAttributes;
  if (task) return { kind: 'other', name: 'workflowTaskFailed', failure: failureText(task.failure) };
  const marker = event.markerRecordedEventAttributes;
  return marker ? { kind: 'other', name: `marker ${marker.markerName ?? ''}`.trim() } : null;
}

function decode(payloads: readonly Payload[] | null | undefined): readonly unknown[] {
  return (payloads ?? []).map(decodeOne);
}

function decodeOne(payload: Payload): unknown {
  const { data } = payload;
  if (data && isTooDeep(data)) {
    const text = Buffer.from(data.subarray(0, TOO_DEEP_TEXT)).toString('utf8');
    return { clipped: true, bytes: data.length, text };
  }
  try {
    return defaultPayloadConverter.fromPayload<unknown>(payload) ?? null;
  } catch {
    return null;
  }
}

/** Nothing of ours is as deep: whoever walks through it runs out of stack. */
const MOST_LEVELS = 500;
const TOO_DEEP_TEXT = 500;

function isTooDeep(data: Uint8Array): boolean {
  // Almost every payload ends here: looking for texts and their escapes takes longer.
  let opened = 0;
  for (const byte of data) if (byte === 0x5b || byte === 0x7b) opened += 1;
  return opened > MOST_LEVELS && isNestedDeeperThan(MOST_LEVELS, Buffer.from(data).toString('utf8'));
}

function textOf(payload: Payload | null | undefined): string | null {
  const value = payload ? decodeOne(payload) : null;
  return typeof value === 'string' && value !== '' ? value : null;
}

/** The message and those of its causes, the cause's own words last: `Activity task failed: securechange: commit: …`. */
function failureText(failure: ProtoFailure | null | undefined): string | null {
  const messages: string[] = [];
  for (let link = failure; link; link = link.cause) if (link.message) messages.push(link.message);
  return messages.length === 0 ? null : [...new Set(messages)].join(': ');
}

function clip(value: unknown, clipBytes: number | undefined): unknown {
  if (clipBytes === undefined || value === null) return value;
  const text = JSON.stringify(value);
  const bytes = Buffer.byteLength(text);
  return bytes <= clipBytes ? value : { clipped: true, bytes, text: text.slice(0, clipBytes) };
}

type ProtoTime = { seconds?: { toString(): string } | null; nanos?: number | null };

function toMs(time: ProtoTime | null | undefined): number {
  return Number(time?.seconds?.toString() ?? 0) * 1_000 + Math.floor((time?.nanos ?? 0) / 1_000_000);
}
