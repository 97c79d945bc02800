import type { Enrolment, EnrolmentWindow, SaveTime } from '../src/domain/lane.js';
import type { Leave } from '../src/domain/lane-places.js';
import type { WindowPolicy } from '../src/domain/process.js';
import type { Interval, WindowQuestion } from '../src/domain/window.js';
import { intervalsOf, judgeWindow } from '../src/domain/window.js';
import type { OverrideGrant } from '../src/domain/override.js';
import type { EarlierWave, FailedTarget, PartialFailure } from '../src/domain/partial-failure.js';
import type { Claim } from '../src/domain/push.js';
import type { DevicePath } from '../src/domain/scope.js';
import { PLANNED_CODES } from '../src/domain/planned-dates.js';
import type { PlannedCode, PlannedReading } from '../src/domain/planned-dates.js';
import type { ActivityDeps } from './contract.js';
import { revisionsNow } from './foreign.js';
import { namedToCarry } from '../src/domain/emergency.js';
import type { Conflict, ConflictPolicy, Touches } from '../src/domain/conflicts.js';
import { openLane } from './lane-link.js';
import { readPlanned } from './planned-dates.js';
import { overrideInUse } from './override-in-use.js';
import { planWindows, targetOfWindow } from './windows.js';
import type { TargetPlan } from './windows.js';
import { withHeartbeat } from './with-heartbeat.js';

/** A device that hundreds of tickets change names the first ones. */
const MOST_CONFLICTS = 20;

export interface EnrolItem {
  readonly target: string;
  readonly targetName: string;
  readonly path: DevicePath;
  readonly laneKey: string;
  readonly laneName: string;
  readonly kind: Enrolment['kind'];
  readonly wants: Enrolment['wants'];
  readonly saved: boolean;
  readonly hasSaved: boolean;
  readonly mayLead: boolean;
  readonly instructionDigest: string;
  readonly commitBaseline: string | null;
  readonly vendor: string;
  readonly domain: string | null;
  readonly touches?: Touches;
  readonly failed?: FailedTarget;
  readonly readUntil?: number;
  readonly without?: readonly string[];
  readonly over?: readonly string[];
  readonly earlierWave?: EarlierWave;
  readonly override?: OverrideGrant;
}

export interface EnrolInput {
  readonly ticketId: string;
  /** The SecureChange workflow: its process definition names the calendar. */
  readonly workflow: string;
  readonly epoch: number;
  readonly priority: number;
  readonly placeNumber: number;
  readonly items: readonly EnrolItem[];
  /** What was assessed and approved, the same for all targets. */
  readonly claim: Omit<Claim, 'instructionDigest' | 'commitBaseline'>;
  readonly saves: SaveTime;
  /** SecureTrack's change windows commit what is only saved here. */
  readonly secureTrack?: boolean;
  /** Of the process; absent: other tickets on the same device or rule are ignored. */
  readonly conflicts?: ConflictPolicy;
  /** Of the process; absent: the failure of one target does not hold up the others. */
  readonly partialFailure?: PartialFailure;
  /** As the step keeps it. Which calendars count is read live. */
  readonly window: WindowPolicy;
}

/** The outlook of all targets with the same windows. */
export interface CalendarOutlook {
  readonly calendar: string;
  readonly zone: string;
  /** The next opening; null when there is none within the horizon. */
  readonly next: Interval | null;
  readonly noneReason: string | null;
  /** `next` has no end in the calendar: it ends with the planning horizon. */
  readonly openEnded?: true;
  /** No window makes `next`, but an override of these two persons. */
  readonly overriddenBy?: string;
  /** Management ids. */
  readonly targets: readonly string[];
  /** What is wrong with the planned dates of the change. */
  readonly code?: PlannedCode;
}

/** A target whose change a begun call may save or make live. */
export interface Ride {
  readonly laneKey: string;
  readonly target: string;
  readonly n: number;
}

export interface Enrolled {
  readonly outlooks: readonly CalendarOutlook[];
  /** Names the configuration that they were computed with. */
  readonly basis: string;
  /** By management id: other tickets on the same device or rule, where the process wants to know. */
  readonly conflicts?: Readonly<Record<string, readonly Conflict[]>>;
}

