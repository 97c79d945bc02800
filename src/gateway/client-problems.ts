import { ClientError } from '../../packages/client/src/contract.js';
import type { ClientErrorCode } from '../../packages/client/src/contract.js';
import { Problem } from './problem.js';
import { TooLate, orTooLate } from './too-late.js';

/** Runs one call through the client and turns every failure of it into a problem, in fixed words. */
export async function asked<T>(deadlineMs: number, call: () => Promise<T>): Promise<T> {
  try {
    return await orTooLate(deadlineMs, call());
  } catch (error) {
    throw problemOf(error);
  }
}

/** The HTTP refusal for a failed call through the client. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof TooLate) return new Problem('deadline', { cause: error });
  if (!(error instanceof ClientError)) return new Problem('internal', { cause: error });
  return fromCode(error.code, error);
}

function fromCode(code: ClientErrorCode, cause: ClientError): Problem {
  switch (code) {
    case 'temporalAway':
      return new Problem('temporal_away', { retryAfterSeconds: 2, cause });
    case 'workerAway':
      return new Problem('worker_away', { retryAfterSeconds: 2, cause });
    case 'ticketNotFound':
      return new Problem('ticket_not_found', { cause });
    case 'laneNotFound':
      return new Problem('lane_not_found', { cause });
    case 'pushNotFound':
      return new Problem('push_not_found', { cause });
    case 'historyGone':
      return new Problem('history_gone', { cause });
    case 'notAllowed':
      return new Problem('forbidden', { cause });
    case 'deadlineExceeded':
    case 'commandUnknown':
      return new Problem('deadline', { cause });
    case 'refused':
      return new Problem('bad_request', { note: 'The workflow refused the form of the call.', cause });
    case 'payloadUnreadable':
      return new Problem('payload_key_missing', { note: cause.message, retryAfterSeconds: 30, cause });
    case 'gatewayAway':
    case 'unexpected':
      return new Problem('internal', { cause });
  }
}
