import type { CalendarRules, Freeze, OneOffWindow, RecurringRule } from '../../src/domain/calendar-rules.js';
import { WEEKDAYS } from '../../src/domain/calendar-rules.js';
import { createCalendars } from '../../src/calendar/create-calendars.js';
import type { CalendarExplanation, ExplainedCalendars } from '../../src/calendar/create-calendars.js';
import type { WindowPlan, WindowTarget } from '../../src/domain/window.js';

export function rules(changes: Partial<CalendarRules>): CalendarRules {
  return {
    name: 'made',
    kind: 'windows',
    zone: 'UTC',
    dst: 'shift',
    noWindow: 'closed',
    weekly: [],
    oneOff: [],
    deny: [],
    freezes: [],
    ...changes,
  };
}

export function weekly(changes: Partial<RecurringRule>): RecurringRule {
  return {
    name: null,
    days: changes.rrule === undefined ? WEEKDAYS : [],
    rrule: null,
    start: '22:00',
    end: null,
    durationMs: null,
    validFrom: null,
    validUntil: null,
    exDates: [],
    rDates: [],
    zone: null,
    for: null,
    ...changes,
  };
}

export function oneOff(changes: Partial<OneOffWindow> & Pick<OneOffWindow, 'opens'>): OneOffWindow {
  return { name: null, closes: null, durationMs: null, zone: null, for: null, ...changes };
}

export function freeze(name: string, from: string, to: string, changes: Partial<Freeze> = {}): Freeze {
  return { name, from, to, owner: null, reason: null, overridableBy: [], zone: null, for: null, ...changes };
}

export function target(changes: Partial<WindowTarget>): WindowTarget {
  return {
    id: '12',
    name: 'FW1',
    vendor: 'Panorama',
    laneKey: '3',
    laneName: 'PANO-8',
    path: ['3', '12'],
    domain: null,
    tags: [],
    ...changes,
  };
}

export function calendarsOf(...all: CalendarRules[]): ExplainedCalendars {
  return createCalendars({
    calendar: (name) => all.find((one) => one.name === name),
    calendarNames: () => all.map((one) => one.name),
  });
}

/** From an instant on; all calendars must be open. */
export function plan(
  all: CalendarRules | readonly CalendarRules[],
  from: string | number,
  horizonDays: number,
  of: WindowTarget | null = null,
): WindowPlan {
  const each = 'name' in all ? [all] : all;
  return calendarsOf(...each).plan({
    calendars: each.map(({ name }) => name),
    fromMs: typeof from === 'number' ? from : Date.parse(from),
    horizonDays,
    target: of,
  });
}

export function explain(
  one: CalendarRules,
  at: string | number,
  of: WindowTarget | null = null,
): CalendarExplanation {
  const atMs = typeof at === 'number' ? at : Date.parse(at);
  return calendarsOf(one).explain({ calendars: [one.name], atMs, target: of });
}

/** ISO text of every interval: `2027-03-14T07:30Z/2027-03-14T08:30Z`. */
export function openings(
  one: CalendarRules,
  from: string,
  horizonDays: number,
  of: WindowTarget | null = null,
): string[] {
  return plan(one, from, horizonDays, of).intervals.map(
    ({ opensAtMs, closesAtMs }) => `${minute(opensAtMs)}/${minute(closesAtMs)}`,
  );
}

export function minute(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16)}Z`;
}
