/** What is suspicious in calendars although nothing is wrong: for `sco window lint`. */
import type { CalendarRules, RecurringRule } from '../domain/calendar-rules.js';
import type { Interval } from '../domain/window.js';
import { expand, settingsOf } from './expand.js';
import { merge, subtract } from './intervals.js';
import { clockChangesOf } from './recurrence.js';
import { formatInstant } from './zone.js';

const DAY_MS = 86_400_000;
const YEAR_MS = 366 * DAY_MS;

/** How a process uses calendars. */
export interface CalendarUse {
  readonly process: string;
  readonly calendars: readonly string[];
  readonly minimumRemainingMs: number;
  /** Saves Updates before its window: on every manager, or on exclusive ones only. */
  readonly saves: 'inWindow' | 'ahead' | 'early';
}

export interface LintInput {
  readonly calendars: readonly CalendarRules[];
  readonly uses: readonly CalendarUse[];
  /** How long a push usually takes, the longest of all managers. */
  readonly expectedPushMs: number;
  /** Some manager is exclusive, so `early` counts there. */
  readonly someExclusive: boolean;
  readonly nowMs: number;
  /** Without an opening in so many days a calendar is named. */
  readonly withinDays: number;
}

export interface LintFinding {
  /** Name of a calendar, or of the processes that do not go together. */
  readonly about: string;
  readonly kind:
    | 'noOpening'
    | 'tooShort'
    | 'differentWindows'
    | 'clockChange'
    | 'shadowed'
    | 'over'
    | 'unused'
    | 'noOwner';
  /** warning: something will not happen that an operator expects. note: worth a look. */
  readonly level: 'warning' | 'note';
  readonly text: string;
}

export function lint(input: LintInput): LintFinding[] {
  return [
    ...input.calendars.flatMap((calendar) => lintCalendar(calendar, input)),
    ...differentWindows(input),
  ];
}

function lintCalendar(calendar: CalendarRules, input: LintInput): LintFinding[] {
  const { nowMs, withinDays } = input;
  const found: LintFinding[] = [];
  const say = (kind: LintFinding['kind'], level: LintFinding['level'], text: string): void => {
    found.push({ about: calendar.name, kind, level, text });
  };
  const users = input.uses.filter(({ calendars }) => calendars.includes(calendar.name));
  if (users.length === 0) say('unused', 'note', 'no process uses it');
  if (calendar.kind !== 'never') {
    const { open } = expand(withoutTargets(calendar), nowMs, nowMs + withinDays * DAY_MS);
    if (open.length === 0) say('noOpening', 'warning', `it has no opening within ${withinDays} days`);
    tooShort(open, users, input, (text) => {
      say('tooShort', 'warning', text);
    });
  }
  for (const [name, rule] of recurringOf(calendar)) {
    const changes = clockChangesOf(rule, settingsOf(calendar, rule), nowMs, nowMs + YEAR_MS);
    for (const { date, what, minutes } of changes.slice(0, 4)) {
      const text = {
        shifted:
          'its start is in the hour that the clock leaves out; it begins behind it and keeps its length',
        skipped: 'its start is in the hour that the clock leaves out; it is left out (dst: skip)',
        length: `the clock changes inside it; it is ${Math.abs(minutes)} minutes ${minutes < 0 ? 'shorter' : 'longer'} than usual`,
      }[what];
      say('clockChange', what === 'skipped' ? 'warning' : 'note', `${name} on ${date}: ${text}`);
    }
  }
  for (const text of shadowed(calendar, nowMs)) say('shadowed', 'warning', text);
  for (const { name, owner } of calendar.freezes)
    if (owner === null) say('noOwner', 'note', `freeze ${name} names no owner`);
  return found;
}

/** Every target's rules at once: a question about the file, not about one target. */
function withoutTargets(calendar: CalendarRules): CalendarRules {
  const open = <T extends { readonly for: unknown }>(rule: T): T => ({ ...rule, for: null });
  return {
    ...calendar,
    weekly: calendar.weekly.map(open),
    oneOff: calendar.oneOff.map(open),
    deny: calendar.deny.filter((rule) => rule.for === null),
    freezes: calendar.freezes.filter((rule) => rule.for === null),
  };
}

function tooShort(
  open: readonly Interval[],
  users: readonly CalendarUse[],
  { expectedPushMs }: LintInput,
  say: (text: string) => void,
): void {
  for (const { process, minimumRemainingMs } of users) {
    const lengths = open.map(({ opensAtMs, closesAtMs }) => closesAtMs - opensAtMs);
    const unusable = lengths.filter((length) => length <= minimumRemainingMs).length;
    const short = lengths.filter((length) => length > minimumRemainingMs && length < expectedPushMs).length;
    const asked = `minimumRemaining of ${process} (${minutes(minimumRemainingMs)})`;
    if (unusable > 0)
      say(`${unusable} of ${open.length} openings are not longer than ${asked}: nothing is pushed in them`);
    if (short > 0)
      say(
        `${short} of ${open.length} openings are shorter than a push usually takes (${minutes(expectedPushMs)})`,
      );
  }
}

function minutes(ms: number): string {
  return `${Math.round(ms / 60_000)} min`;
}

function recurringOf(calendar: CalendarRules): (readonly [string, RecurringRule])[] {
  return (['weekly', 'deny'] as const).flatMap((list) =>
    calendar[list].map((rule, index) => [rule.name ?? `${list}-${index + 1}`, rule] as const),
  );
}

/** Rules that change nothing from now on. */
function shadowed(calendar: CalendarRules, nowMs: number): string[] {
  const { rules } = expand(withoutTargets(calendar), nowMs, nowMs + YEAR_MS);
  const denied = merge(rules.flatMap(({ kind, times }) => (kind === 'window' ? [] : times)));
  const forAll = [...calendar.weekly, ...calendar.oneOff, ...calendar.deny, ...calendar.freezes].every(
    (rule) => rule.for === null,
  );
  return rules.flatMap((rule) => {
    const { id, kind, times, zone, freeze } = rule;
    const name = `${kind} ${id.slice(id.indexOf('/') + 1)}`;
    if (times.length === 0) {
      const end = freeze === null ? '' : ` (to ${freeze.to})`;
      return [`${name}${end} is over: it has no time within a year`];
    }
    if (!forAll) return [];
    const mine = merge(times);
    const others = merge(
      rules.flatMap((other) => (other !== rule && other.kind === kind ? other.times : [])),
    );
    if (subtract(mine, others).length === 0)
      return [`${name} changes nothing: others of its kind cover all its times`];
    if (kind === 'window' && subtract(mine, denied).length === 0)
      return [
        `${name} never opens within a year: it is denied or frozen each time, first ${formatInstant(times[0]?.opensAtMs ?? nowMs, zone)}`,
      ];
    return [];
  });
}

/** Updates saved before the window ride only with a Commit in the same windows: with others they wait or hinder. */
function differentWindows({ uses, someExclusive }: LintInput): LintFinding[] {
  const ahead = uses.filter(({ saves }) => saves === 'ahead' || (saves === 'early' && someExclusive));
  return ahead.flatMap((one, index) =>
    ahead.slice(index + 1).flatMap((other): LintFinding[] =>
      one.calendars.join() === other.calendars.join()
        ? []
        : [
            {
              about: `${one.process}, ${other.process}`,
              kind: 'differentWindows',
              level: 'warning',
              text: `both save Updates before their window, in different calendars (${one.calendars.join(', ')}; ${other.calendars.join(', ')}): on a manager that both push, what one saved hinders the Commit of the other`,
            },
          ],
    ),
  );
}
