import { createHash } from 'node:crypto';
import type { CalendarRules } from '../domain/calendar-rules.js';
import { CallFailure } from '../domain/failure.js';
import type { WindowPlan } from '../domain/window.js';
import type { Calendars } from './calendar.js';
import { expand } from './expand.js';
import { contains } from './intervals.js';
import { formatInstant, tzdataVersion } from './zone.js';

const DAY_MS = 86_400_000;
const MOST_INTERVALS = 20;

/** Where the rules are read, at each question: an edited file counts from the next question on. */
export interface CalendarSource {
  calendar(name: string): CalendarRules | undefined;
  calendarNames(): readonly string[];
}

export interface CalendarExplanation {
  readonly state: 'open' | 'frozen' | 'closed';
  /** For a person: why, since when and until when, with the zone and its offset. */
  readonly text: string;
  /** End of the present opening, or the start of the next one; null when that is more than a year away. */
  readonly changesAtMs: number | null;
}

export interface ExplainedCalendars extends Calendars {
  /** Why a calendar is open or shut at an instant, and what comes next. */
  explain(calendar: string, atMs: number): CalendarExplanation;
}

/** Pure but for the source: the same rules, instant and time-zone data give the same answer, whatever the process's TZ. */
export function createCalendars(source: CalendarSource): ExplainedCalendars {
  const rulesOf = (name: string): CalendarRules => {
    const rules = source.calendar(name);
    if (rules !== undefined) return rules;
    throw new CallFailure({
      kind: 'rejected',
      system: 'calendar',
      operation: `plan ${name}`,
      code: 'calendar.unknown',
      message: `there is no calendar ${name} in calendars.yaml (it has: ${source.calendarNames().join(', ') || 'none'}); add it or correct the process definition, then retry the ticket`,
    });
  };

  return {
    names: () => source.calendarNames(),
    plan: (name, fromMs, horizonDays) => plan(rulesOf(name), fromMs, horizonDays),
    explain: (name, atMs) => explain(rulesOf(name), atMs),
  };
}

function plan(rules: CalendarRules, fromMs: number, horizonDays: number): WindowPlan {
  const toMs = fromMs + horizonDays * DAY_MS;
  const { allowed, freezes, open } = expand(rules, fromMs, toMs);
  return {
    calendar: rules.name,
    ruleVersion: ruleVersion(rules),
    tzdataVersion: tzdataVersion(),
    zone: rules.zone,
    intervals: open.slice(0, MOST_INTERVALS),
    noneReason: open.length > 0 ? null : whyNone(),
    ...(rules.kind === 'always' &&
      open.length <= MOST_INTERVALS &&
      open.at(-1)?.closesAtMs === toMs && { openEnded: true }),
  };

  function whyNone(): string {
    const span = `from ${formatInstant(fromMs, rules.zone)} to ${formatInstant(toMs, rules.zone)} (${horizonDays} days)`;
    if (rules.kind === 'never') return `calendar ${rules.name} never opens`;
    if (allowed.length === 0) return `calendar ${rules.name} has no window ${span}`;
    const guilty = freezes.filter((freeze) =>
      allowed.some((window) => freeze.opensAtMs < window.closesAtMs && window.opensAtMs < freeze.closesAtMs),
    );
    return `every window of calendar ${rules.name} ${span} is frozen: ${guilty.map((freeze) => freeze.name).join(', ')}`;
  }
}

function explain(rules: CalendarRules, atMs: number): CalendarExplanation {
  const horizonMs = atMs + 366 * DAY_MS;
  const { freezes, open } = expand(rules, atMs, horizonMs);
  const say = (instant: number): string => `${formatInstant(instant, rules.zone)} (${rules.zone})`;
  const now = open.find((interval) => contains(interval, atMs));
  if (now !== undefined) {
    const endless = now.closesAtMs >= horizonMs;
    return {
      state: 'open',
      text: `${rules.name} is open at ${say(atMs)}, ${endless ? 'for more than a year' : `until ${say(now.closesAtMs)}`}`,
      changesAtMs: endless ? null : now.closesAtMs,
    };
  }
  const next = open[0];
  const outlook = next === undefined ? 'no opening within a year' : `opens ${say(next.opensAtMs)}`;
  const freeze = freezes.find((interval) => contains(interval, atMs));
  return freeze === undefined
    ? {
        state: 'closed',
        text: `${rules.name} is closed at ${say(atMs)}; ${outlook}`,
        changesAtMs: next?.opensAtMs ?? null,
      }
    : {
        state: 'frozen',
        text: `${rules.name} is frozen at ${say(atMs)} by ${freeze.name} until ${say(freeze.closesAtMs)}; ${outlook}`,
        changesAtMs: next?.opensAtMs ?? null,
      };
}

function ruleVersion(rules: CalendarRules): string {
  return createHash('sha256').update(JSON.stringify(rules)).digest('hex').slice(0, 12);
}
