import { WEEKDAYS } from '../domain/calendar-rules.js';
import type { CalendarRules, OneOffWindow, WeeklyWindow } from '../domain/calendar-rules.js';
import type { Interval } from '../domain/window.js';
import { merge, subtract } from './intervals.js';
import { dateIn, freezeBounds, momentInstant, wallExists, wallInstant } from './zone.js';

const DAY_MS = 86_400_000;
/** The longest weekly window is seven days; one more for zones that skip or double a day. */
const REACH_MS = 9 * DAY_MS;

export interface NamedInterval extends Interval {
  readonly name: string;
}

export interface Expansion {
  /** Windows and nothing else: merged. */
  readonly allowed: readonly Interval[];
  readonly freezes: readonly NamedInterval[];
  /** Allowed minus freezes. */
  readonly open: readonly Interval[];
}

/**
 * Every opening that touches [fromMs, toMs), in UTC. Openings keep their true ends, so the first may have begun before
 * `fromMs` and the last may close after `toMs`; those of kind `always` are cut at both.
 */
export function expand(rules: CalendarRules, fromMs: number, toMs: number): Expansion {
  const freezes = rules.freezes.map((freeze) => {
    const { startMs, endMs } = freezeBounds(freeze.from, freeze.to, rules.zone);
    return { name: freeze.name, opensAtMs: startMs, closesAtMs: endMs };
  });
  const touching = windowsOf(rules, fromMs, toMs).filter(
    ({ opensAtMs, closesAtMs }) => closesAtMs > fromMs && opensAtMs < toMs,
  );
  const open = subtract(touching, merge(freezes)).filter(
    ({ opensAtMs, closesAtMs }) => closesAtMs > fromMs && opensAtMs < toMs,
  );
  return { allowed: touching, freezes, open };
}

function windowsOf(rules: CalendarRules, fromMs: number, toMs: number): readonly Interval[] {
  switch (rules.kind) {
    case 'never':
      return [];
    case 'always':
      return [{ opensAtMs: fromMs, closesAtMs: toMs }];
    case 'windows':
      return rememberedWindows(rules, Math.floor(fromMs / DAY_MS), Math.ceil(toMs / DAY_MS));
  }
}

const remembered = new WeakMap<CalendarRules, Map<string, readonly Interval[]>>();

/** Whole days, so that all questions of a day share one answer: a herd of tickets asks within minutes. */
function rememberedWindows(rules: CalendarRules, fromDay: number, toDay: number): readonly Interval[] {
  const answers = remembered.get(rules) ?? new Map<string, readonly Interval[]>();
  remembered.set(rules, answers);
  const key = `${fromDay}/${toDay}`;
  const known = answers.get(key);
  if (known !== undefined) return known;
  if (answers.size >= 16) answers.clear();
  const [fromMs, toMs] = [fromDay * DAY_MS - REACH_MS, toDay * DAY_MS + REACH_MS];
  const windows = merge([
    ...rules.weekly.flatMap((window) => weeklyOpenings(window, rules, fromMs, toMs)),
    ...rules.oneOff.map((window) => oneOffOpening(window, rules.zone)),
  ]);
  answers.set(key, windows);
  return windows;
}

function weeklyOpenings(
  window: WeeklyWindow,
  rules: CalendarRules,
  fromMs: number,
  toMs: number,
): Interval[] {
  const openings: Interval[] = [];
  const last = dateIn(rules.zone, toMs);
  for (
    let date = dateIn(rules.zone, fromMs);
    date.toString() <= last.toString();
    date = date.add({ days: 1 })
  ) {
    const day = WEEKDAYS[date.dayOfWeek - 1];
    if (day === undefined || !window.days.includes(day)) continue;
    const text = date.toString();
    if (window.validFrom !== null && text < window.validFrom) continue;
    if (window.validUntil !== null && text > window.validUntil) continue;
    if (rules.dst === 'skip' && !wallExists(date, window.start, rules.zone)) continue;
    const opensAtMs = wallInstant(date, window.start, rules.zone);
    openings.push({ opensAtMs, closesAtMs: closingOf(window, date, opensAtMs, rules.zone) });
  }
  return openings;
}

function closingOf(
  window: WeeklyWindow,
  date: ReturnType<typeof dateIn>,
  opensAtMs: number,
  zone: string,
): number {
  if (window.durationMs !== null) return opensAtMs + window.durationMs;
  const end = window.end ?? '24:00';
  return wallInstant(end > window.start ? date : date.add({ days: 1 }), end, zone);
}

function oneOffOpening(window: OneOffWindow, zone: string): Interval {
  const opensAtMs = momentInstant(window.opens, zone);
  const closesAtMs =
    window.closes === null ? opensAtMs + (window.durationMs ?? 0) : momentInstant(window.closes, zone);
  return { opensAtMs, closesAtMs };
}
