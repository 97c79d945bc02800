import type { AutomationTool, ShownEvent, TicketFacts } from '../domain/ticket.js';
import { clip, MESSAGE_LENGTH, NAME_LENGTH } from './normalise.js';
import type { HistoryLine } from './wire.js';

/** Lines with which everything behind an earlier step begins anew. */
const NEW_EPOCH =
  /^(reverted request to a previous task|reopened request to a previous task|resubmit request)\b/i;
const AUTOMATION_FAILED = /^automatic step: (.*?) failed due to: (.*)$/is;
const AUTOMATION_WENT_ON =
  /^(automatic step: .* completed|move task to the pending status \(executing automatic tasks\))/i;
const STEP_LEFT = /^(complete request's task|move to the next step)\b/i;
const STEP_SKIPPED = /^step was skipped\b/i;
/** Both `Update D succeeded` and the plain `Update device` a person's click leaves; commits likewise. */
const PROVISIONED = /^(update|commit)\b/i;

/** 1 + the redos, reopenings and resubmissions: also of those whose event never reached us. */
export function epochOf(history: readonly HistoryLine[]): number {
  return 1 + history.filter((line) => NEW_EPOCH.test(line.description ?? '')).length;
}

/** The lines since the last redo, reopening or resubmission, newest first. */
export function sinceNewestEpoch(history: readonly HistoryLine[]): readonly HistoryLine[] {
  const end = history.findIndex((line) => NEW_EPOCH.test(line.description ?? ''));
  return end < 0 ? history : history.slice(0, end);
}

/** Says of a step's name whether the step was completed in this epoch; in the first one everything was. */
export function completedInEpoch(history: readonly HistoryLine[]): (stepName: string) => boolean {
  if (epochOf(history) === 1) return () => true;
  const left = sinceNewestEpoch(history).filter((line) => STEP_LEFT.test(line.description ?? ''));
  const names = new Set(left.map((line) => line.step_name));
  return (stepName) => names.has(stepName);
}

const MOST_SHOWN = 60;

/** What the history says happened, newest first, once each. */
export function shownEvents(history: readonly HistoryLine[]): readonly ShownEvent[] {
  const shown = new Map<string, ShownEvent>();
  let epoch = 1;
  let failures = 0;
  for (const line of [...history].reverse()) {
    const text = line.description ?? '';
    const step = line.step_name === null ? null : clip(line.step_name, NAME_LENGTH);
    const [, began] = NEW_EPOCH.exec(text) ?? [];
    let found: ShownEvent | null = null;
    if (began !== undefined) {
      epoch += 1;
      found = { event: eventOfEpoch(began), step: null, nth: epoch };
    } else if (AUTOMATION_FAILED.test(text)) {
      failures += 1;
      found = { event: 'AUTOMATION_FAILED', step, nth: failures };
    } else if (STEP_LEFT.test(text) && step !== null) found = { event: 'ADVANCE', step, nth: epoch };
    if (found !== null) shown.set(JSON.stringify(found), found);
  }
  return [...shown.values()].reverse().slice(0, MOST_SHOWN);
}

function eventOfEpoch(words: string): ShownEvent['event'] {
  const [first] = words.toLowerCase().split(' ');
  if (first === 'reopened') return 'REOPEN';
  return first === 'resubmit' ? 'RESUBMIT' : 'REDO';
}

/** Names of steps that were skipped in this epoch. */
export function skippedSteps(history: readonly HistoryLine[]): ReadonlySet<string> {
  const lines = sinceNewestEpoch(history).filter((line) => STEP_SKIPPED.test(line.description ?? ''));
  return new Set(lines.flatMap((line) => line.step_name ?? []));
}

/** The failure of the step's newest automatic run; null when it ran on, or runs again, since. */
export function automationFailureOf(
  history: readonly HistoryLine[],
  stepName: string,
): TicketFacts['automationFailure'] {
  for (const line of sinceNewestEpoch(history)) {
    if (line.step_name !== stepName) continue;
    const text = line.description ?? '';
    const failed = AUTOMATION_FAILED.exec(text);
    if (failed)
      return { tool: toolOf(failed[1] ?? ''), reason: clip((failed[2] ?? '').trim(), MESSAGE_LENGTH) };
    if (AUTOMATION_WENT_ON.test(text)) return null;
  }
  return null;
}

/** The words by which Tufin's own SDK tells the tools apart, in its order. */
function toolOf(text: string): AutomationTool {
  const words = text.toLowerCase();
  if (words.includes('target')) return 'target';
  if (words.includes('verifier')) return 'verifier';
  if (words.includes('designer (design stage)')) return 'design';
  if (words.includes('risk')) return 'risk';
  if (words.includes('designer (update stage)')) return 'update';
  return 'unknown';
}

/** Login of whoever performed the newest Update or Commit by hand; SecureChange itself and `ownLogin` do not count. */
export function provisionedByOf(history: readonly HistoryLine[], ownLogin: string | null): string | null {
  for (const line of history) {
    if (!PROVISIONED.test(line.description ?? '')) continue;
    const by = line.performed_by;
    if (by !== null && by !== 'System' && by !== ownLogin) return clip(by, NAME_LENGTH);
  }
  return null;
}
