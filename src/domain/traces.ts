/** Traces of what a request led to: names, ids, codes and times, and never a text of a ticket or of another system. */

/** Names and ids: never a text of a ticket, a person or another system. */
export type TraceAttributes = Readonly<Record<string, string | number | undefined>>;

export interface SpanStart {
  readonly name: string;
  /** `request`: of a caller; `work`: what a workflow asked for. */
  readonly kind: 'request' | 'work';
  readonly attributes: TraceAttributes;
  /** What it continues, as W3C `traceparent`: the first is its parent, the others are linked. Without any, a new trace. */
  readonly follows: readonly string[];
}

/** One process's part of the traces. Nothing of it fails, and nothing waits for whoever collects them. */
export interface Traces {
  /** Runs it as a span, which has failed when it rejects. */
  readonly span: <T>(start: SpanStart, run: () => Promise<T>) => Promise<T>;
  /** Adds to the span that runs; nothing where none does. */
  readonly note: (attributes: TraceAttributes) => void;
  /** The span that runs has failed, with this code. */
  readonly failed: (code: string) => void;
  /** The span that runs as `traceparent`; null where none does. */
  readonly here: () => string | null;
}

/** Header of Temporal's messages: the spans that what is asked there continues, see `SpanStart.follows`. */
export const TRACE_HEADER = 'sco-traces';

const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
/** Members of a push, at most. */
const MOST = 50;

export function isTraceparent(value: unknown): value is string {
  return typeof value === 'string' && TRACEPARENT.test(value);
}

/** Of a header that any caller of Temporal may have written: what is none is left out. */
export function traceparentsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter(isTraceparent).slice(0, MOST) : [];
}
