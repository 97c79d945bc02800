import { CallFailure, type FailureFacts } from '../domain/failure.js';
import type { CallContext } from './network-failure.js';

/** An answer before its body. */
export interface AnswerHead {
  readonly status: number;
  /** Lower-case names; of repeated ones the values joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * What a refusing status means when the text that came with it is unknown; call it for answers outside 2xx only.
 * A server error after a call that must not be repeated is `ambiguous`: a proxy says 502 also when the server worked on.
 * `words` is what the system itself says, cleaned (`wordsOf`).
 */
export function failureOfStatus(
  response: AnswerHead,
  call: CallContext,
  words: string | null = null,
): CallFailure {
  const retryAfterMs = readRetryAfter(response.headers);
  const meaning = meaningOf(response.status, retryAfterMs !== undefined, call.repeatable);
  return new CallFailure({
    system: call.system,
    operation: call.operation,
    status: response.status,
    ...meaning,
    message: words === null ? meaning.message : `${meaning.message}; it says: ${words}`,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

type Meaning = Pick<FailureFacts, 'kind' | 'code' | 'message'>;

function meaningOf(status: number, saysWhen: boolean, repeatable: boolean): Meaning {
  if (status === 401)
    return { kind: 'auth', code: 'http.unauthorized', message: 'the credential is not accepted' };
  if (status === 403)
    return { kind: 'auth', code: 'http.forbidden', message: 'the user is not permitted to do this' };
  if (status === 429) return { kind: 'busy', code: 'http.too_many', message: 'too many requests at once' };
  if (status >= 300 && status < 400) {
    const message = 'the address answers with a redirect, which is never followed; set the final address';
    return { kind: 'rejected', code: 'http.redirect', message };
  }
  if (status === 503 && (saysWhen || repeatable)) {
    return { kind: 'busy', code: 'http.unavailable', message: 'the server asks to come back later' };
  }
  if (status >= 500) {
    const kind = repeatable ? 'transient' : 'ambiguous';
    return { kind, code: 'http.server_error', message: `the server failed with status ${status}` };
  }
  if (status >= 400)
    return { kind: 'rejected', code: 'http.refused_request', message: `refused with status ${status}` };
  return { kind: 'bug', code: 'http.unexpected_status', message: `unexpected status ${status}` };
}

/** A date counts by the clock of the server, its `Date`. At most one hour, so that a wrong value cannot stop a ticket. */
function readRetryAfter(headers: AnswerHead['headers']): number | undefined {
  const text = headers['retry-after'];
  if (text === undefined) return undefined;
  const seconds = /^\d{1,9}$/.test(text)
    ? Number(text)
    : Math.ceil((Date.parse(text) - Date.parse(headers['date'] ?? '')) / 1000);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 3600) * 1000 : undefined;
}
