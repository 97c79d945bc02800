/** What went live inside, outside and beyond change windows, and which openings were missed: one row each. */
import { instantText } from './instant-text.js';
import type { Interval } from './window.js';
import type { JudgedWindow, LanePush, LaneWindows, LiveByOthers, MissedOpening } from './window-record.js';

export const WINDOW_STATES = [
  /** Made live by us, in an opening that was open for each change. */
  'inside',
  /** Made live by us, with what a named person allowed beyond its window or approval. */
  'overridden',
  /** Made live by us while no opening was open: it must not happen. */
  'outside',
  /** Made live by others, in its opening. */
  'insideByOthers',
  /** Made live by others, not provably in its opening. */
  'outsideByOthers',
  /** An opening in which a ticket waited and nothing was pushed for it. */
  'missed',
] as const;
export type WindowState = (typeof WINDOW_STATES)[number];

export interface WindowRow {
  readonly atMs: number;
  readonly lane: string;
  readonly target: string;
  readonly tickets: readonly string[];
  readonly state: WindowState;
  readonly calendar: string | null;
  /** With rule version, time-zone data and windows where the gate judged by it. */
  readonly opening: (Interval & Partial<JudgedWindow>) | null;
  /** For a person: what happened, who allowed it, why it was missed. */
  readonly text: string;
}

/** The rows of all lanes since an instant, oldest first. */
export function windowRows(lanes: readonly LaneWindows[], sinceMs: number): readonly WindowRow[] {
  return lanes
    .flatMap((lane) => [
      ...lane.pushes.map((push) => pushRow(lane, push)),
      ...lane.liveByOthers.map((one) => othersRow(lane, one)),
      ...lane.missed.map((one) => missedRow(lane, one)),
    ])
    .filter(({ atMs }) => atMs >= sinceMs)
    .sort((a, b) => a.atMs - b.atMs);
}

type Named = Pick<LaneWindows, 'key' | 'name'>;

function pushRow({ name: lane }: Named, push: LanePush): WindowRow {
  const { n, target, tickets, result, enforced } = push;
  const { atMs, inside, windows, accepted, overridden = [] } = enforced;
  const state = accepted.length + overridden.length > 0 ? 'overridden' : inside ? 'inside' : 'outside';
  const allowed = accepted.map(
    ({ ticketId, by, reason }) => `with what ticket ${ticketId} had saved, accepted by ${by}: ${reason}`,
  );
  const beyond = overridden.map(
    ({ by, confirmedBy, reason }) =>
      `beyond its window by the override of ${by}, confirmed by ${confirmedBy}: ${reason}`,
  );
  const opening = windows[0] ?? null;
  return {
    atMs,
    lane,
    target,
    tickets: [...new Set([...tickets, ...accepted.map(({ ticketId }) => ticketId)])],
    state,
    calendar: windows.length === 0 ? null : [...new Set(windows.map(({ calendar }) => calendar))].join('; '),
    opening,
    text: [`push ${n}: ${result}`, ...beyond, ...allowed].join('; '),
  };
}

function othersRow({ name: lane }: Named, one: LiveByOthers): WindowRow {
  const { ticketId, targetName, what, afterMs, seenAtMs, opening, calendar } = one;
  return {
    atMs: seenAtMs,
    lane,
    target: targetName,
    tickets: [ticketId],
    state: opening === null ? 'outsideByOthers' : 'insideByOthers',
    calendar,
    opening,
    text:
      afterMs === seenAtMs ? what : `${what}, between ${instantText(afterMs)} and ${instantText(seenAtMs)}`,
  };
}

function missedRow({ name: lane }: Named, one: MissedOpening): WindowRow {
  const { ticketId, targetName: target, calendar, opensAtMs, closesAtMs, why } = one;
  const opening = { opensAtMs, closesAtMs };
  return {
    atMs: closesAtMs,
    lane,
    target,
    tickets: [ticketId],
    state: 'missed',
    calendar,
    opening,
    text: why,
  };
}
