/** A question that SecureChange asks a script while it waits: one call, one answer. */
import { canonicalJson } from './canonical-json.js';
import { cleanMarkdown, detailsPage } from './clean-text.js';
import type { ScriptAnswer } from './script-reply.js';

/** What SecureChange calls it for, with the path of its route and the answers that may be configured for a failure. */
export const QUESTIONS = {
  condition: { path: 'condition', onFailure: ['false', 'true', 'fail'] },
  assignment: { path: 'assignment', onFailure: ['fail', 'default'] },
  preAssignment: { path: 'pre-assignment', onFailure: ['fail', 'accept'] },
  validation: { path: 'validation', onFailure: ['reject', 'accept'] },
  // Never "no risk": what was not analysed is a risk.
  riskAnalysis: { path: 'risk-analysis', onFailure: ['risk', 'fail'] },
} as const satisfies Record<
  string,
  { readonly path: string; readonly onFailure: readonly [string, ...string[]] }
>;

export type QuestionKind = keyof typeof QUESTIONS;
export type OnFailure = (typeof QUESTIONS)[QuestionKind]['onFailure'][number];

export const QUESTION_KINDS = Object.keys(QUESTIONS) as [QuestionKind, ...QuestionKind[]];
export const FAILURE_ANSWERS = [
  ...new Set(Object.values(QUESTIONS).flatMap(({ onFailure }): OnFailure[] => [...onFailure])),
] as [OnFailure, ...OnFailure[]];

export function mayAnswer(kind: QuestionKind, answer: OnFailure): boolean {
  return (QUESTIONS[kind].onFailure as readonly OnFailure[]).includes(answer);
}

export interface ScriptQuestion {
  readonly kind: QuestionKind;
  /** A call that is repeated has the same one; two calls never share it. */
  readonly key: string;
  readonly script: string;
  readonly args: readonly string[];
  /** What the script reads on stdin; may be empty. */
  readonly input: string;
  /** Lower-case hex, of the input as UTF-8: what the signature covers. */
  readonly inputSha256: string;
  /** How long SecureChange waits. */
  readonly deadlineMs: number;
  /** When the gateway signed it. */
  readonly issuedAtMs: number;
  /** By the gateway: without it the script is not run. */
  readonly signature: string;
}

export function canonicalQuestion({
  input: _input,
  signature: _signature,
  ...question
}: Omit<ScriptQuestion, 'signature'> & { readonly signature?: string }): string {
  return canonicalJson({ question });
}

export type QuestionResult =
  | { readonly kind: 'answered'; readonly answer: ScriptAnswer }
  /** The caller gets the answer that is configured for a failure. */
  | { readonly kind: 'failed'; readonly why: string };

/** Markdown for the Web UI. */
export function questionDetails(result: QuestionResult): string {
  const said = result.kind === 'answered' ? 'Answered' : `Not answered: ${cleanMarkdown(result.why)}`;
  return detailsPage([said]);
}
