/** The one place that decides whether an answer with a good status is an answer of the system that was asked. */
import { cleanLine } from '../domain/clean-text.js';
import type { Code } from '../domain/codes.js';
import { CallFailure } from '../domain/failure.js';
import type { HttpResponse } from './http.js';
import { isNestedDeeperThan } from '../domain/json-depth.js';
import type { CallContext } from './network-failure.js';
import type { BodyKind, WriteRule } from './write-rules.js';

export interface Body {
  readonly kind: BodyKind;
  /** The parsed body where `kind` is `json`. */
  readonly json: unknown;
}

/** The content decides, for content types are often wrong or missing; a page for people is one by either. */
export function readBody({ headers, text }: Pick<HttpResponse, 'headers' | 'text'>): Body {
  const trimmed = text.replace(/^\uFEFF/, '').trim();
  if (trimmed === '') return { kind: 'empty', json: undefined };
  const isPage = /^(text\/html|application\/xhtml)/i.test(headers['content-type'] ?? '');
  const root = withoutProlog(trimmed);
  if (isPage || /^<(!doctype\s+html|html|head|body)\b/i.test(root)) {
    return { kind: 'other', json: undefined };
  }
  // A bare number, word or quoted text is valid JSON, and no answer of any system we speak to.
  if (trimmed.startsWith('{') || trimmed.startsWith('[')) {
    if (isNestedDeeperThan(MOST_LEVELS, trimmed)) return { kind: 'other', json: undefined };
    try {
      return { kind: 'json', json: JSON.parse(trimmed) };
    } catch {
      return { kind: 'other', json: undefined };
    }
  }
  return { kind: /^<(!doctype\s|[a-z_])/i.test(root) ? 'xml' : 'other', json: undefined };
}

/** Far more than any system we speak to; what reads a body goes down with it, and no answer may exhaust the stack. */
const MOST_LEVELS = 200;

/** Without the comments and the XML declaration in front. A loop: one pattern would try every way to divide them. */
function withoutProlog(text: string): string {
  let at = 0;
  for (;;) {
    while (/\s/.test(text.charAt(at))) at += 1;
    const end = text.startsWith('<!--', at) ? '-->' : text.startsWith('<?', at) ? '?>' : null;
    const found = end === null ? -1 : text.indexOf(end, at + 2);
    if (end === null || found < 0) return text.slice(at);
    at = found + end.length;
  }
}

/** Status 2xx: the server says that it did what was asked. */
export function isOk({ status }: Pick<HttpResponse, 'status'>): boolean {
  return status >= 200 && status < 300;
}

/** Enough for a sentence and its reason, too little for a page. */
const WORDS = 300;

/**
 * What a JSON or XML answer says for a person, cleaned and bounded; null for pages and for answers that say nothing. No
 * secret of its call is in it.
 */
export function wordsOf(response: Pick<HttpResponse, 'headers' | 'text' | 'cleaned'>): string | null {
  const { kind, json } = readBody(response);
  const found = kind === 'json' ? saidIn(json) : kind === 'xml' ? [elementText(response.text)] : [];
  const said = [...new Set(found.filter((text) => text.trim() !== ''))].join(': ');
  const clean = cleanLine(response.cleaned(said), WORDS);
  return clean === '' ? null : clean;
}

/** The members in which systems say why, and the one in which they put the members. */
const SAID = ['message', 'detail', 'title', 'error_description', 'errorMessages'] as const;

function saidIn(json: unknown): string[] {
  if (typeof json === 'string') return [json];
  if (Array.isArray(json)) return json.slice(0, 3).flatMap(saidIn);
  if (typeof json !== 'object' || json === null) return [];
  const row = json as Readonly<Record<string, unknown>>;
  const own = (name: string): unknown => (Object.hasOwn(row, name) ? row[name] : undefined);
  return [...saidIn(own('error')), ...SAID.flatMap((name) => saidIn(own(name))), ...saidIn(own('result'))];
}

function elementText(xml: string): string {
  return /<(?:message|detail)>([^<]*)<\//i.exec(xml.slice(0, 20_000))?.[1] ?? '';
}

/** A good status, and an `error` beside or instead of the result: something failed on the way. */
export function hasError(response: Pick<HttpResponse, 'headers' | 'text'>): boolean {
  const { json } = readBody(response);
  if (typeof json !== 'object' || json === null || !Object.hasOwn(json, 'error')) return false;
  const { error } = json as { readonly error: unknown };
  return error !== null && error !== false && error !== '';
}

const WHAT: Readonly<Record<BodyKind, string>> = {
  empty: 'an empty body',
  json: 'JSON',
  xml: 'XML',
  other: 'a body that is neither JSON nor XML',
};

/** A read that got something else than the system's answer: another try may well be served. */
export function notAnAnswer(response: HttpResponse, call: CallContext, code: Code): CallFailure {
  return new CallFailure({
    kind: 'transient',
    system: call.system,
    operation: call.operation,
    code,
    message: hasError(response)
      ? failedInside(response)
      : `answered ${response.status} with ${WHAT[readBody(response).kind]}; is something in between (a proxy, a maintenance page) answering for it?`,
    status: response.status,
  });
}

/**
 * Whether an answer proves that a write was done: status and body must be among those written down for the call. Null is
 * the proof. Anything else is `ambiguous`, or `transient` where the write may be repeated.
 */
export function unproven(
  response: HttpResponse,
  rule: Pick<WriteRule, 'statuses' | 'bodies'>,
  call: CallContext,
  code: Code,
): CallFailure | null {
  const { kind } = readBody(response);
  const right = rule.statuses.includes(response.status);
  const failed = hasError(response);
  if (right && rule.bodies.includes(kind) && !failed) return null;
  const expected = `${rule.statuses.join(' or ')} with ${rule.bodies.map((one) => WHAT[one]).join(' or ')}`;
  return new CallFailure({
    kind: call.repeatable ? 'transient' : 'ambiguous',
    system: call.system,
    operation: call.operation,
    code,
    message: failed
      ? `${failedInside(response)}; whether it was done is not known`
      : `answered ${response.status} with ${WHAT[kind]}, expected ${expected}: whether it was done is not known; is something in between answering for it?`,
    status: response.status,
  });
}

function failedInside(response: HttpResponse): string {
  const words = wordsOf(response);
  return `answered ${response.status} and an error${words === null ? '' : `: ${words}`}`;
}
