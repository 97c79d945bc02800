import { ApiError, tooManyCalls } from './api-error.js';
import type { Call } from './calls.js';
import type { Reply } from './exchange.js';
import type { Fault } from './model.js';

export function errorReply(call: Call, error: unknown): Reply {
  const known = error instanceof ApiError ? error : new ApiError(500, 'GENERAL_ERROR', String(error));
  if (call.system === 'itsm') {
    const tree = { error: { message: known.message, detail: known.code }, status: 'failure' };
    return { status: known.status, tree, jsonOnly: true };
  }
  return { status: known.status, tree: { result: { code: known.code, message: known.message } } };
}

/** What a fault answers in place of the handler. */
export function faultReply(fault: Fault): Reply {
  const headers: Record<string, string> = {};
  if (fault.retryAfterS !== null) headers['Retry-After'] = String(fault.retryAfterS);
  if (typeof fault.body === 'string')
    return { status: fault.status, headers, text: { type: 'text/plain', body: fault.body } };
  if (fault.kind === 'maxConcurrent') {
    const { status, code, message } = tooManyCalls();
    return { status, headers, tree: { result: { code, message } } };
  }
  const message =
    fault.status === 500 ? 'Unable to rollback against JDBC Connection' : 'Service is not available';
  return {
    status: fault.status,
    headers,
    tree: fault.body ?? { result: { code: 'GENERAL_ERROR', message } },
  };
}

/** A body that no reader expects, with the status of the real answer. */
export function wrongSchema(fault: Fault, reply: Reply): Reply {
  const body = fault.body ?? { unexpected: { schema: 'version 99', entries: [1, 2, 3] } };
  const shape: Reply =
    typeof body === 'string'
      ? { status: 200, text: { type: 'text/html', body } }
      : { status: 200, tree: body };
  return { ...shape, status: reply.status < 400 ? reply.status : 200 };
}
