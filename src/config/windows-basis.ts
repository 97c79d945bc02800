import { createHash } from 'node:crypto';
import { createCalendars, type ExplainedCalendars } from '../calendar/create-calendars.js';
import type { ScopeSource } from '../calendar/scope.js';
import type { WindowQuestion } from '../domain/window.js';
import type { OperatorConfig } from './operator-config.js';

const known = new WeakMap<OperatorConfig, string>();

/** Digest of all that windows are computed from, time-zone data included: another one means other windows, perhaps. */
export function basisOf(config: OperatorConfig): string {
  const before = known.get(config);
  if (before !== undefined) return before;
  const { calendars, processes, managers, tags } = config;
  const decides = [
    process.versions['tz'],
    calendars,
    processes.map(({ workflow, window }) => [
      workflow,
      window.calendar,
      window.perTarget,
      window.openingJitterMs,
      window.minimumRemainingMs,
      window.whenWindowCloses,
      window.horizonDays,
      window.plannedDates,
      window.onlyOverride,
    ]),
    managers.map(({ name, policy }) => [name, policy.calendar]),
    tags,
  ];
  const basis = createHash('sha256').update(JSON.stringify(decides)).digest('hex').slice(0, 12);
  known.set(config, basis);
  return basis;
}

/** In any case of the letters, as the rules that use them. */
export function tagsOf({ tags }: Pick<OperatorConfig, 'tags'>, target: WindowQuestion['target']): string[] {
  const { id, name, laneKey, laneName, path } = target;
  const own = new Set([id, name, laneKey, laneName, ...path].map((text) => text.toLowerCase()));
  return Object.entries(tags).flatMap(([tag, names]) =>
    names.some((text) => own.has(text.toLowerCase())) ? [tag] : [],
  );
}

/** The calendars of one configuration. */
export function calendarsOf({ calendars }: Pick<OperatorConfig, 'calendars'>): ExplainedCalendars {
  return createCalendars({
    calendar: (name) => calendars.find((one) => one.name === name),
    calendarNames: () => calendars.map(({ name }) => name),
  });
}

/** What questions about windows are answered from. */
export function scopeSourceOf(config: OperatorConfig): ScopeSource {
  const { calendars, processes, managers } = config;
  const calendarNames = calendars.map(({ name }) => name);
  return { calendarNames, processes, managers, tagsOf: (target) => tagsOf(config, target) };
}
