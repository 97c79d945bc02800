import { createHash } from 'node:crypto';

import type { WindowPolicy } from '../src/domain/process.js';
import { instantText } from '../src/domain/instant-text.js';
import type { OverrideSpan } from '../src/domain/override.js';
import { subtract } from '../src/calendar/intervals.js';
import { calendarsFor } from '../src/domain/window.js';
import type { Interval, PlannedInterval, WindowPlan, WindowQuestion } from '../src/domain/window.js';
import type { ActivityDeps } from './contract.js';

const DAY_MS = 86_400_000;

type Deps = Pick<ActivityDeps, 'calendars' | 'definitions' | 'managers' | 'clock'>;

/** Without a target only rules for every target open, every deny counts, and no manager's calendar is looked at. */
interface Question {
  readonly workflow: string;
  readonly target: WindowQuestion['target'] | null;
  /** The planned dates of the ticket's change; null where the process has none. */
  readonly planned: Interval | null;
  readonly override?: OverrideSpan | null;
}

/** The windows of one target, and the rules of its process about their end. */
export interface TargetPlan extends WindowPlan {
  readonly minimumRemainingMs: number;
  readonly whenWindowCloses: WindowPolicy['whenWindowCloses'];
}

/** A device of a ticket, as enrolments and automatic pushes name it. */
interface Device extends Omit<WindowQuestion['target'], 'id' | 'name'> {
  readonly target: string;
  readonly targetName: string;
}

export function targetOfWindow(device: Device): WindowQuestion['target'] {
  const { target: id, targetName: name, vendor, domain, laneKey, laneName, path } = device;
  return { id, name, vendor, domain, laneKey, laneName, path };
}

/** By the policy of the process definition that is in use, else by `otherwise`, as a step keeps it. */
export function planWindows(deps: Deps, question: Question, otherwise: WindowPolicy): TargetPlan {
  return planBy(deps, question, deps.definitions.processFor(question.workflow)?.window ?? otherwise);
}

/** null when no process definition is in use for the workflow. */
export function planInUse(deps: Deps, question: Question): TargetPlan | null {
  const policy = deps.definitions.processFor(question.workflow)?.window;
  return policy === undefined ? null : planBy(deps, question, policy);
}

/** The one place that decides which calendars count: the process's for this target and the one of its manager, as the files are now. */
function planBy(deps: Deps, { target, planned, override }: Question, policy: WindowPolicy): TargetPlan {
  const manager =
    target === null ? null : deps.managers.policyFor({ key: target.laneKey, name: target.laneName });
  const nowMs = deps.clock.now();
  // From the planned start on: the openings before it may be more than a plan has.
  const fromMs = Math.max(nowMs, planned?.opensAtMs ?? 0);
  const calendars = calendarsFor(policy, manager?.calendar ?? null, target);
  const tagged = target === null ? null : { ...target, tags: deps.managers.tagsOf(target) };
  const plan = deps.calendars.plan({
    calendars,
    fromMs,
    horizonDays: Math.max(0, policy.horizonDays - (fromMs - nowMs) / DAY_MS),
    target: tagged,
  });
  const { minimumRemainingMs, whenWindowCloses } = policy;
  const laterMs = target === null ? 0 : jitterOf(target.laneKey, policy.openingJitterMs);
  const open = delayed(planned === null ? plan : within(plan, planned), laterMs, minimumRemainingMs);
  const rules = { minimumRemainingMs, whenWindowCloses };
  if (override == null) {
    if (policy.onlyOverride !== true) return { ...open, ...rules };
    const noneReason = 'two persons must let an emergency go ahead, and no override of theirs counts';
    return { ...open, ...rules, intervals: [], noneReason };
  }
  const { fromMs: sinceMs, untilMs: toMs, roles } = override;
  const spans = deps.calendars.overridable({ calendars, fromMs: sinceMs, toMs, target: tagged, roles });
  const windows = policy.onlyOverride === true ? { ...open, intervals: [] } : open;
  return { ...overridden(windows, spans, override), ...rules };
}

const MOST_INTERVALS = 20;

/** The windows stay as they are; what lies between them in the span of the override opens by the override. */
function overridden(plan: WindowPlan, spans: readonly Interval[], override: OverrideSpan): WindowPlan {
  const more = subtract(spans, plan.intervals).map((span) => ({ ...span, windows: [], override }));
  const intervals = [...plan.intervals, ...more]
    .sort((a, b) => a.opensAtMs - b.opensAtMs)
    .slice(0, MOST_INTERVALS);
  const noneReason =
    intervals.length > 0 ? null : (plan.noneReason ?? 'a freeze names no role of the override');
  return { ...plan, intervals, noneReason, ruleVersion: `${plan.ruleVersion}!${override.key.slice(0, 12)}` };
}

/** What is left of the openings between the planned start and end. */
function within(plan: WindowPlan, planned: Interval): WindowPlan {
  const intervals = plan.intervals.flatMap((interval) => {
    const opensAtMs = Math.max(interval.opensAtMs, planned.opensAtMs);
    const closesAtMs = Math.min(interval.closesAtMs, planned.closesAtMs);
    return opensAtMs < closesAtMs ? [{ ...interval, opensAtMs, closesAtMs }] : [];
  });
  const { opensAtMs, closesAtMs } = planned;
  const span = `${instantText(opensAtMs)} to ${instantText(closesAtMs)}`;
  const { openEnded: _, ...rest } = plan;
  return {
    ...(intervals.at(-1)?.closesAtMs === plan.intervals.at(-1)?.closesAtMs ? plan : rest),
    intervals,
    ruleVersion: `${plan.ruleVersion}@${opensAtMs}-${closesAtMs}`,
    noneReason:
      intervals.length > 0
        ? null
        : (plan.noneReason ??
          `no opening of ${plan.calendar} lies in the planned dates of the change (${span})`),
  };
}

/** The same for one lane at each opening, so that gate, lane and every worker agree. */
function jitterOf(laneKey: string, mostMs: number): number {
  const seconds = Math.floor(mostMs / 1_000);
  const digest = createHash('sha256').update(laneKey, 'utf8').digest().readUInt32BE(0);
  return (digest % (seconds + 1)) * 1_000;
}

/** An opening that would become too short, and one without a window of its own, begins when it opens. */
function delayed(plan: WindowPlan, laterMs: number, minimumRemainingMs: number): WindowPlan {
  if (laterMs === 0) return plan;
  const later = (interval: PlannedInterval): PlannedInterval => {
    const opensAtMs = interval.opensAtMs + laterMs;
    const fits = interval.windows.length > 0 && interval.closesAtMs - opensAtMs > minimumRemainingMs;
    return fits ? { ...interval, opensAtMs } : interval;
  };
  const { intervals, ruleVersion } = plan;
  return { ...plan, intervals: intervals.map(later), ruleVersion: `${ruleVersion}+${laterMs / 1_000}s` };
}
