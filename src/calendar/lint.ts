/** What is suspicious in calendars although nothing is wrong: for `sco window lint`. */
import type { CalendarRules, RecurringRule } from '../domain/calendar-rules.js';
import type { Interval } from '../domain/window.js';
import { expand, settingsOf } from './expand.js';
import type { ExpandedRule } from './expand.js';
import { intersect, merge, subtract } from './intervals.js';
import { clockChangesOf } from './recurrence.js';
import { formatInstant, isOnWallOnce } from './zone.js';

const DAY_MS = 86_400_000;
const YEAR_MS = 366 * DAY_MS;

/** Tickets of one process on one manager, and the calendars that must all be open for them. */
export interface CalendarUse {
  readonly process: string;
  /** null: managers that are not listed, which have the defaults. */
  readonly manager: string | null;
  readonly calendars: readonly string[];
  readonly minimumRemainingMs: number;
  /** How long a push of the manager takes, as configured. */
  readonly expectedPushMs: number;
  /** Saves Updates on this manager before its window. */
  readonly savesEarly: boolean;
}

export interface LintInput {
  readonly calendars: readonly CalendarRules[];
  readonly uses: readonly CalendarUse[];
  readonly nowMs: number;
  /** Without an opening in so many days a calendar is named. */
  readonly withinDays: number;
}

export interface LintFinding {
  /** Name of a calendar, of calendars that must be open together, or of processes that do not go together. */
  readonly about: string;
  readonly kind:
    'noOpening' | 'tooShort' | 'differentWindows' | 'clockChange' | 'shadowed' | 'unused' | 'noOwner';
  /** warning: something will not happen that an operator expects. note: worth a look. */
  readonly level: 'warning' | 'note';
  readonly text: string;
}

export function lint(input: LintInput): LintFinding[] {
  return [
    ...input.calendars.flatMap((calendar) => lintCalendar(calendar, input)),
    ...usesTogether(input),
    ...differentWindows(input),
  ];
}

function lintCalendar(calendar: CalendarRules, { uses, nowMs, withinDays }: LintInput): LintFinding[] {
  const found: LintFinding[] = [];
  const say = (kind: LintFinding['kind'], level: LintFinding['level'], text: string): void => {
    found.push({ about: calendar.name, kind, level, text });
  };
  if (!uses.some(({ calendars }) => calendars.includes(calendar.name)))
    say('unused', 'note', 'no process and no manager uses it');
  if (calendar.kind !== 'never' && openingsOf(calendar, nowMs, withinDays).length === 0)
    say('noOpening', 'warning', `it has no opening within ${withinDays} days`);
  for (const text of clockChanges(calendar, nowMs)) say('clockChange', ...text);
  for (const text of shadowed(calendar, nowMs)) say('shadowed', 'warning', text);
  for (const { name, owner } of calendar.freezes)
    if (owner === null) say('noOwner', 'note', `freeze ${name} names no owner`);
  return found;
}

/** Of every target's rules at once: a question about the file, not about one target. */
function openingsOf(calendar: CalendarRules, nowMs: number, withinDays: number): readonly Interval[] {
  const open = <T extends { readonly for: unknown }>(rule: T): T => ({ ...rule, for: null });
  const forAll = {
    ...calendar,
    weekly: calendar.weekly.map(open),
    oneOff: calendar.oneOff.map(open),
    deny: calendar.deny.filter((rule) => rule.for === null),
    freezes: calendar.freezes.filter((rule) => rule.for === null),
  };
  return expand(forAll, nowMs, nowMs + withinDays * DAY_MS).open;
}

/** What a process and a manager have together: no opening, or openings that no push fits into. */
function usesTogether({ calendars, uses, nowMs, withinDays }: LintInput): LintFinding[] {
  const openings = new Map(calendars.map((one) => [one.name, openingsOf(one, nowMs, withinDays)]));
  const found = uses.flatMap((use): LintFinding[] => {
    const each = use.calendars.map((name) => openings.get(name) ?? []);
    const open = each.reduce(intersect);
    const about = use.calendars.join(' and ');
    const who = `${use.process}${use.manager === null ? '' : ` on ${use.manager}`}`;
    if (open.length === 0) {
      // A calendar without any opening is named already.
      if (each.length < 2 || each.some((one) => one.length === 0)) return [];
      const text = `they are never open together within ${withinDays} days, so nothing is pushed for ${who}`;
      return [{ about, kind: 'noOpening', level: 'warning', text }];
    }
    return tooShort(open, use, who).map((text) => ({ about, kind: 'tooShort', level: 'warning', text }));
  });
  return [...new Map(found.map((one) => [`${one.about}/${one.text}`, one])).values()];
}

function tooShort(
  open: readonly Interval[],
  { minimumRemainingMs, expectedPushMs }: CalendarUse,
  who: string,
): string[] {
  const lengths = open.map(({ opensAtMs, closesAtMs }) => closesAtMs - opensAtMs);
  const unusable = lengths.filter((length) => length <= minimumRemainingMs).length;
  const short = lengths.filter((length) => length > minimumRemainingMs && length < expectedPushMs).length;
  const of = `of ${open.length} openings`;
  return [
    ...(unusable === 0
      ? []
      : [
          `${unusable} ${of} are not longer than minimumRemaining of ${who} (${minutes(minimumRemainingMs)}): nothing is pushed in them`,
        ]),
    ...(short === 0
      ? []
      : [`${short} ${of} are shorter than a push of ${who} usually takes (${minutes(expectedPushMs)})`]),
  ];
}

