import type { CalendarRules, WeeklyWindow } from '../../src/domain/calendar-rules.js';
import { WEEKDAYS } from '../../src/domain/calendar-rules.js';
import { createCalendars } from '../../src/calendar/create-calendars.js';
import type { ExplainedCalendars } from '../../src/calendar/create-calendars.js';

export function rules(changes: Partial<CalendarRules>): CalendarRules {
  return {
    name: 'made',
    kind: 'windows',
    zone: 'UTC',
    dst: 'shift',
    weekly: [],
    oneOff: [],
    freezes: [],
    ...changes,
  };
}

export function weekly(changes: Partial<WeeklyWindow>): WeeklyWindow {
  return {
    name: null,
    days: WEEKDAYS,
    start: '22:00',
    end: null,
    durationMs: null,
    validFrom: null,
    validUntil: null,
    ...changes,
  };
}

export function calendarsOf(...all: CalendarRules[]): ExplainedCalendars {
  return createCalendars({
    calendar: (name) => all.find((one) => one.name === name),
    calendarNames: () => all.map((one) => one.name),
  });
}

/** ISO text of every interval: `2027-03-14T07:30Z/2027-03-14T08:30Z`. */
export function openings(one: CalendarRules, from: string, horizonDays: number): string[] {
  return calendarsOf(one)
    .plan(one.name, Date.parse(from), horizonDays)
    .intervals.map(({ opensAtMs, closesAtMs }) => `${minute(opensAtMs)}/${minute(closesAtMs)}`);
}

export function minute(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16)}Z`;
}
