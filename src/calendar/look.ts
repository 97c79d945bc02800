/** What each rule says at one instant: the chain of reasons behind every answer. */
import type { Interval } from '../domain/window.js';
import type { ExpandedRule } from './expand.js';
import { contains } from './intervals.js';
import { formatInstant } from './zone.js';

export interface RuleLook {
  /** `calendar/rule`. */
  readonly id: string;
  readonly kind: ExpandedRule['kind'];
  /** active: it holds at that instant. later: it holds at another time of the span. */
  readonly state: 'active' | 'later' | 'noTime' | 'otherTargets';
  /** When it is active, or is next. */
  readonly time: Interval | null;
  /** One clause for a person: `window nightly/weeknight: opens 2027-03-01 22:00 +01:00 (Europe/Berlin)`. */
  readonly text: string;
}

export function lookAt(rule: ExpandedRule, atMs: number): RuleLook {
  const { id, kind, zone } = rule;
  const say = (instant: number): string => `${formatInstant(instant, zone)} (${zone})`;
  const look = (state: RuleLook['state'], time: Interval | null, what: string): RuleLook => ({
    id,
    kind,
    state,
    time,
    text: `${kind} ${id}: ${what}`,
  });
  if (!rule.applies) return look('otherTargets', null, 'is for other targets');
  const active = rule.times.find((time) => contains(time, atMs));
  if (active !== undefined)
    return look('active', active, `active until ${say(active.closesAtMs)}${who(rule)}`);
  const next = rule.times.find(({ opensAtMs }) => opensAtMs > atMs);
  if (next === undefined) return look('noTime', null, 'no occurrence in this period');
  return look('later', next, `from ${say(next.opensAtMs)} to ${say(next.closesAtMs)}${who(rule)}`);
}

function who({ freeze }: ExpandedRule): string {
  if (freeze === null) return '';
  const { owner, reason, overridableBy } = freeze;
  const said = [
    ...(reason === null ? [] : [`reason: ${reason}`]),
    ...(owner === null ? [] : [`owner: ${owner}`]),
    overridableBy.length === 0
      ? 'no role may override it'
      : `may be overridden by ${overridableBy.join(' or ')}`,
  ];
  return `; ${said.join('; ')}`;
}
