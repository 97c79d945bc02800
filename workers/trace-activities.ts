import type { ActivityInterceptorsFactory } from '@temporalio/worker';

import type { TraceAttributes, Traces } from '../src/domain/traces.js';
import { tracesIn } from '../src/temporal/trace-headers.js';

/** Each attempt of an activity that belongs to a traced request is a span; what no request asked for (sweep, export) has none. */
export function traceActivities(traces: Traces): ActivityInterceptorsFactory {
  return ({ info }) => ({
    inbound: {
      execute: async (input, next) => {
        const { follows, unnamed } = tracesIn(input.headers);
        if (follows.length === 0) return next(input);
        return traces.span(
          {
            name: info.activityType,
            kind: 'work',
            follows,
            attributes: {
              'temporal.workflow.id': info.workflowExecution?.workflowId,
              'temporal.run.id': info.workflowExecution?.runId,
              'temporal.activity.id': info.activityId,
              'temporal.attempt': info.attempt,
              'temporal.task_queue': info.taskQueue,
              ...(unnamed > 0 && { 'sco.tickets_not_linked': unnamed }),
              ...idsIn(input.args[0]),
            },
          },
          async () => next(input),
        );
      },
    },
  });
}

/** Of the input only what names something: never a text, a field or a payload. */
function idsIn(input: unknown): TraceAttributes {
  if (typeof input !== 'object' || input === null) return {};
  const { ticketId, laneKey, n } = input as Readonly<Record<string, unknown>>;
  return {
    ...(typeof ticketId === 'string' && { 'sco.ticket': ticketId }),
    ...(typeof laneKey === 'string' && { 'sco.lane': laneKey }),
    ...(typeof n === 'number' && { 'sco.push': n }),
  };
}
