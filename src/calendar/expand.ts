import type { CalendarRules, Freeze, RecurringRule, TargetFilter } from '../domain/calendar-rules.js';
import type { Interval, WindowTarget } from '../domain/window.js';
import { merge, subtract } from './intervals.js';
import { occurrencesOf } from './recurrence.js';
import type { RuleSettings } from './recurrence.js';
import { freezeBounds, momentInstant } from './zone.js';

const DAY_MS = 86_400_000;
/** The longest recurring window is seven days; the rest is for zones that skip or double a day. */
const REACH_MS = 9 * DAY_MS;

export type RuleKind = 'window' | 'deny' | 'freeze';

/** One rule of a calendar, with every time at which it is active near the span that was asked for. */
export interface ExpandedRule {
  /** `calendar/name`; `calendar/weekly-2` where the rule has no name. */
  readonly id: string;
  readonly kind: RuleKind;
  readonly name: string;
  readonly zone: string;
  /** False when it is for other targets; then it does not count. */
  readonly applies: boolean;
  readonly freeze: Freeze | null;
  readonly times: readonly (Interval & { readonly shifted?: boolean })[];
}

export interface Expansion {
  readonly rules: readonly ExpandedRule[];
  /** Windows that are for the target, and nothing else: merged. */
  readonly allowed: readonly Interval[];
  /** Allowed minus denies and freezes. */
  readonly open: readonly Interval[];
  /** Open but for denies and freezes: no window says when it ends. */
  readonly endless: boolean;
}

/**
 * Every opening that touches [fromMs, toMs), in UTC. Openings keep their true ends, so the first may have begun before
 * `fromMs` and the last may close after `toMs`; those without a window of their own are cut at both. Without a target
 * only windows for every target count, and every deny.
 */
export function expand(
  calendar: CalendarRules,
  fromMs: number,
  toMs: number,
  target: WindowTarget | null = null,
): Expansion {
  const touches = ({ opensAtMs, closesAtMs }: Interval): boolean => closesAtMs > fromMs && opensAtMs < toMs;
  const rules = rememberedRules(calendar, Math.floor(fromMs / DAY_MS), Math.ceil(toMs / DAY_MS)).map(
    (rule): ExpandedRule => ({
      ...rule,
      applies: rule.filter === null || isFor(rule.filter, target, rule.kind !== 'window'),
      times: rule.times.filter(touches),
    }),
  );
  const timesOf = (counts: (kind: RuleKind) => boolean): Interval[] =>
    merge(rules.flatMap((rule) => (rule.applies && counts(rule.kind) ? rule.times : [])));
  const endless = isOpenWithoutWindow(calendar, rules);
  const allowed = endless ? [{ opensAtMs: fromMs, closesAtMs: toMs }] : timesOf((kind) => kind === 'window');
  const open = subtract(
    allowed,
    timesOf((kind) => kind !== 'window'),
  ).filter(touches);
  return { rules, allowed, open, endless };
}

function isOpenWithoutWindow(calendar: CalendarRules, rules: readonly ExpandedRule[]): boolean {
  switch (calendar.kind) {
    case 'always':
      return true;
    case 'never':
      return false;
    case 'windows':
      return calendar.noWindow === 'open' && !rules.some((rule) => rule.kind === 'window' && rule.applies);
  }
}

/** What is not known of the target counts as the stricter answer: it opens nothing, and is denied. */
export function isFor(filter: TargetFilter, target: WindowTarget | null, unknown: boolean): boolean {
  if (target === null) return unknown;
  const { id, name, laneKey, laneName, path, vendor, domain, tags } = target;
  const named = (
    list: readonly string[] | undefined,
    names: readonly string[],
    isKnown = names.some((text) => text !== ''),
  ): boolean =>
    list === undefined ||
    list.some((wanted) => names.some((text) => text.toLowerCase() === wanted.toLowerCase())) ||
    (unknown && !isKnown);
  return (
    named(filter.devices, [name, id]) &&
    named(filter.managers, [laneName, laneKey]) &&
    named(filter.groups, [...path, id], path.length > 0) &&
    named(filter.vendors, [vendor]) &&
    named(filter.domains, [domain ?? '']) &&
    named(filter.tags, tags, true)
  );
}

/** Zone and DST policy of a rule that may have its own. */
export function settingsOf(calendar: CalendarRules, rule: { readonly zone: string | null }): RuleSettings {
  return { zone: rule.zone ?? calendar.zone, dst: calendar.dst };
}

type KnownRule = Omit<ExpandedRule, 'applies'> & { readonly filter: TargetFilter | null };

const remembered = new WeakMap<CalendarRules, Map<string, readonly KnownRule[]>>();

/** Whole days, so that all questions of a day share one answer: a herd of tickets asks within minutes. */
function rememberedRules(calendar: CalendarRules, fromDay: number, toDay: number): readonly KnownRule[] {
  const answers = remembered.get(calendar) ?? new Map<string, readonly KnownRule[]>();
  remembered.set(calendar, answers);
  const key = `${fromDay}/${toDay}`;
  const known = answers.get(key);
  if (known !== undefined) return known;
  if (answers.size >= 16) answers.clear();
  const rules = rulesOf(calendar, fromDay * DAY_MS - REACH_MS, toDay * DAY_MS + REACH_MS);
  answers.set(key, rules);
  return rules;
}

function rulesOf(calendar: CalendarRules, fromMs: number, toMs: number): KnownRule[] {
  const head = (
    kind: RuleKind,
    list: string,
    index: number,
    rule: { name: string | null; zone: string | null; for: TargetFilter | null },
  ): Omit<KnownRule, 'times' | 'freeze'> => {
    const name = rule.name ?? `${list}-${index + 1}`;
    const { zone } = settingsOf(calendar, rule);
    return { id: `${calendar.name}/${name}`, kind, name, zone, filter: rule.for };
  };
  const recurring =
    (kind: 'window' | 'deny', list: 'weekly' | 'deny') => (rule: RecurringRule, index: number) => ({
      ...head(kind, list, index, rule),
      freeze: null,
      times: occurrencesOf(rule, settingsOf(calendar, rule), fromMs, toMs),
    });
  return [
    ...calendar.weekly.map(recurring('window', 'weekly')),
    ...calendar.oneOff.map((rule, index) => ({
      ...head('window', 'oneOff', index, rule),
      freeze: null,
      times: [oneOffOpening(rule, settingsOf(calendar, rule).zone)],
    })),
    ...calendar.deny.map(recurring('deny', 'deny')),
    ...calendar.freezes.map((rule, index) => ({
      ...head('freeze', 'freezes', index, rule),
      freeze: rule,
      times: [freezeInterval(rule, settingsOf(calendar, rule).zone)],
    })),
  ];
}

export function freezeInterval({ from, to }: Freeze, zone: string): Interval {
  const { startMs, endMs } = freezeBounds(from, to, zone);
  return { opensAtMs: startMs, closesAtMs: endMs };
}

export function oneOffOpening(
  { opens, closes, durationMs }: CalendarRules['oneOff'][number],
  zone: string,
): Interval {
  const opensAtMs = momentInstant(opens, zone);
  const closesAtMs = closes === null ? opensAtMs + (durationMs ?? 0) : momentInstant(closes, zone);
  return { opensAtMs, closesAtMs };
}
