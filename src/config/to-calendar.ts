import { denialsOf } from '../calendar/ical-import.js';
import type { ImportedWindows } from '../calendar/ical-import.js';
import { mistakesOf } from '../calendar/mistakes.js';
import type { CalendarRules, RecurringRule } from '../domain/calendar-rules.js';
import type { CalendarFile, RecurringFile } from './calendar-schema.js';
import type { Mistake } from './mistakes.js';
import { pathText } from './yaml-file.js';
import type { YamlFile } from './yaml-file.js';

/** Events of the iCalendar files of a calendar; null where there is no such file. */
export interface ImportedEvents {
  readonly windows: ImportedWindows | null;
  readonly denials: ImportedWindows | null;
}

export function checkCalendar(
  yaml: YamlFile,
  name: string,
  file: CalendarFile,
  { windows: imported, denials }: ImportedEvents,
): Mistake[] {
  const here = ['calendars', name] as const;
  const mistakes: Mistake[] = [];
  const wrong = (path: readonly (string | number)[], message: string): void => {
    mistakes.push(yaml.mistake([...here, ...path], `${pathText([...here, ...path])}: ${message}`));
  };
  for (const [key, found] of [
    ['ical', imported],
    ['denyIcal', denials],
  ] as const) {
    if (found === null) wrong([key], `there is no file ${file[key] ?? ''} in the configuration folder`);
    for (const message of found?.mistakes ?? []) wrong([key], `${file[key] ?? ''}: ${message}`);
  }
  const fromFile = [...(imported?.weekly ?? []), ...(imported?.oneOff ?? [])];
  const windows = [...file.weekly, ...file.oneOff, ...fromFile];
  if (file.kind !== 'windows' && windows.length > 0) {
    wrong(['kind'], `a calendar that is ${file.kind} open has no windows; remove them or the kind`);
  }
  if (file.kind === 'windows' && windows.length === 0) {
    wrong([], 'has no window; write weekly or oneOff ones, or kind: always or never');
  }
  const forAll = windows.some((window) => window.for == null);
  if (file.kind === 'windows' && windows.length > 0 && !forAll && file.noWindow === undefined) {
    wrong([], 'every window is for some targets only; write noWindow: closed or open for the others');
  }
  for (const { path, message } of mistakesOf(toCalendar(name, file, { windows: imported, denials }))) {
    const [list, index = 0] = path;
    const own = isList(list) ? file[list].length : Infinity;
    const key = list === 'weekly' || list === 'oneOff' ? 'ical' : 'denyIcal';
    if (Number(index) < own) wrong(path, message);
    else
      wrong(
        [key],
        `${file[key] ?? ''}: event ${Number(index) - own + 1} of its ${String(list)} ones: ${message}`,
      );
  }
  return mistakes;
}

export function toCalendar(
  name: string,
  file: CalendarFile,
  { windows: imported, denials: denied }: ImportedEvents,
): CalendarRules {
  const denials = denialsOf(denied, file.zone);
  return {
    name,
    kind: file.kind,
    zone: file.zone,
    dst: file.dst,
    noWindow: file.noWindow ?? 'closed',
    weekly: [...file.weekly.map(toRecurring), ...(imported?.weekly ?? [])],
    oneOff: [
      ...file.oneOff.map((window) => ({
        name: window.name ?? null,
        opens: window.opens,
        closes: window.closes ?? null,
        durationMs: window.duration ?? null,
        ...scopeOf(window),
      })),
      ...(imported?.oneOff ?? []),
    ],
    deny: [...file.deny.map(toRecurring), ...denials.deny],
    freezes: [
      ...file.freezes.map((freeze) => ({
        name: freeze.name,
        ...('date' in freeze ? { from: freeze.date, to: freeze.date } : { from: freeze.from, to: freeze.to }),
        owner: freeze.owner ?? null,
        reason: freeze.reason ?? null,
        overridableBy: freeze.overridableBy ?? [],
        ...scopeOf(freeze),
      })),
      ...denials.freezes,
    ],
    ...(file.secureTrackWindow !== undefined && { secureTrackWindow: file.secureTrackWindow.uuid }),
  };
}

function isList(list: string | number | undefined): list is 'weekly' | 'oneOff' | 'deny' | 'freezes' {
  return list === 'weekly' || list === 'oneOff' || list === 'deny' || list === 'freezes';
}

function toRecurring(rule: RecurringFile): RecurringRule {
  return {
    name: rule.name ?? null,
    days: rule.days ?? [],
    rrule: rule.rrule ?? null,
    start: rule.start,
    end: rule.end ?? null,
    durationMs: rule.duration ?? null,
    validFrom: rule.validFrom ?? null,
    validUntil: rule.validUntil ?? null,
    exDates: rule.exdates,
    rDates: rule.rdates,
    ...scopeOf(rule),
  };
}

function scopeOf(rule: Pick<RecurringFile, 'zone' | 'for'>): Pick<RecurringRule, 'zone' | 'for'> {
  return { zone: rule.zone ?? null, for: rule.for ?? null };
}
