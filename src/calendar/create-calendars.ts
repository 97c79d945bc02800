import { createHash } from 'node:crypto';
import type { Role } from '../domain/commands.js';
import type { CalendarRules, Freeze } from '../domain/calendar-rules.js';
import { CallFailure } from '../domain/failure.js';
import type { Interval, WindowPlan, WindowTarget } from '../domain/window.js';
import type { Calendars, WindowAsk } from './calendar.js';
import { expand } from './expand.js';
import type { Expansion } from './expand.js';
import { contains, intersect, merge, overlap, subtract } from './intervals.js';
import { lookAt } from './look.js';
import type { RuleLook } from './look.js';
import { formatInstant, tzdataVersion } from './zone.js';

const DAY_MS = 86_400_000;
const MOST_INTERVALS = 20;
const YEAR_DAYS = 366;

/** Where the rules are read, at each question: an edited file counts from the next question on. */
export interface CalendarSource {
  calendar(name: string): CalendarRules | undefined;
  calendarNames(): readonly string[];
}

export interface CalendarExplanation {
  readonly state: 'open' | 'frozen' | 'denied' | 'closed';
  /** For a person: why, since when and until when, with the zone and its offset. */
  readonly text: string;
  /** End of the present opening, or the start of the next one; null when that is more than a year away. */
  readonly changesAtMs: number | null;
  readonly ruleVersion: string;
  readonly tzdataVersion: string;
  /** Every rule that was looked at. */
  readonly rules: readonly RuleLook[];
}

export interface ExplainedCalendars extends Calendars {
  /** Why the calendars are open or closed at an instant, and what comes next. */
  explain(ask: Omit<WindowAsk, 'fromMs' | 'horizonDays'> & { readonly atMs: number }): CalendarExplanation;
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
  const expandAll = (
    { calendars, target }: { calendars: readonly string[]; target: WindowTarget | null },
    fromMs: number,
    toMs: number,
  ): Expanded => {
    const each = [...new Set(calendars)].map((name) => {
      const rules = rulesOf(name);
      return { rules, expansion: expand(rules, fromMs, toMs, target) };
    });
    return { each, open: each.map(({ expansion }) => expansion.open).reduce(intersect), fromMs, toMs };
  };

  return {
    names: () => source.calendarNames(),
    secureTrackWindow: (name) => rulesOf(name).secureTrackWindow ?? null,
    plan: (ask) => planOf(expandAll(ask, ask.fromMs, ask.fromMs + ask.horizonDays * DAY_MS), ask.horizonDays),
    overridable: ({ fromMs, toMs, roles, ...ask }) => {
      const frozen = looked(expandAll(ask, fromMs, toMs).each)
        .filter(({ applies, freeze }) => applies && freeze !== null && !namesOne(freeze, roles))
        .flatMap(({ times }) => times);
      return subtract([{ opensAtMs: fromMs, closesAtMs: toMs }], merge(frozen));
    },
    explain: (ask) => explanationOf(expandAll(ask, ask.atMs, ask.atMs + YEAR_DAYS * DAY_MS)),
  };
}

function namesOne({ overridableBy }: Freeze, roles: readonly Role[]): boolean {
  return overridableBy.some((role) => roles.includes(role));
}

interface Expanded {
  readonly each: readonly { readonly rules: CalendarRules; readonly expansion: Expansion }[];
  /** Open in each. */
  readonly open: readonly Interval[];
  readonly fromMs: number;
  readonly toMs: number;
}

function planOf(expanded: Expanded, horizonDays: number): WindowPlan {
  const { each, open, fromMs, toMs } = expanded;
  const windows = looked(each).filter((rule) => rule.kind === 'window' && rule.applies);
  const endless = each.every(({ expansion }) => expansion.endless);
  return {
    calendar: namesOf(expanded),
    ruleVersion: ruleVersion(expanded),
    tzdataVersion: tzdataVersion(),
    zone: zoneOf(expanded),
    intervals: open.slice(0, MOST_INTERVALS).map((interval) => ({
      ...interval,
      windows: windows
        .filter(({ times }) => times.some((time) => overlap(time, interval)))
        .map(({ id }) => id),
    })),
    noneReason: open.length > 0 ? null : whyNone(expanded, horizonDays),
    reasons: looked(each).map((rule) => lookAt(rule, fromMs).text),
    ...(endless && open.length <= MOST_INTERVALS && open.at(-1)?.closesAtMs === toMs && { openEnded: true }),
  };
}

