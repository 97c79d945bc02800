/**
 * One calendar as the operator wrote it: its form is checked, and it is not converted to instants yet. Wall times are text
 * (`22:00`, `2026-12-05T20:00`) because only `src/calendar` knows zones.
 */
import type { Role } from './commands.js';

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** Which targets a rule is for: one of each list that is given must be true of the target. */
export interface TargetFilter {
  /** Names or management ids. */
  readonly devices?: readonly string[] | undefined;
  /** Names or management ids of topmost managers. */
  readonly managers?: readonly string[] | undefined;
  /** Management ids of managers, device groups, ADOMs or CMAs above the target. */
  readonly groups?: readonly string[] | undefined;
  /** As SecureTrack names them, in any case. */
  readonly vendors?: readonly string[] | undefined;
  /** Of SecureTrack, in any case. */
  readonly domains?: readonly string[] | undefined;
  /** Tags that managers.yaml gives to devices and managers. */
  readonly tags?: readonly string[] | undefined;
}

interface Scoped {
  /** IANA name; null = the calendar's. */
  readonly zone: string | null;
  /** null = every target. */
  readonly for: TargetFilter | null;
}

/** A window or a deny that comes back. It has either `days` or `rrule`, and either `end` or `durationMs`. */
export interface RecurringRule extends Scoped {
  readonly name: string | null;
  /** The days it starts on. */
  readonly days: readonly Weekday[];
  /** Recurrence of RFC 5545 that gives the days, without `DTSTART`, times and `RRULE:`. */
  readonly rrule: string | null;
  /** `HH:MM`. */
  readonly start: string;
  /** `HH:MM` or `24:00`; not after `start` means the next day. */
  readonly end: string | null;
  /** Elapsed time: such a window keeps its length on the day of a clock change. */
  readonly durationMs: number | null;
  /** First and last date it starts on, both included; null = no bound. `validFrom` is the rule's `DTSTART`. */
  readonly validFrom: string | null;
  readonly validUntil: string | null;
  /** Dates on which it does not start, and further starts: a date (at `start`) or a wall date-time. */
  readonly exDates: readonly string[];
  readonly rDates: readonly string[];
}

export interface OneOffWindow extends Scoped {
  readonly name: string | null;
  /** `YYYY-MM-DDTHH:MM` in the zone, or with an offset or `Z`. Exactly one of `closes` and `durationMs` is set. */
  readonly opens: string;
  readonly closes: string | null;
  readonly durationMs: number | null;
}

export interface Freeze extends Scoped {
  readonly name: string;
  /** A date means its whole day in the zone (`to` included); a date-time is an instant, `to` excluded. */
  readonly from: string;
  readonly to: string;
  readonly owner: string | null;
  readonly reason: string | null;
  /** Roles that may override it; empty = no role. */
  readonly overridableBy: readonly Role[];
}

/** Open at an instant for a target: a window is active (or none is for it and `noWindow` is open), and no deny or freeze is. */
export interface CalendarRules {
  readonly name: string;
  /** always and never need no windows; denies and freezes are cut out of `always` too. */
  readonly kind: 'windows' | 'always' | 'never';
  /** IANA name. */
  readonly zone: string;
  /** A recurring start inside the missing hour: `shift` moves it by the gap, `skip` leaves that day out. */
  readonly dst: 'shift' | 'skip';
  /** For a target that no window is for. */
  readonly noWindow: 'closed' | 'open';
  readonly weekly: readonly RecurringRule[];
  readonly oneOff: readonly OneOffWindow[];
  readonly deny: readonly RecurringRule[];
  readonly freezes: readonly Freeze[];
  /** uuid of the SecureTrack change window that it is a copy of; absent: of none. */
  readonly secureTrackWindow?: string;
}
