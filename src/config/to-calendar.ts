import type { CalendarRules } from '../domain/calendar-rules.js';
import type { CalendarFile } from './calendar-schema.js';
import type { Mistake } from './mistakes.js';
import { refuseKeys } from './unavailable.js';
import { pathText } from './yaml-file.js';
import type { YamlFile } from './yaml-file.js';

export function checkCalendar(yaml: YamlFile, name: string, file: CalendarFile): Mistake[] {
  const here = ['calendars', name] as const;
  const mistakes = [
    ...refuseKeys(yaml, here, file, {
      secureTrackWindow: "copies of SecureTrack's change windows",
      ical: 'iCalendar files',
    }),
    ...file.weekly.flatMap((window, index) =>
      refuseKeys(yaml, [...here, 'weekly', index], window, { rrule: 'RRULE calendars' }),
    ),
    ...file.freezes.flatMap((freeze, index) =>
      refuseKeys(yaml, [...here, 'freezes', index], freeze, { overridableBy: 'overrides of freezes' }),
    ),
  ];
  const wrong = (path: readonly (string | number)[], message: string): void => {
    mistakes.push(yaml.mistake([...here, ...path], `${pathText([...here, ...path])}: ${message}`));
  };
  if (file.kind !== 'windows' && file.weekly.length + file.oneOff.length > 0) {
    wrong(['kind'], `a calendar that is ${file.kind} open has no windows; remove them or the kind`);
  }
  if (file.kind === 'windows' && file.weekly.length + file.oneOff.length === 0) {
    wrong([], 'has no window; write weekly or oneOff ones, or kind: always or never');
  }
  file.oneOff.forEach((window, index) => {
    if (window.closes !== undefined && !isBefore(window.opens, window.closes)) {
      wrong(['oneOff', index, 'closes'], 'is not after opens');
    }
  });
  file.freezes.forEach((freeze, index) => {
    if (!('date' in freeze) && !isBefore(freeze.from, freeze.to, true)) {
      wrong(['freezes', index, 'to'], 'is before from');
    }
  });
  file.weekly.forEach((window, index) => {
    if (
      window.validFrom !== undefined &&
      window.validUntil !== undefined &&
      window.validUntil < window.validFrom
    ) {
      wrong(['weekly', index, 'validUntil'], 'is before validFrom');
    }
  });
  return mistakes;
}

/** Compares where that is possible without a zone: two wall times, two dates, or two instants. */
function isBefore(one: string, other: string, orSame = false): boolean {
  const offset = /(?:Z|[+-]\d\d:\d\d)$/;
  if (offset.test(one) && offset.test(other)) {
    return orSame ? Date.parse(one) <= Date.parse(other) : Date.parse(one) < Date.parse(other);
  }
  if (offset.test(one) || offset.test(other)) return true;
  const length = Math.min(one.length, other.length);
  const [a, b] = [one.slice(0, length), other.slice(0, length)];
  // Of different precision (a date against a date-time) equal beginnings say nothing.
  return a < b || (a === b && (orSame || one.length !== other.length));
}

export function toCalendar(name: string, file: CalendarFile): CalendarRules {
  return {
    name,
    kind: file.kind,
    zone: file.zone,
    dst: file.dst,
    weekly: file.weekly.map((window) => ({
      name: window.name ?? null,
      days: window.days ?? [],
      start: window.start,
      end: window.end ?? null,
      durationMs: window.duration ?? null,
      validFrom: window.validFrom ?? null,
      validUntil: window.validUntil ?? null,
    })),
    oneOff: file.oneOff.map((window) => ({
      name: window.name ?? null,
      opens: window.opens,
      closes: window.closes ?? null,
      durationMs: window.duration ?? null,
    })),
    freezes: file.freezes.map((freeze) =>
      'date' in freeze
        ? { name: freeze.name, from: freeze.date, to: freeze.date }
        : { name: freeze.name, from: freeze.from, to: freeze.to },
    ),
  };
}