function whyNone(expanded: Expanded, horizonDays: number): string {
  const { each, fromMs, toMs } = expanded;
  const span = `from ${formatInstant(fromMs, zoneOf(expanded))} to ${formatInstant(toMs, zoneOf(expanded))} (${horizonDays} days)`;
  for (const { rules, expansion } of each) {
    if (expansion.open.length > 0) continue;
    if (rules.kind === 'never') return `calendar ${rules.name} never opens`;
    if (expansion.allowed.length === 0) {
      const others = expansion.rules.some((rule) => rule.kind === 'window' && !rule.applies);
      return `calendar ${rules.name} has no window ${others ? 'for this target ' : ''}${span}`;
    }
    const guilty = expansion.rules.filter(
      ({ kind, applies, times }) =>
        kind !== 'window' &&
        applies &&
        times.some((time) => expansion.allowed.some((window) => overlap(time, window))),
    );
    return `every window of calendar ${rules.name} ${span} is frozen: ${guilty.map(({ name }) => name).join(', ')}`;
  }
  return `the calendars ${namesOf(expanded)} are never open at the same time ${span}`;
}

function explanationOf(expanded: Expanded): CalendarExplanation {
  const { each, open, fromMs: atMs, toMs } = expanded;
  const name = namesOf(expanded);
  const say = (instant: number): string =>
    `${formatInstant(instant, zoneOf(expanded))} (${zoneOf(expanded)})`;
  const rules = looked(each).map((rule) => lookAt(rule, atMs));
  const answer = (
    state: CalendarExplanation['state'],
    text: string,
    changesAtMs: number | null,
  ): CalendarExplanation => ({
    state,
    text: `${name} ${text}`,
    changesAtMs,
    ruleVersion: ruleVersion(expanded),
    tzdataVersion: tzdataVersion(),
    rules,
  });
  const now = open.find((interval) => contains(interval, atMs));
  if (now !== undefined) {
    const endless = now.closesAtMs >= toMs;
    const until = endless ? 'for more than a year' : `until ${say(now.closesAtMs)}`;
    return answer('open', `is open at ${say(atMs)}, ${until}`, endless ? null : now.closesAtMs);
  }
  const next = open[0];
  const outlook = next === undefined ? 'no opening within a year' : `opens ${say(next.opensAtMs)}`;
  const active = (kind: RuleLook['kind']): RuleLook | undefined =>
    rules.find((rule) => rule.kind === kind && rule.state === 'active');
  const nextMs = next?.opensAtMs ?? null;
  for (const [state, cause] of [
    ['frozen', active('freeze')],
    ['denied', active('deny')],
  ] as const) {
    if (cause?.time == null) continue;
    const by = cause.id.slice(cause.id.indexOf('/') + 1);
    return answer(
      state,
      `is ${state} at ${say(atMs)} by ${by} until ${say(cause.time.closesAtMs)}; ${outlook}`,
      nextMs,
    );
  }
  return answer('closed', `is closed at ${say(atMs)}; ${outlook}`, nextMs);
}

function looked(each: Expanded['each']): Expansion['rules'] {
  return each.flatMap(({ expansion }) => expansion.rules);
}

function namesOf({ each }: Expanded): string {
  return each.map(({ rules }) => rules.name).join(', ');
}

function zoneOf({ each }: Expanded): string {
  return each[0]?.rules.zone ?? 'UTC';
}

function ruleVersion({ each }: Expanded): string {
  const counted = each.map(({ rules, expansion }) => [rules, expansion.rules.map(({ applies }) => applies)]);
  return createHash('sha256').update(JSON.stringify(counted)).digest('hex').slice(0, 12);
}
