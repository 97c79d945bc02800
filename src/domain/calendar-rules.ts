/**
 * One calendar as the operator wrote it: its form is checked, and it is not converted to instants yet. Wall times are text
 * (`22:00`, `2026-12-05T20:00`) because only `src/calendar` knows zones.
 */

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

export interface WeeklyWindow {
  readonly name: string | null;
  /** The days it starts on. */
  readonly days: readonly Weekday[];
  /** `HH:MM`. */
  readonly start: string;
  /** `HH:MM` or `24:00`; not after `start` means the next day. Exactly one of `end` and `durationMs` is set. */
  readonly end: string | null;
  /** Elapsed time: such a window keeps its length on the day of a clock change. */
  readonly durationMs: number | null;
  /** First and last date it starts on, both included; null = no bound. */
  readonly validFrom: string | null;
  readonly validUntil: string | null;
}

export interface OneOffWindow {
  readonly name: string | null;
  /** `YYYY-MM-DDTHH:MM` in the calendar's zone, or with an offset or `Z`. */
  readonly opens: string;
  readonly closes: string | null;
  readonly durationMs: number | null;
}

export interface Freeze {
  readonly name: string;
  /** A date means its whole day in the calendar's zone (`to` included); a date-time is an instant, `to` excluded. */
  readonly from: string;
  readonly to: string;
}

export interface CalendarRules {
  readonly name: string;
  /** always and never need no windows; freezes are cut out of `always` too. */
  readonly kind: 'windows' | 'always' | 'never';
  /** IANA name. */
  readonly zone: string;
  /** A weekly start inside the missing hour: `shift` moves it by the gap, `skip` leaves that day out. */
  readonly dst: 'shift' | 'skip';
  readonly weekly: readonly WeeklyWindow[];
  readonly oneOff: readonly OneOffWindow[];
  readonly freezes: readonly Freeze[];
}
