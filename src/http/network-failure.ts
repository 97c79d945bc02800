import type { Code } from '../domain/codes.js';
import { CallFailure, type FailureFacts } from '../domain/failure.js';

/** What a failure says about the call it belongs to. */
export interface CallContext {
  readonly system: string;
  readonly operation: string;
  readonly repeatable: boolean;
}

/** Why we hung up ourselves. */
export class StoppedWaiting extends Error {
  readonly why: 'cancelled' | 'body' | 'size';

  constructor(why: StoppedWaiting['why']) {
    super(why);
    this.name = 'StoppedWaiting';
    this.why = why;
  }
}

/** Errors that came while connecting: nothing of the request had left. */
const whileConnecting = new WeakSet<object>();

export function markWhileConnecting(error: Error): void {
  whileConnecting.add(error);
}

/** A failure that provably happened before the request left: always safe to try again. */
export function notSent(call: CallContext, code: Code, message: string, cause?: unknown): CallFailure {
  return failure(call, { kind: 'transient', code, message }, cause);
}

/**
 * Says what an error of the network means. Before the request can have left it is `transient` (`rejected` when the
 * certificate is not trusted: nothing but a person changes that); afterwards `transient` for repeatable calls and
 * `ambiguous` for all others. Texts name the reason, never the address, the credential or a body.
 */
export function failureOfError(error: unknown, hungUp: unknown, call: CallContext): CallFailure {
  if (hungUp instanceof StoppedWaiting) return stoppedWaiting(hungUp, call);
  const code = codeOf(error);
  const certificate = CERTIFICATE_CODES.get(code);
  if (certificate !== undefined) {
    const message = `the server's certificate is not trusted (${certificate}); give the authority that signed it as CA file, or correct the host name`;
    return failure(call, { kind: 'rejected', code: 'http.tls', message }, error);
  }
  if (code === 'SCO_FORBIDDEN_ADDRESS') {
    const message =
      'its address must not be connected to: it is not among allowedAddresses, or it is a link-local one; correct the address, or the list';
    return failure(call, { kind: 'rejected', code: 'http.address', message }, error);
  }
  const early = BEFORE_SENDING.get(code);
  if (early !== undefined) return notSent(call, early.code, early.message, error);
  if (typeof error === 'object' && error !== null && whileConnecting.has(error)) {
    return notSent(call, 'http.connect', `no connection (${code})`, error);
  }
  if (error instanceof Error && error.message.startsWith('Proxy response')) {
    return notSent(call, 'http.proxy', 'the proxy refused the connection', error);
  }
  if (code === 'UND_ERR_HEADERS_TIMEOUT') return lost(call, 'http.timeout', 'no answer in time', error);
  if (code === 'UND_ERR_BODY_TIMEOUT')
    return lost(call, 'http.timeout', 'the answer stopped half-way', error);
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return tooLarge(call, error);
  return lost(call, 'http.connection_lost', `the connection was lost after sending (${code})`, error);
}

const BEFORE_SENDING: ReadonlyMap<string, { code: Code; message: string }> = new Map(
  Object.entries<{ code: Code; message: string }>({
    ECONNREFUSED: { code: 'http.refused', message: 'the connection was refused; is the server running?' },
    ENOTFOUND: { code: 'http.dns', message: 'the host name is unknown' },
    EAI_AGAIN: { code: 'http.dns', message: 'the name server does not answer' },
    EHOSTUNREACH: { code: 'http.unreachable', message: 'no route to the host' },
    ENETUNREACH: { code: 'http.unreachable', message: 'no route to the network' },
    UND_ERR_CONNECT_TIMEOUT: { code: 'http.connect_timeout', message: 'no connection in time' },
  }),
);

/** OpenSSL's reasons, as Node names them. */
const CERTIFICATE_CODES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    UNABLE_TO_GET_ISSUER_CERT: 'unknown authority',
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unknown authority',
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unknown authority',
    SELF_SIGNED_CERT_IN_CHAIN: 'unknown authority',
    DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed',
    CERT_UNTRUSTED: 'untrusted',
    CERT_REJECTED: 'rejected',
    CERT_REVOKED: 'revoked',
    CERT_HAS_EXPIRED: 'expired',
    CERT_NOT_YET_VALID: 'not yet valid',
    CERT_SIGNATURE_FAILURE: 'wrong signature',
    INVALID_CA: 'signed by something that is no authority',
    INVALID_PURPOSE: 'not made for servers',
    HOSTNAME_MISMATCH: 'made for another host name',
    ERR_TLS_CERT_ALTNAME_INVALID: 'made for another host name',
  }),
);

function stoppedWaiting({ why }: StoppedWaiting, call: CallContext): CallFailure {
  if (why === 'size') return tooLarge(call);
  if (why === 'body') return lost(call, 'http.timeout', 'the answer did not end in time');
  return lost(call, 'http.cancelled', 'cancelled while waiting for the answer');
}

function tooLarge(call: CallContext, cause?: unknown): CallFailure {
  const message = 'the answer is larger than allowed';
  return failure(
    call,
    { kind: call.repeatable ? 'bug' : 'ambiguous', code: 'http.body_too_large', message },
    cause,
  );
}

function lost(call: CallContext, code: Code, message: string, cause?: unknown): CallFailure {
  return failure(call, { kind: call.repeatable ? 'transient' : 'ambiguous', code, message }, cause);
}

function failure(
  call: CallContext,
  facts: Pick<FailureFacts, 'kind' | 'code' | 'message'>,
  cause?: unknown,
): CallFailure {
  return new CallFailure(
    { system: call.system, operation: call.operation, ...facts },
    cause === undefined ? undefined : { cause },
  );
}

function codeOf(error: unknown): string {
  if (typeof error === 'object' && error !== null) {
    if ('code' in error && typeof error.code === 'string') return error.code;
    if ('errors' in error && Array.isArray(error.errors)) return codeOf(error.errors[0]);
  }
  return 'unknown';
}
