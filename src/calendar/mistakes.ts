/** What is wrong with a calendar although its form is right. It takes the zone data to see: so only this module can. */
import type { CalendarRules, RecurringRule } from '../domain/calendar-rules.js';
import type { Interval } from '../domain/window.js';
import { freezeInterval, oneOffOpening, settingsOf } from './expand.js';
import { everStarts, refusedRecurrence } from './recurrence.js';

export interface CalendarMistake {
  /** Below the calendar, as in the file: `['freezes', 0, 'to']`. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Every interval is computed as a plan would: one that comes out empty or reversed never held. */
export function mistakesOf(calendar: CalendarRules): CalendarMistake[] {
  return [
    ...(['weekly', 'deny'] as const).flatMap((list) =>
      calendar[list].flatMap((rule, index) => recurringMistakes(calendar, rule, [list, index])),
    ),
    ...calendar.oneOff.flatMap((rule, index) =>
      emptyInterval(
        () => oneOffOpening(rule, settingsOf(calendar, rule).zone),
        ['oneOff', index, 'closes'],
        'is not after opens',
      ),
    ),
    ...calendar.freezes.flatMap((rule, index) =>
      emptyInterval(
        () => freezeInterval(rule, settingsOf(calendar, rule).zone),
        ['freezes', index, 'to'],
        'is not after from, so nothing is frozen',
      ),
    ),
  ];
}

function recurringMistakes(
  calendar: CalendarRules,
  rule: RecurringRule,
  path: readonly (string | number)[],
): CalendarMistake[] {
  const { validFrom, validUntil } = rule;
  if (validFrom !== null && validUntil !== null && validUntil < validFrom)
    return [{ path: [...path, 'validUntil'], message: 'is before validFrom' }];
  const refused = refusedRecurrence(rule);
  if (refused !== null) return [{ path: [...path, 'rrule'], message: refused }];
  return everStarts(rule, settingsOf(calendar, rule))
    ? []
    : [{ path, message: 'there is no day on which it starts' }];
}

function emptyInterval(
  interval: () => Interval,
  path: readonly (string | number)[],
  message: string,
): CalendarMistake[] {
  try {
    const { opensAtMs, closesAtMs } = interval();
    return closesAtMs > opensAtMs ? [] : [{ path, message }];
  } catch (error) {
    return [
      { path, message: `cannot be computed: ${error instanceof Error ? error.message : String(error)}` },
    ];
  }
}
