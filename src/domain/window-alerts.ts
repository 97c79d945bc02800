/** Alerts of a lane to the owner of its manager before a window opens, kept for its views. */
import { durationText } from './duration-text.js';
import { instantText } from './instant-text.js';
import type { LaneState, QueuedEnrolment } from './lane.js';
import { verdictOf } from './lane-order.js';
import { preflightLines } from './lane-view.js';
import { preflightOf, type Preflight } from './preflight.js';

/** What the tickets of a window show in SecureChange, each as `ticket on target: why`. */
export interface WindowFindings {
  readonly staleDesigns: readonly string[];
  readonly missingApprovals: readonly string[];
  readonly locks: readonly string[];
  /** Other closed gates, and tickets that cannot be read. */
  readonly others: readonly string[];
}

export interface WindowAlert {
  readonly atMs: number;
  readonly opensAtMs: number;
  /** How long before the window it was due. */
  readonly beforeMs: number;
  readonly owner: string | null;
  readonly lines: readonly string[];
  /** Where it was sent to, or why not; null where no server is configured. */
  readonly sent: string | null;
}

const HOUR_MS = 3_600_000;
/** Where no time is configured. */
const ALERT_BEFORE_MS: readonly number[] = [24 * HOUR_MS, 2 * HOUR_MS];
const MOST_KEPT = 10;
const MOST_NAMED = 10;

export interface DueAlert {
  readonly opensAtMs: number;
  readonly beforeMs: number;
  readonly preflight: Preflight;
  readonly places: readonly QueuedEnrolment[];
}

/** The next opening that a place waits for: the first one that is not open yet, and who waits for it. */
function nextOpening(
  state: LaneState,
  nowMs: number,
): { readonly opensAtMs: number; readonly places: readonly QueuedEnrolment[] } | null {
  const waiting = state.queue.flatMap((place) => {
    const verdict = verdictOf(place, nowMs);
    return verdict.kind === 'opensLater' ? [{ place, opensAtMs: verdict.opensAtMs }] : [];
  });
  if (waiting.length === 0) return null;
  const opensAtMs = Math.min(...waiting.map((one) => one.opensAtMs));
  return {
    opensAtMs,
    places: waiting.filter((one) => one.opensAtMs === opensAtMs).map(({ place }) => place),
  };
}

/** The instants at which the owner is alerted to this opening: a ticket must have waited by then. */
function instantsOf(
  { manager }: LaneState,
  { opensAtMs, places }: NonNullable<ReturnType<typeof nextOpening>>,
): readonly { readonly atMs: number; readonly beforeMs: number }[] {
  const sinceMs = Math.min(...places.map(({ enrolledAtMs }) => enrolledAtMs));
  return (manager.alertBeforeMs ?? ALERT_BEFORE_MS)
    .map((beforeMs) => ({ atMs: opensAtMs - beforeMs, beforeMs }))
    .filter(({ atMs }) => atMs >= sinceMs);
}

/** The alert that is due now; null while none is. Of several that are due only the last one. */
export function dueAlert(state: LaneState, nowMs: number): DueAlert | null {
  const opening = nextOpening(state, nowMs);
  if (opening === null) return null;
  const { opensAtMs, places } = opening;
  const due = instantsOf(state, opening).filter(({ atMs }) => atMs <= nowMs);
  const beforeMs = Math.min(...due.map((one) => one.beforeMs));
  const isSent = state.alerts.some((alert) => alert.opensAtMs === opensAtMs && alert.beforeMs <= beforeMs);
  if (due.length === 0 || isSent) return null;
  const preflight = preflightOf({ ...state, queue: [...places] }, nowMs);
  return preflight === null ? null : { opensAtMs, beforeMs, preflight, places };
}

/** When the lane must look again; null while no place waits for an opening. */
export function nextAlertMs(state: LaneState, nowMs: number): number | null {
  const opening = nextOpening(state, nowMs);
  if (opening === null) return null;
  const later = instantsOf(state, opening).flatMap(({ atMs }) => (atMs > nowMs ? [atMs] : []));
  return later.length === 0 ? null : Math.min(...later);
}

/** In sentences, for people and for the message. */
export function alertLines(
  state: LaneState,
  { opensAtMs, beforeMs, preflight }: DueAlert,
  findings: WindowFindings | null,
): readonly string[] {
  const named = (what: string, items: readonly string[]): string[] =>
    items.length === 0 ? [] : [`${what}: ${first(items)}`];
  // What the last push of the lane met.
  const rests = state.rests.flatMap(({ cause, why }) => (cause === 'locked' ? [why] : []));
  return [
    `${durationText(beforeMs)} before the window of ${state.name} at ${instantText(opensAtMs)}, tickets ${first(preflight.tickets)}`,
    ...preflightLines(preflight),
    ...(state.paused === null ? [] : [`The lane is paused by ${state.paused.by}: ${state.paused.reason}`]),
    ...(findings === null
      ? ['The tickets could not be read in SecureChange']
      : [
          ...named('Designs to be made again', findings.staleDesigns),
          ...named('Without an approval that counts', findings.missingApprovals),
          ...named('Locked', [...findings.locks, ...rests]),
          ...named('Not ready', findings.others),
        ]),
  ];
}

function first(items: readonly string[]): string {
  const more = items.length > MOST_NAMED ? `; and ${items.length - MOST_NAMED} more` : '';
  return `${items.slice(0, MOST_NAMED).join('; ')}${more}`;
}

export function noteAlert(state: LaneState, alert: WindowAlert): void {
  state.alerts = [...state.alerts, alert].slice(-MOST_KEPT);
}
