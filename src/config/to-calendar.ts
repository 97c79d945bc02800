import { mistakesOf } from '../calendar/mistakes.js';
import type { CalendarRules, RecurringRule } from '../domain/calendar-rules.js';
import type { CalendarFile, RecurringFile } from './calendar-schema.js';
import type { Mistake } from './mistakes.js';
import { refuseKeys } from './unavailable.js';
import { pathText } from './yaml-file.js';
import type { YamlFile } from './yaml-file.js';

export function checkCalendar(yaml: YamlFile, name: string, file: CalendarFile): Mistake[] {
  const here = ['calendars', name] as const;
  const mistakes = refuseKeys(yaml, here, file, {
    secureTrackWindow: "copies of SecureTrack's change windows",
    ical: 'iCalendar files',
  });
  const wrong = (path: readonly (string | number)[], message: string): void => {
    mistakes.push(yaml.mistake([...here, ...path], `${pathText([...here, ...path])}: ${message}`));
  };
  const windows = [...file.weekly, ...file.oneOff];
  if (file.kind !== 'windows' && windows.length > 0) {
    wrong(['kind'], `a calendar that is ${file.kind} open has no windows; remove them or the kind`);
  }
  if (file.kind === 'windows' && windows.length === 0) {
    wrong([], 'has no window; write weekly or oneOff ones, or kind: always or never');
  }
  const forAll = windows.some((window) => window.for === undefined);
  if (file.kind === 'windows' && windows.length > 0 && !forAll && file.noWindow === undefined) {
    wrong([], 'every window is for some targets only; write noWindow: closed or open for the others');
  }
  for (const { path, message } of mistakesOf(toCalendar(name, file))) wrong(path, message);
  return mistakes;
}

export function toCalendar(name: string, file: CalendarFile): CalendarRules {
  return {
    name,
    kind: file.kind,
    zone: file.zone,
    dst: file.dst,
    noWindow: file.noWindow ?? 'closed',
    weekly: file.weekly.map(toRecurring),
    oneOff: file.oneOff.map((window) => ({
      name: window.name ?? null,
      opens: window.opens,
      closes: window.closes ?? null,
      durationMs: window.duration ?? null,
      ...scopeOf(window),
    })),
    deny: file.deny.map(toRecurring),
    freezes: file.freezes.map((freeze) => ({
      name: freeze.name,
      ...('date' in freeze ? { from: freeze.date, to: freeze.date } : { from: freeze.from, to: freeze.to }),
      owner: freeze.owner ?? null,
      reason: freeze.reason ?? null,
      overridableBy: freeze.overridableBy ?? [],
      ...scopeOf(freeze),
    })),
  };
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