function minutes(ms: number): string {
  return `${Math.round(ms / 60_000)} min`;
}

type Said = readonly [level: LintFinding['level'], text: string];

/** Dates of the next year on which the clock changes what is written. */
function clockChanges(calendar: CalendarRules, nowMs: number): Said[] {
  const recurring = (['weekly', 'deny'] as const).flatMap((list) =>
    calendar[list].flatMap((rule: RecurringRule, index) => {
      const name = rule.name ?? `${list}-${index + 1}`;
      const changes = clockChangesOf(rule, settingsOf(calendar, rule), nowMs, nowMs + YEAR_MS);
      return changes.slice(0, 4).map(({ date, what, minutes: by }): Said => {
        const text = {
          shifted:
            'its start is in the hour that the clock leaves out; it begins behind it and keeps its length',
          skipped: 'its start is in the hour that the clock leaves out; it is left out (dst: skip)',
          length: `the clock changes inside it; it is ${Math.abs(by)} minutes ${by < 0 ? 'shorter' : 'longer'} than usual`,
        }[what];
        return [what === 'skipped' ? 'warning' : 'note', `${name} on ${date}: ${text}`];
      });
    }),
  );
  const once = [
    ...calendar.oneOff.map((rule, index) => ({
      name: rule.name ?? `oneOff-${index + 1}`,
      zone: settingsOf(calendar, rule).zone,
      moments: [rule.opens, ...(rule.closes === null ? [] : [rule.closes])],
    })),
    ...calendar.freezes.map((rule) => ({
      name: rule.name,
      zone: settingsOf(calendar, rule).zone,
      moments: [rule.from, rule.to],
    })),
  ].flatMap(({ name, zone, moments }) =>
    moments
      .filter((moment) => !isOnWallOnce(moment, zone))
      .map((moment): Said => {
        return [
          'note',
          `${name}: the clock of ${zone} leaves out or repeats ${moment}; write it with an offset`,
        ];
      }),
  );
  return [...recurring, ...once];
}

/** Rules that change nothing from now on. Only those count against a rule that are for every target, or for the same. */
function shadowed(calendar: CalendarRules, nowMs: number): string[] {
  const { rules } = expand(calendar, nowMs, nowMs + YEAR_MS);
  const filters = [...calendar.weekly, ...calendar.oneOff, ...calendar.deny, ...calendar.freezes].map(
    (rule) => (rule.for === null ? null : JSON.stringify(rule.for)),
  );
  return rules.flatMap((rule, index) => {
    const { id, kind, times, zone, freeze } = rule;
    const name = `${kind} ${id.slice(id.indexOf('/') + 1)}`;
    if (times.length === 0) {
      const end = freeze === null ? '' : ` (to ${freeze.to})`;
      return [`${name}${end} has no occurrence within a year: remove it`];
    }
    const isForSame = (_: ExpandedRule, other: number): boolean =>
      other !== index && (filters[other] === null || filters[other] === filters[index]);
    const others = rules.filter(isForSame);
    const timesOf = (counts: (one: ExpandedRule) => boolean): readonly Interval[] =>
      merge(others.filter(counts).flatMap((other) => other.times));
    const mine = merge(times);
    if (
      subtract(
        mine,
        timesOf((other) => other.kind === kind),
      ).length === 0
    )
      return [`${name} changes nothing: others of its kind cover all its times`];
    if (
      kind === 'window' &&
      subtract(
        mine,
        timesOf((other) => other.kind !== 'window'),
      ).length === 0
    )
      return [
        `${name} never opens within a year: it is denied or frozen each time, first ${formatInstant(times[0]?.opensAtMs ?? nowMs, zone)}`,
      ];
    return [];
  });
}

/** Updates saved before the window ride only with a Commit in the same windows: with others they wait or hinder. */
function differentWindows({ uses }: LintInput): LintFinding[] {
  const early = uses.filter(({ savesEarly }) => savesEarly);
  const pairs = early.flatMap((one, index) =>
    early
      .slice(index + 1)
      .filter(
        (other) =>
          one.process !== other.process &&
          one.manager === other.manager &&
          one.calendars.join() !== other.calendars.join(),
      )
      .map((other) => ({ one, other })),
  );
  const grouped = new Map<string, typeof pairs>();
  for (const pair of pairs) {
    const { one, other } = pair;
    const key = JSON.stringify([one.process, other.process, one.calendars, other.calendars]);
    grouped.set(key, [...(grouped.get(key) ?? []), pair]);
  }
  return [...grouped.values()].flatMap((same): LintFinding[] => {
    const [first] = same;
    if (first === undefined) return [];
    const { one, other } = first;
    const listed = same.flatMap(({ one: { manager } }) => (manager === null ? [] : [manager]));
    const where = listed.length === same.length ? `on ${listed.join(', ')}` : 'on a manager that both push';
    return [
      {
        about: `${one.process}, ${other.process}`,
        kind: 'differentWindows',
        level: 'warning',
        text: `both save Updates before their window, in different calendars (${one.calendars.join(', ')}; ${other.calendars.join(', ')}): ${where}, what one saved hinders the Commit of the other`,
      },
    ];
  });
}
