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

/** Header of Temporal's messages, written by `headerValue`. */
export const TRACE_HEADER = 'sco-traces';

/** What is asked in a message of Temporal continues these spans, see `SpanStart.follows`. */
export interface Continued {
  readonly follows: readonly string[];
  /** Tickets of a push that no span is named of: there are too many, or the lane no longer knows theirs. */
  readonly unnamed: number;
}

export const NOTHING_CONTINUED: Continued = { follows: [], unnamed: 0 };

const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
/** Each activity of a push carries them: 50 are 3 KB in its history. */
const MOST = 50;

export function isTraceparent(value: unknown): value is string {
  return typeof value === 'string' && TRACEPARENT.test(value);
}

/** Of a header that any caller of Temporal may have written: what is neither span nor number is left out. */
export function continuedOf(value: unknown): Continued {
  if (!Array.isArray(value)) return NOTHING_CONTINUED;
  const spans = [...new Set(value.filter(isTraceparent))];
  const [unnamed = 0] = value.filter((row): row is number => Number.isSafeInteger(row) && row > 0);
  return { follows: spans.slice(0, MOST), unnamed: unnamed + Math.max(0, spans.length - MOST) };
}

export function headerValue({ follows, unnamed }: Continued): readonly (string | number)[] {
  return unnamed === 0 ? follows : [...follows, unnamed];
}
