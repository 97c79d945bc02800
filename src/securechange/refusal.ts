import { tufinCode } from '../domain/codes.js';
import { CallFailure } from '../domain/failure.js';
import { isOk, wordsOf } from '../http/answer.js';
import type { HttpResponse } from '../http/http.js';
import { failureOfStatus } from '../http/status-failure.js';
import { clip, MESSAGE_LENGTH, toObject, toText } from './normalise.js';
import { findVendorText, VENDOR_CODES } from './vendor-texts.js';

export interface CallInfo {
  readonly system: string;
  readonly operation: string;
  readonly repeatable: boolean;
}

/**
 * What an answer outside 2xx means: a text we know, then the status where it is clear by itself, then the vendor's
 * code, then the status. `'noOp'` when there was nothing to do. A server error after a call that must not be repeated
 * stays `ambiguous` unless a known text says that nothing happened.
 */
export function readRefusal(response: HttpResponse, call: CallInfo): CallFailure | { readonly noOp: string } {
  const { code, message } = readResult(response);
  const known = message === null ? null : findVendorText(message);
  const head = { system: call.system, operation: call.operation, status: response.status };
  if (known !== null) {
    const { row, holder } = known;
    if (row.kind === 'noOp') return { noOp: row.reason };
    const unsure = row.kind === 'transient' && !call.repeatable;
    const byStatus = failureOfStatus(response, call).facts.retryAfterMs;
    return new CallFailure({
      ...head,
      kind: unsure ? 'ambiguous' : row.kind,
      code: tufinCode(call.system, row.reason),
      message: sentence(message, row.advice),
      ...(holder !== null && { holder }),
      ...(byStatus !== undefined && { retryAfterMs: byStatus }),
    });
  }
  const byStatus = failureOfStatus(response, call, wordsOf(response));
  const byCode = code === null ? undefined : VENDOR_CODES.get(code);
  if (response.status === 404 && byCode === undefined) {
    const message404 = 'it does not exist, or is not visible to our user';
    return new CallFailure({
      ...head,
      kind: 'rejected',
      code: tufinCode(call.system, 'not_found'),
      message: message404,
    });
  }
  if (byCode !== undefined && isOk(response)) {
    // A refusal with a good status: it is unknown what was done before it.
    const code = tufinCode(call.system, byCode.reason);
    const text = sentence(message, byCode.advice);
    return new CallFailure({
      ...head,
      kind: call.repeatable ? 'rejected' : 'ambiguous',
      code,
      message: text,
    });
  }
  const { kind } = byStatus.facts;
  // A general failure with a server error is not a refusal of the request: the next try may succeed.
  const passing = kind === 'transient' && byCode?.reason === 'general';
  if (byCode === undefined || kind === 'auth' || kind === 'busy' || kind === 'ambiguous' || passing)
    return byStatus;
  return new CallFailure({
    ...head,
    kind: 'rejected',
    code: tufinCode(call.system, byCode.reason),
    message: sentence(message, byCode.advice),
  });
}

/** A good status whose body is the vendor's `result` of something that failed. */
export function saysRefused(response: HttpResponse): boolean {
  const { code, message } = readResult(response);
  return (
    (code !== null && VENDOR_CODES.has(code)) || (code !== null && findVendorText(message ?? '') !== null)
  );
}

/** The vendor's own words, one clipped line, then what to do. */
function sentence(message: string | null, advice: string): string {
  if (message === null) return advice;
  return `${clip(message.replace(/\s+/g, ' ').trim(), MESSAGE_LENGTH)} (${advice})`;
}

/** `{"result":{"code","message"}}`, its XML form (which may come though JSON was asked), or nothing. */
function readResult(response: HttpResponse): {
  readonly code: string | null;
  readonly message: string | null;
} {
  const { code, message } = membersOf(response.text.slice(0, 20_000));
  return { code, message: message === null ? null : response.cleaned(message) };
}

function membersOf(text: string): { readonly code: string | null; readonly message: string | null } {
  try {
    const result = toObject(toObject(JSON.parse(text))?.['result']);
    return { code: toText(result?.['code']), message: toText(result?.['message']) };
  } catch {
    return { code: readElement(text, 'code'), message: readElement(text, 'message') };
  }
}

function readElement(xml: string, name: 'code' | 'message'): string | null {
  if (!xml.includes('<result>')) return null;
  return toText(new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]);
}
