/** What a lane keeps of overrides: which were used for which device, and the review that stays open until a person closes it. */
import { withIgnored } from './ignored.js';
import { takesMore } from './most-waiting.js';
import type { LaneState } from './lane.js';
import type { Member } from './push.js';
import { overrideUntilMs } from './override.js';
import { sameLogin } from './login.js';
import type { JudgedWindow } from './window-record.js';

const CLOSED_KEPT = 50;

export interface LaneOverride {
  readonly key: string;
  readonly ticketId: string;
  readonly by: string;
  readonly confirmedBy: string;
  readonly reason: string;
  readonly atMs: number;
  readonly untilMs: number;
  /** Management ids of devices whose call was begun under it. */
  readonly used: readonly string[];
  /** Management ids of devices for which what it named to be carried was accepted. */
  readonly acceptedFor?: readonly string[];
  /** null while the review is open. */
  readonly review: { readonly by: string; readonly reason: string; readonly atMs: number } | null;
}

/** A place came with an override: from now on its review is open. Without a review it cannot be used. */
export function noteOverride(state: LaneState, { ticketId, claim }: Member, nowMs: number): void {
  const grant = claim.override;
  if (grant === undefined || state.overrides.some(({ key }) => key === grant.ask.key)) return;
  const { ask, confirm } = grant;
  const one: LaneOverride = {
    key: ask.key,
    ticketId,
    by: ask.actor.login,
    confirmedBy: confirm.actor.login,
    reason: ask.reason,
    atMs: nowMs,
    untilMs: overrideUntilMs(ask),
    used: [],
    review: null,
  };
  const present = state.overrides.filter(({ review, untilMs }) => review === null || untilMs > nowMs);
  if (!takesMore('overrides', present.length)) {
    const why = `the override of ticket ${ticketId} cannot be used: ${present.length} others wait for their review; close some (sco lane review), then hold and resume the ticket`;
    state.ignored = withIgnored(state.ignored, { atMs: nowMs, message: 'override', why });
    return;
  }
  const past = state.overrides.filter((other) => !present.includes(other)).slice(-CLOSED_KEPT);
  state.overrides = [...past, ...present, one];
}

/** Whether the override of a member cannot be used any more: each counts for one call on each device. */
export function isUsed(state: LaneState, { target, claim }: Member): boolean {
  const grant = claim.override;
  if (grant === undefined) return false;
  if (grant.confirm.issuedAtMs < (state.overridesFromMs ?? 0)) return true;
  const noted = state.overrides.find((one) => one.key === grant.ask.key);
  return noted === undefined || noted.used.includes(target);
}

/** A call was begun, or is proven not made: the overrides that its gates judged by are used, or free again. */
export function markUsed(
  state: LaneState,
  { members, windows }: { readonly members: readonly Member[]; readonly windows: readonly JudgedWindow[] },
  used: boolean,
): void {
  const keys = windows.flatMap(({ override }) => (override === undefined ? [] : [override.key]));
  for (const { target, claim } of members) {
    const key = claim.override?.ask.key;
    if (key === undefined || !keys.includes(key)) continue;
    state.overrides = state.overrides.map((one) =>
      one.key === key
        ? { ...one, used: [...one.used.filter((id) => id !== target), ...(used ? [target] : [])] }
        : one,
    );
  }
}

export type ReviewOutcome = 'closed' | 'notFound' | 'closedBefore' | 'ownOverride';

/** Closes the review of an override; not by a person who gave it. */
export function closeReview(
  state: LaneState,
  key: string,
  { by, reason, atMs }: { readonly by: string; readonly reason: string; readonly atMs: number },
): ReviewOutcome {
  const found = state.overrides.find((one) => one.key === key);
  if (found === undefined) return 'notFound';
  if (found.review !== null) return 'closedBefore';
  if (sameLogin(found.by, by) || sameLogin(found.confirmedBy, by)) return 'ownOverride';
  state.overrides = state.overrides.map((one) =>
    one === found ? { ...one, review: { by, reason, atMs } } : one,
  );
  return 'closed';
}
