/** A second evaluator: it steps minute by minute and asks only Intl what a clock on the wall shows. No date library. */
import type { CalendarRules, RecurringRule } from '../../../src/domain/calendar-rules.js';
import type { WindowTarget } from '../../../src/domain/window.js';
import { addDays, MINUTE, timelineOf } from './timeline.js';
import type { Timeline } from './timeline.js';

/** On which dates a rule starts, worked out by counting days; `exists` says whether its start is on the wall that day. */
export type StartsOn = (date: string, exists: (date: string) => boolean) => boolean;

export interface MadeCalendar {
  readonly rules: CalendarRules;
  /** For each recurring rule, in the order of `weekly` and then `deny`. */
  readonly startsOn: ReadonlyMap<RecurringRule, StartsOn>;
}

/** Open or not at each minute of the span. Its first and last days are not whole: do not look at them. */
export function openMinutes(
  { rules, startsOn }: MadeCalendar,
  startMs: number,
  days: number,
  target: WindowTarget,
): Uint8Array {
  const count = days * 1440;
  const allowed = new Uint8Array(count);
  const denied = new Uint8Array(count);
  const at = (rule: { zone: string | null }): Timeline => timelineOf(rule.zone ?? rules.zone, startMs, days);
  const counts = (rule: Pick<RecurringRule, 'for'>): boolean =>
    rule.for === null ||
    ((rule.for.devices?.includes(target.name) ?? true) &&
      (rule.for.vendors?.includes(target.vendor) ?? true) &&
      (rule.for.managers?.includes(target.laneName) ?? true));
  const fill = (mask: Uint8Array, from: number, to: number): void => {
    mask.fill(1, Math.max(0, Math.min(count, from)), Math.max(0, Math.min(count, to)));
  };
  const recur = (mask: Uint8Array, rule: RecurringRule): void => {
    if (!counts(rule)) return;
    for (const [from, to] of recurringMinutes(rule, startsOn.get(rule)!, rules.dst, at(rule)))
      fill(mask, from, to);
  };
  for (const rule of rules.weekly) recur(allowed, rule);
  for (const rule of rules.oneOff) {
    if (!counts(rule)) continue;
    const from = momentMinute(rule.opens, at(rule));
    fill(
      allowed,
      from,
      rule.closes === null ? from + rule.durationMs! / MINUTE : momentMinute(rule.closes, at(rule)),
    );
  }
  const someWindow = [...rules.weekly, ...rules.oneOff].some(counts);
  if (rules.kind === 'always' || (!someWindow && rules.noWindow === 'open')) allowed.fill(1);
  for (const rule of rules.deny) recur(denied, rule);
  for (const rule of rules.freezes) {
    if (!counts(rule)) continue;
    const timeline = at(rule);
    const wide = (text: string, end: boolean): number => {
      if (!text.includes('T')) return timeline.minuteOf(end ? addDays(text, 1) : text, '00:00').index;
      if (/Z$|[+-]\d\d:\d\d$/.test(text)) return momentMinute(text, timeline);
      const [date = '', time = ''] = text.split('T');
      return end ? timeline.lastMinuteOf(date, time) : earlierMinute(date, time, timeline);
    };
    fill(denied, wide(rule.from, false), wide(rule.to, true));
  }
  return allowed.map((open, index) => (open === 1 && denied[index] === 0 ? 1 : 0));
}

/** Of a repeated wall time the first, of a missing one as far before the gap's end as the later offset says. */
function earlierMinute(date: string, time: string, timeline: Timeline): number {
  const { index, missing } = timeline.minuteOf(date, time);
  if (!missing || timeline.walls[index] === undefined) return index;
  // The wall jumps by the gap at one minute: what is `n` behind the gap in `shift` is `gap - n` before its end.
  let edge = index;
  while (timeline.walls[edge - 1] !== undefined && jump(timeline, edge) <= 1) edge -= 1;
  return index - (jump(timeline, edge) - 1);
}

function jump({ walls }: Timeline, index: number): number {
  return (
    (Date.parse(`${walls[index]!.replace(' ', 'T')}Z`) -
      Date.parse(`${walls[index - 1]!.replace(' ', 'T')}Z`)) /
    MINUTE
  );
}

function momentMinute(text: string, timeline: Timeline): number {
  if (/Z$|[+-]\d\d:\d\d$/.test(text)) return (Date.parse(text) - timeline.startMs) / MINUTE;
  const [date = '', time = ''] = text.split('T');
  return timeline.minuteOf(date, time).index;
}

function recurringMinutes(
  rule: RecurringRule,
  startsOn: StartsOn,
  dst: CalendarRules['dst'],
  timeline: Timeline,
): [number, number][] {
  const exists = (date: string): boolean => dst === 'shift' || !timeline.minuteOf(date, rule.start).missing;
  const wallMinutes = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
  // Not the days at either end, which are not whole.
  return timeline.dates.slice(2, -3).flatMap((date): [number, number][] => {
    if (rule.validFrom !== null && date < rule.validFrom) return [];
    if (rule.validUntil !== null && date > rule.validUntil) return [];
    if (rule.exDates.includes(date) || !exists(date)) return [];
    if (!startsOn(date, exists) && !rule.rDates.includes(date)) return [];
    const start = timeline.minuteOf(date, rule.start);
    if (rule.end === null) return [[start.index, start.index + rule.durationMs! / MINUTE]];
    const overnight = rule.end <= rule.start;
    const length = wallMinutes(rule.end) - wallMinutes(rule.start) + (overnight ? 1440 : 0);
    const midnight = rule.end === '24:00';
    const end = timeline.minuteOf(
      overnight || midnight ? addDays(date, 1) : date,
      midnight ? '00:00' : rule.end,
    ).index;
    return [[start.index, start.missing || end <= start.index ? start.index + length : end]];
  });
}
