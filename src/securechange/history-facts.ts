import { isLoginOf, sameLogin } from '../domain/login.js';
import type { AutomationTool, ShownEvent, TicketFacts } from '../domain/ticket.js';
import { clip, MESSAGE_LENGTH, NAME_LENGTH } from './normalise.js';
import type { HistoryLine } from './wire.js';

/** Lines with which everything behind an earlier step begins again. */
const NEW_EPOCH =
  /^(reverted request to (a previous task|the requester)|reopened request to a previous task|resubmit request|ticket sent to .+ to be resubmitted)\b/i;
const AUTOMATION_FAILED = /^automatic step: (.*?) failed\b[.:,]?(?: due to:?(.*))?/is;
const AUTOMATION_WENT_ON =
  /^(automatic step: .* completed|move task to the pending status \(executing automatic tasks\))/i;
const STEP_LEFT = /^(complete request's task|move to the next step)\b/i;
const STEP_SKIPPED = /^step was skipped\b/i;
/** `Update D succeeded`, `Update device succeeded`; commits likewise. Not `Update field …`, `Update expiration date`. */
const PROVISIONED = /^(update|commit) .*\bsucceeded\.?$/is;
/** What a person's click leaves, before it is known how it ends. */
const PROVISIONING_BEGUN = /^(update|commit) device\.?$/i;

/** A line that cannot be read may be one: an approval given before it is void, rather than perhaps outdated. */
function beginsEpoch({ odd, description }: HistoryLine): boolean {
  return odd !== undefined || NEW_EPOCH.test(description ?? '');
}

/** 1 + the redos, reopenings and resubmissions: also of those whose event never reached us. */
export function epochOf(history: readonly HistoryLine[]): number {
  return 1 + history.filter(beginsEpoch).length;
}

/** The lines since the last redo, reopening or resubmission, newest first. */
export function sinceNewestEpoch(history: readonly HistoryLine[]): readonly HistoryLine[] {
  const end = history.findIndex(beginsEpoch);
  return end < 0 ? history : history.slice(0, end);
}

/** Says of a step's name whether the step was completed in this epoch; in the first one everything was. */
export function completedInEpoch(history: readonly HistoryLine[]): (stepName: string) => boolean {
  if (epochOf(history) === 1) return () => true;
  const left = sinceNewestEpoch(history).filter((line) => STEP_LEFT.test(line.description ?? ''));
  const names = new Set(left.map((line) => line.step_name));
  return (stepName) => names.has(stepName);
}

const SENT_BACK = /^reverted request to a previous task\b/i;

/**
 * Says of a step's name whether it was completed in an earlier epoch, and the ticket was only sent back to previous tasks
 * since. Whether those are later steps, its place among the steps says.
 */
export function completedBefore(history: readonly HistoryLine[]): (stepName: string) => boolean {
  return (stepName) => {
    let epochs = 0;
    for (const [index, line] of history.entries()) {
      const text = line.description ?? '';
      if (beginsEpoch(line)) {
        if (line.odd !== undefined || !SENT_BACK.test(text)) return false;
        epochs += 1;
      } else if (line.step_name === stepName) {
        if (STEP_SKIPPED.test(text)) return false;
        if (STEP_LEFT.test(text)) return epochs > 0 && !skippedIn(history.slice(index), stepName);
      }
    }
    return false;
  };
}

/** Within the epoch of the first line. */
function skippedIn(history: readonly HistoryLine[], stepName: string): boolean {
  const lines = sinceNewestEpoch(history);
  return lines.some((line) => line.step_name === stepName && STEP_SKIPPED.test(line.description ?? ''));
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
    // A line that cannot be read may begin an epoch; what it was about, it does not say.
    if (line.odd !== undefined) epoch += 1;
    else if (began !== undefined) {
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
    if (failed) {
      const reason = clip((failed[2] ?? '').trim(), MESSAGE_LENGTH);
      return { tool: toolOf(failed[1] ?? ''), reason: reason === '' ? 'none given' : reason };
    }
    if (AUTOMATION_WENT_ON.test(text)) return null;
  }
  return null;
}

/** The words by which Tufin's own SDK distinguishes the tools, in its order. */
function toolOf(text: string): AutomationTool {
  const words = text.toLowerCase();
  if (words.includes('target')) return 'target';
  if (words.includes('verifier')) return 'verifier';
  if (words.includes('designer (design stage)')) return 'design';
  if (words.includes('risk')) return 'risk';
  if (words.includes('designer (update stage)')) return 'update';
  return 'unknown';
}

/**
 * How the history names whoever performed the newest Update or Commit by hand that succeeded, in this step and epoch;
 * where SecureChange signs the success itself, whoever began it. `own` are the names of our own user, which do not count.
 */
export function provisionedByOf(
  history: readonly HistoryLine[],
  stepName: string,
  own: readonly string[],
): string | null {
  let succeeded = false;
  for (const { step_name, description, performed_by } of sinceNewestEpoch(history)) {
    if (step_name !== stepName) continue;
    const begun = PROVISIONING_BEGUN.test(description ?? '');
    if (PROVISIONED.test(description ?? '')) succeeded = true;
    else if (!begun || !succeeded) continue;
    const isPerson =
      performed_by !== null && !sameLogin(performed_by, 'System') && !isLoginOf(own, performed_by);
    if (isPerson) return clip(performed_by, NAME_LENGTH);
    // Begun by us or by the system: only a success before it can name another user.
    if (begun) succeeded = false;
  }
  return null;
}
