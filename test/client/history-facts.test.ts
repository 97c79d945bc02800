import { defaultPayloadConverter } from '@temporalio/common';
import { historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { continuedFrom, toHistoryFacts } from '../../src/temporal/history-facts.js';

const payload = (value: unknown) => defaultPayloadConverter.toPayload(value);
const payloads = (...values: readonly unknown[]) => ({ payloads: values.map(payload) });
const at = { seconds: 1_795_331_107, nanos: 249_000_000 };

/** As it comes from the server: through the wire's JSON, so that numbers are Longs. */
function received(...events: readonly object[]) {
  const json = JSON.parse(
    historyToJSON({
      events: events.map((event, index) => ({ eventId: index + 1, eventTime: at, ...event })),
    } as never),
  ) as unknown;
  return historyFromJSON(json);
}

const facts = (...events: readonly object[]) => toHistoryFacts(received(...events), { runId: 'r1' });

describe('plain facts of a history', () => {
  it('survive the way through JSON: three copies of protobufjs would break exactly this', () => {
    const [fact] = facts({
      eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED',
      workflowExecutionSignaledEventAttributes: {
        signalName: 'ticketReported',
        identity: 'gateway@a',
        input: payloads({ name: 'ADVANCE' }),
      },
    });
    expect(fact).toEqual({
      runId: 'r1',
      eventId: 1,
      atMs: 1_795_331_107_249,
      kind: 'signal',
      name: 'ticketReported',
      summary: null,
      identity: 'gateway@a',
      attempt: null,
      input: [{ name: 'ADVANCE' }],
      result: null,
      failure: null,
    });
  });

  it('join an activity with its scheduling: name, summary, attempt, causes of its failure', () => {
    const found = facts(
      {
        eventType: 'EVENT_TYPE_ACTIVITY_TASK_SCHEDULED',
        userMetadata: { summary: payload('Commit DG-B') },
        activityTaskScheduledEventAttributes: {
          activityType: { name: 'push' },
          input: payloads({ target: '21' }),
        },
      },
      {
        eventType: 'EVENT_TYPE_ACTIVITY_TASK_STARTED',
        activityTaskStartedEventAttributes: { scheduledEventId: 1, attempt: 2, identity: 'worker@b' },
      },
      {
        eventType: 'EVENT_TYPE_ACTIVITY_TASK_FAILED',
        activityTaskFailedEventAttributes: {
          scheduledEventId: 1,
          failure: { message: 'Activity task failed', cause: { message: 'securechange: commit: locked' } },
        },
      },
    );
    expect(found.map(({ kind, name, summary, refersTo }) => [kind, name, summary, refersTo])).toEqual([
      ['activityScheduled', 'push', 'Commit DG-B', undefined],
      ['activityStarted', 'push', 'Commit DG-B', 1],
      ['activityFailed', 'push', 'Commit DG-B', 1],
    ]);
    expect(found[1]).toMatchObject({ attempt: 2, identity: 'worker@b' });
    expect(found[2]?.failure).toBe('Activity task failed: securechange: commit: locked');
  });

  it('join an update with its acceptance, and a timer with its start', () => {
    const found = facts(
      {
        eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED',
        workflowExecutionUpdateAcceptedEventAttributes: {
          acceptedRequest: {
            meta: { updateId: 'k', identity: 'gateway@a' },
            input: { name: 'operateTicket', args: payloads({ key: 'k' }) },
          },
        },
      },
      {
        eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED',
        workflowExecutionUpdateCompletedEventAttributes: {
          acceptedEventId: 1,
          outcome: { success: payloads({ accepted: true }) },
        },
      },
      {
        eventType: 'EVENT_TYPE_TIMER_STARTED',
        userMetadata: { summary: payload('waits for the window') },
        timerStartedEventAttributes: { timerId: '1', startToFireTimeout: { seconds: 60 } },
      },
      {
        eventType: 'EVENT_TYPE_TIMER_CANCELED',
        timerCanceledEventAttributes: { timerId: '1', startedEventId: 3 },
      },
    );
    expect(found[0]).toMatchObject({ kind: 'update', identity: 'gateway@a', input: [{ key: 'k' }] });
    expect(found[1]).toMatchObject({
      kind: 'updateResult',
      name: 'operateTicket',
      result: { accepted: true },
      refersTo: 1,
    });
    expect(found[2]).toMatchObject({ kind: 'timerStarted', input: { durationMs: 60_000 } });
    expect(found[3]).toMatchObject({ kind: 'timerCanceled', summary: 'waits for the window', refersTo: 3 });
  });

  it('have starts and ends, and leave out how Temporal worked', () => {
    const found = facts(
      {
        eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_STARTED',
        workflowExecutionStartedEventAttributes: {
          workflowType: { name: 'ticket' },
          continuedExecutionRunId: 'r0',
          input: payloads({ version: 1, ticketId: '1' }),
        },
      },
      { eventType: 'EVENT_TYPE_WORKFLOW_TASK_SCHEDULED', workflowTaskScheduledEventAttributes: {} },
      {
        eventType: 'EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES',
        upsertWorkflowSearchAttributesEventAttributes: {
          searchAttributes: { indexedFields: { ScoPhase: payload('commit') } },
        },
      },
      {
        eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED',
        workflowExecutionCompletedEventAttributes: { result: payloads({ outcome: 'closed' }) },
      },
    );
    expect(found.map(({ kind, eventId }) => [kind, eventId])).toEqual([
      ['started', 1],
      ['searchAttributes', 3],
      ['completed', 4],
    ]);
    expect(found[1]?.input).toEqual({ ScoPhase: 'commit' });
    expect(found[2]?.result).toEqual({ outcome: 'closed' });
    const first = received({
      eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_STARTED',
      workflowExecutionStartedEventAttributes: { continuedExecutionRunId: 'r0' },
    });
    expect(continuedFrom(first)).toBe('r0');
  });

  it('clip long inputs when asked, and say how long they were', () => {
    const long = { xml: 'x'.repeat(9_000) };
    const [fact] = toHistoryFacts(
      received({
        eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED',
        workflowExecutionSignaledEventAttributes: { signalName: 's', input: payloads(long) },
      }),
      { runId: 'r1', clipBytes: 4_096 },
    );
    expect(fact?.input).toMatchObject({ clipped: true, bytes: 9_012 });
    expect((fact?.input as { text: string }).text).toHaveLength(4_096);
  });

  it('have null where a payload cannot be decoded', () => {
    const encrypted = { metadata: { encoding: Buffer.from('binary/encrypted') }, data: Buffer.from('?') };
    const [fact] = facts({
      eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED',
      workflowExecutionSignaledEventAttributes: { signalName: 's', input: { payloads: [encrypted] } },
    });
    expect(fact?.input).toEqual([null]);
  });
});
