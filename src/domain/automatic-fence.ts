/** The fence of a push that SecureChange makes by itself: the lane records it before the step of the ticket is completed. */
import { automaticNow, automaticText } from './automatic-push.js';
import { codeOf, foreignIsLive, judgeForeign, noteForeign, type ForeignCheck } from './foreign.js';
import type { AutomaticDevice, LaneState, LedgerEntry } from './lane.js';
import { forget, hindrancesOf, hindranceText, isAccepted, markLeft, noteSaved } from './ledger.js';
import { memberKey } from './push.js';
import { inScope, type DevicePath } from './scope.js';
import { expectedPushMs } from './usual-lengths.js';

export interface AutomaticTarget extends AutomaticDevice {
  /** What was seen of saved changes of others; null where nothing is committed. */
  readonly foreign: ForeignCheck | null;
}

export interface BeginAutomatic {
  readonly ticketId: string;
  readonly epoch: number;
  readonly stepName: string;
  readonly targets: readonly AutomaticTarget[];
}

export type BeginAutomaticResult =
  | { readonly kind: 'begun' }
  /** Another push runs. */
  | { readonly kind: 'busy'; readonly message: string }
  | { readonly kind: 'paused'; readonly message: string }
  | { readonly kind: 'hindered'; readonly message: string }
  /** `seen` names the reading that a person may accept. */
  | { readonly kind: 'foreign'; readonly message: string; readonly target: string; readonly seen: string };

const SHORTEST_MS = 30 * 60_000;

/**
 * Checks the fence and records the intent in one synchronous step. Of other tickets nothing may go live that no named person
 * accepted: an automatic push has no members, so that no gate of theirs was judged.
 */
export function beginAutomatic(
  state: LaneState,
  { ticketId, epoch, stepName, targets }: BeginAutomatic,
  nowMs: number,
): BeginAutomaticResult {
  const running = automaticNow(state, nowMs);
  if (running?.ticketId === ticketId && running.epoch === epoch && running.stepName === stepName)
    return { kind: 'begun' };
  if (running !== null) return { kind: 'busy', message: automaticText(running) };
  if (state.push !== null)
    return { kind: 'busy', message: `push ${state.push.n} of ${state.push.targetName} runs` };
  if (state.paused) return { kind: 'paused', message: `the lane is paused by ${state.paused.by}` };
  const own = { ticketId, epoch };
  for (const { path, commits } of targets) {
    const message = commits ? othersIn(state, path, own, nowMs) : null;
    if (message !== null) return { kind: 'hindered', message };
  }
  for (const { target, targetName, foreign } of targets) {
    if (foreign === null) continue;
    const { accepted } = noteForeign(state, { target, targetName }, foreign, nowMs);
    const verdict = judgeForeign(foreign, accepted, nowMs);
    if (verdict.kind === 'blocked')
      return { kind: 'foreign', message: verdict.text, target, seen: codeOf(foreign.seen) };
  }
  const keys = new Set(targets.map(({ target }) => memberKey({ ticketId, target })));
  const replaced = state.ledger.filter((entry) => keys.has(memberKey(entry)));
  const untilMs = nowMs + Math.max(SHORTEST_MS, 3 * expectedPushMs(state));
  const known = targets.map(({ foreign: _foreign, ...target }) => target);
  state.automatic = { ticketId, epoch, stepName, targets: known, atMs: nowMs, untilMs, replaced };
  for (const { target, targetName, path, instructionDigest, commits } of targets) {
    if (!commits) continue;
    const saved = { ticketId, epoch, target, targetName, path, instructionDigest };
    noteSaved(state, { ...saved, state: 'unknown' }, nowMs);
  }
  state.version += 1;
  return { kind: 'begun' };
}

/** What others have saved in the scope of a Commit; null when nothing hinders it. */
function othersIn(
  state: LaneState,
  path: DevicePath,
  own: { readonly ticketId: string; readonly epoch: number },
  nowMs: number,
): string | null {
  const isOwn = (entry: LedgerEntry): boolean => entry.ticketId === own.ticketId && entry.epoch === own.epoch;
  const hindrances = hindrancesOf(state, path, [], nowMs).filter(
    (one) => !state.ledger.some((entry) => memberKey(entry) === memberKey(one) && isOwn(entry)),
  );
  const named = new Set(hindrances.map(memberKey));
  // Its own push would judge its gate; an automatic push does not.
  const waiting = state.ledger.flatMap((entry) =>
    inScope(path, entry.path) && !isAccepted(entry, []) && !isOwn(entry) && !named.has(memberKey(entry))
      ? [{ ...entry, why: 'notEnrolled' as const, message: 'it waits for its own push' }]
      : [],
  );
  const all = [...hindrances, ...waiting];
  return all.length === 0 ? null : hindranceText(all);
}

export interface EndAutomatic {
  readonly ticketId: string;
  /** notMade: the step was not completed, or the step that pushes was not reached. */
  readonly outcome: 'live' | 'notMade' | 'unknown';
}

/** Ends the automatic push of the ticket; nothing happens when the lane has none. */
export function endAutomatic(state: LaneState, { ticketId, outcome }: EndAutomatic, nowMs: number): void {
  const { automatic } = state;
  if (automatic?.ticketId !== ticketId) return;
  state.automatic = null;
  state.version += 1;
  const keys = automatic.targets.map(({ target }) => memberKey({ ticketId, target }));
  switch (outcome) {
    case 'notMade':
      forget(state, keys);
      state.ledger = [...state.ledger, ...automatic.replaced];
      return;
    case 'live':
      forget(state, keys);
      for (const { target, path, commits } of automatic.targets) {
        if (!commits) continue;
        foreignIsLive(state, target);
        useAcceptances(state, path);
      }
      return;
    case 'unknown':
      markLeft(state, (entry) => keys.includes(memberKey(entry)), 'failed', nowMs);
      return;
  }
}

/** An acceptance is used once. Nothing proves that the automatic push carried the change: it is unknown and hinders again. */
function useAcceptances(state: LaneState, path: DevicePath): void {
  state.ledger = state.ledger.map((entry) =>
    isAccepted(entry, []) && inScope(path, entry.path)
      ? { ...entry, accepted: null, state: 'unknown' as const }
      : entry,
  );
}