export interface EnrolActivities {
  /**
   * Plans the windows and enrols in every lane (started when it does not run: a workflow cannot signal-with-start).
   * Items without an opening are not enrolled; the outlook says why. Repeating it changes nothing.
   */
  enrol: (input: EnrolInput) => Promise<Enrolled>;
  /** Leaves lanes. For each target in `rides` a call is begun; its lane signals the result later. */
  leaveLanes: (
    input: Leave & { laneKeys: readonly string[] },
  ) => Promise<{ readonly rides: readonly Ride[] }>;
  /** Reads the calendars only, for mode `propose`. Without a target: what opens for every target. */
  planWindows: (input: {
    workflow: string;
    targets: readonly WindowQuestion['target'][];
    window: EnrolInput['window'];
  }) => Promise<{ outlooks: readonly CalendarOutlook[] }>;
}

export function createEnrolActivities(
  deps: Pick<
    ActivityDeps,
    'secureChange' | 'itsm' | 'calendars' | 'definitions' | 'managers' | 'temporal' | 'clock' | 'settings'
  >,
): EnrolActivities {
  const { definitions, managers, clock } = deps;

  /** One for each set of windows, whatever the number of targets. */
  function outlooksOf(
    plans: readonly { readonly plan: TargetPlan; readonly target: string | null }[],
  ): CalendarOutlook[] {
    const groups = new Map<string, { plan: TargetPlan; targets: string[] }>();
    for (const { plan, target } of plans) {
      const key = `${plan.calendar}@${plan.ruleVersion}`;
      const group = groups.get(key) ?? { plan, targets: [] };
      if (target !== null) group.targets.push(target);
      groups.set(key, group);
    }
    return [...groups.values()].map(({ plan, targets }) => ({
      ...outlookOf(plan),
      targets,
    }));
  }

  function outlookOf(plan: TargetPlan): Omit<CalendarOutlook, 'targets'> {
    const verdict = judgeWindow(plan.intervals, clock.now(), plan.minimumRemainingMs);
    const next =
      verdict.kind === 'noneLeft'
        ? null
        : {
            opensAtMs: verdict.kind === 'open' ? clock.now() : verdict.opensAtMs,
            closesAtMs: verdict.closesAtMs,
          };
    const noneReason = next === null ? (plan.noneReason ?? 'no opening is long enough') : null;
    const openEnded = plan.openEnded === true && next?.closesAtMs === plan.intervals.at(-1)?.closesAtMs;
    const override = plan.intervals.find(({ closesAtMs }) => closesAtMs === next?.closesAtMs)?.override;
    return {
      calendar: plan.calendar,
      zone: plan.zone,
      next,
      noneReason,
      ...(openEnded && { openEnded: true }),
      ...(override !== undefined && { overriddenBy: `${override.by} and ${override.confirmedBy}` }),
    };
  }

  /** From the revisions of now on, what others save on a managed target is foreign. */
  async function watchedFrom(
    lane: { readonly key: string; readonly name: string },
    enrolments: readonly Enrolment[],
    signal: AbortSignal,
  ): Promise<readonly Enrolment[]> {
    const watched: Enrolment[] = [];
    for (const enrolment of enrolments) {
      const revisions =
        enrolment.kind === 'commit' ? await revisionsNow(deps, lane, enrolment, signal) : undefined;
      watched.push(revisions === undefined ? enrolment : { ...enrolment, revisions });
    }
    return watched;
  }

  /** Asked before it enrols, so that no Update is saved before the others are named. */
  async function conflictsOf(
    key: string,
    name: string,
    enrolments: readonly Enrolment[],
  ): Promise<Readonly<Record<string, readonly Conflict[]>>> {
    const found: Record<string, readonly Conflict[]> = {};
    for (const { ticketId, target, path, saved, conflicts, touches = [] } of enrolments) {
      if (conflicts === undefined || saved) continue;
      const question = { ticketId, path, touches, on: conflicts.on };
      const others = await openLane(deps, key, name).conflicts(question);
      if (others.length > 0) found[target] = others.slice(0, MOST_CONFLICTS);
    }
    return found;
  }

  return {
    async enrol(input) {
      const { ticketId, workflow, epoch, priority, placeNumber, items, claim, saves, window } = input;
      const basis = definitions.windowsBasis();
      const policy = definitions.processFor(workflow)?.window ?? window;
      const reading = await withHeartbeat(
        async ({ signal }) => await readPlanned(deps, policy.plannedDates, ticketId, signal),
      );
      if (reading !== null && reading.kind !== 'within')
        return {
          basis,
          outlooks: [
            plannedOutlook(
              reading,
              policy,
              items.map(({ target }) => target),
            ),
          ],
        };
      const planned = reading?.interval ?? null;
      const plans = items.map((item) => {
        const override = overrideInUse(deps, item.override, { ...item, workflow, ticketId, requester: null });
        const question = { workflow, target: targetOfWindow(item), planned, override };
        const carries = override === null || item.override === undefined ? null : namedToCarry(item.override);
        return { item, target: item.target, plan: planWindows(deps, question, window), carries };
      });
      const outlooks = outlooksOf(plans);
      const none = new Set(outlooks.flatMap(({ next, targets }) => (next === null ? targets : [])));
      const byLane = new Map<string, { name: string; enrolments: Enrolment[] }>();
      for (const { item: all, plan, carries } of plans) {
        const { laneKey, laneName, vendor, domain, instructionDigest, commitBaseline, override, ...item } =
          all;
        if (none.has(item.target)) continue;
        const lane = byLane.get(laneKey) ?? { name: laneName, enrolments: [] };
        lane.enrolments.push({
          ...item,
          targetName: item.targetName.slice(0, 255),
          ticketId,
          epoch,
          saves,
          priority,
          placeNumber,
          ...(input.secureTrack === true && item.wants === 'saved' && { secureTrack: true as const }),
          ...(input.conflicts !== undefined && { conflicts: input.conflicts }),
          ...(input.partialFailure !== undefined && { partialFailure: input.partialFailure }),
          window: { ...enrolmentWindow(plan), basis },
          windowFor: { workflow, vendor, domain, planned },
          ...(carries !== null && { carries }),
          claim: {
            ...claim,
            instructionDigest,
            commitBaseline,
            ...(override !== undefined && { override }),
          },
        });
        byLane.set(laneKey, lane);
      }
      const conflicts: Record<string, readonly Conflict[]> = {};
      await withHeartbeat(async ({ signal }) => {
        for (const [key, { name, enrolments }] of byLane) {
          Object.assign(conflicts, await conflictsOf(key, name, enrolments));
          const {
            calendar: _calendar,
            tolerate: _tolerate,
            foreignChanges: _foreign,
            maintenance: _maintenance,
            secureTrackWindows: _windows,
            ...policy
          } = managers.policyFor({ key, name });
          const watched = await watchedFrom({ key, name }, enrolments, signal);
          await openLane(deps, key, name).enrol(policy, watched);
        }
      });
      return { outlooks, basis, ...(Object.keys(conflicts).length > 0 && { conflicts }) };
    },

    async leaveLanes({ laneKeys, ...leave }) {
      return await withHeartbeat(async () => {
        const rides: Ride[] = [];
        for (const key of laneKeys) {
          const leaving = await openLane(deps, key, key).leave(leave);
          rides.push(...leaving.rides.map((ride) => ({ laneKey: key, ...ride })));
        }
        return { rides };
      });
    },

    planWindows: ({ workflow, targets, window }) => {
      const plans = (targets.length === 0 ? [null] : targets).map((target) => ({
        target: target?.id ?? null,
        plan: planWindows(deps, { workflow, target, planned: null }, window),
      }));
      return Promise.resolve({ outlooks: outlooksOf(plans) });
    },
  };
}

function plannedOutlook(
  { kind, message }: Exclude<PlannedReading, { kind: 'within' }>,
  { calendar, plannedDates }: WindowPolicy,
  targets: readonly string[],
): CalendarOutlook {
  const zone = plannedDates?.zone ?? 'UTC';
  return { calendar, zone, next: null, noneReason: message, targets, code: PLANNED_CODES[kind] };
}

function enrolmentWindow({
  calendar,
  ruleVersion,
  intervals,
  minimumRemainingMs,
  whenWindowCloses,
}: TargetPlan): EnrolmentWindow {
  const finish = whenWindowCloses === 'finish';
  return { calendar, ruleVersion, intervals: intervalsOf(intervals), minimumRemainingMs, finish };
}
