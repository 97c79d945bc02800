/** Calendars that are copies of change windows of SecureTrack. */
import type { Calendars } from './calendar.js';

export interface WindowCopy {
  readonly calendar: string;
  readonly uuid: string;
}

/** SecureTrack prints whole seconds, by its own clock. */
const EARLY_MS = 60_000;

export function windowCopies(
  calendars: Pick<Calendars, 'names' | 'secureTrackWindow'>,
): readonly WindowCopy[] {
  return calendars.names().flatMap((calendar) => {
    const uuid = calendars.secureTrackWindow(calendar);
    return uuid === null ? [] : [{ calendar, uuid }];
  });
}

/** None of these calendars is open when a run begins. */
export function beginsOutside(
  calendars: Pick<Calendars, 'plan'>,
  names: readonly string[],
  startMs: number,
): boolean {
  return !names.some((calendar) =>
    calendars
      .plan({ calendars: [calendar], fromMs: startMs, horizonDays: 1, target: null })
      .intervals.some(({ opensAtMs, closesAtMs }) => opensAtMs - EARLY_MS <= startMs && startMs < closesAtMs),
  );
}
