import type { Code } from './codes.js';

/**
 * What a failed call means for what happens next. Decided once, where the answer is understood
 * (`securechange/vendor-texts.ts`, `integrations`), never guessed later from a status code.
 *
 * | kind | means | next |
 * | --- | --- | --- |
 * | transient | no usable answer: time-out, reset before sending, 5xx, to a read a page of HTML | reads and repeatable writes are retried |
 * | busy | "later": 429, 503, "max concurrent" | retried after the time given |
 * | ambiguous | it may have happened: connection lost after sending | repeatable calls are retried, the evidence of a push is read |
 * | locked | another user holds the task, device or policy | a timer, naming the holder |
 * | rejected | refused, and will be refused again | parks |
 * | auth | our credential is not accepted | parks, resumes on a command |
 * | bug | an answer outside the schema | a read is tried again a few times (`mayPass`); then parks with the evidence |
 */
export const FAILURE_KINDS = ['transient', 'busy', 'ambiguous', 'locked', 'rejected', 'auth', 'bug'] as const;
export type FailureKind = (typeof FAILURE_KINDS)[number];

export interface FailureFacts {
  readonly kind: FailureKind;
  /** `securechange`, `securetrack`, `itsm/<server>`, `script/<name>`, `temporal`. */
  readonly system: string;
  /** What was tried, for a person: `commit DG-B`. */
  readonly operation: string;
  readonly code: Code;
  /** One sentence for a person, without secrets or payloads. */
  readonly message: string;
  readonly status?: number;
  /** Who holds what we wanted, when the answer names them. */
  readonly holder?: string;
  readonly retryAfterMs?: number;
  /** An unexpected answer to a read: read again a few times before the ticket parks. */
  readonly mayPass?: boolean;
}

/** A call to an external system that failed. */
export class CallFailure extends Error {
  readonly facts: FailureFacts;

  constructor(facts: FailureFacts, options?: { cause?: unknown }) {
    super(`${facts.system}: ${facts.operation}: ${facts.message}`, options);
    this.name = 'CallFailure';
    this.facts = facts;
  }
}

/** We ended the call ourselves, whatever came of it. */
export function wasCancelled({ code }: FailureFacts): boolean {
  return code === 'http.cancelled';
}

export function isFailureKind(text: string): text is FailureKind {
  return (FAILURE_KINDS as readonly string[]).includes(text);
}
