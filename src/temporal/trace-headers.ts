import type { WorkflowClientInterceptor } from '@temporalio/client';
import { defaultPayloadConverter, type Headers } from '@temporalio/common';

import {
  continuedOf,
  NOTHING_CONTINUED,
  TRACE_HEADER,
  type Continued,
  type Traces,
} from '../domain/traces.js';

/** Sends along with starts, signals and updates which span asks for them; where none runs, they are as they are without traces. */
export function sendTraces(traces: Traces): WorkflowClientInterceptor {
  const withTrace = (headers: Headers): Headers => {
    const here = traces.here();
    return here === null
      ? headers
      : { ...headers, [TRACE_HEADER]: defaultPayloadConverter.toPayload([here]) };
  };
  return {
    startWithDetails: async (input, next) => next({ ...input, headers: withTrace(input.headers) }),
    signal: async (input, next) => next({ ...input, headers: withTrace(input.headers) }),
    signalWithStart: async (input, next) => next({ ...input, headers: withTrace(input.headers) }),
    startUpdate: async (input, next) => next({ ...input, headers: withTrace(input.headers) }),
    startUpdateWithStart: async (input, next) =>
      next({
        ...input,
        workflowStartHeaders: withTrace(input.workflowStartHeaders),
        updateHeaders: withTrace(input.updateHeaders),
      }),
  };
}

/** What a header names; nothing where another program wrote something else into it. */
export function tracesIn(headers: Headers): Continued {
  const header = headers[TRACE_HEADER];
  if (header === undefined) return NOTHING_CONTINUED;
  try {
    return continuedOf(defaultPayloadConverter.fromPayload(header));
  } catch {
    return NOTHING_CONTINUED;
  }
}
