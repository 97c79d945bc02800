import { WorkflowNotFoundError } from '@temporalio/client';

import { cleanSummary } from '../src/domain/clean-text.js';
import { laneWorkflowId, TASK_QUEUES } from '../src/domain/ids.js';
import type { Enrolment, EnrolmentWindow, PushKind } from '../src/domain/lane.js';
import type { WindowPolicy } from '../src/domain/process.js';
import type { Interval, WindowPlan } from '../src/domain/window.js';
import { judgeWindow } from '../src/domain/window.js';
import { laneEnrol, laneTicketEnded, laneWithdraw, WORKFLOW_TYPES } from '../workflows/messages.js';
import type { ActivityDeps } from './contract.js';
import { patiently } from './patience.js';

export interface EnrolItem {
  readonly target: string;
  readonly targetName: string;
  readonly laneKey: string;
  readonly laneName: string;
  readonly kind: PushKind;
  /** null for a saving Update. */
  readonly calendar: string | null;
}

export interface EnrolInput {
  readonly ticketId: string;
  readonly epoch: number;
  readonly priority: number;
  readonly items: readonly EnrolItem[];
  /** Lanes that must run although nothing is enrolled in them: a saving Update records itself with its manager's. */
  readonly managers: readonly { readonly key: string; readonly name: string }[];
  readonly window: Pick<WindowPolicy, 'minimumRemainingMs' | 'horizonDays'>;
}

export interface CalendarOutlook {
  readonly calendar: string;
  readonly zone: string;
  /** The opening that would be used now; null when there is none within the horizon. */
  readonly next: Interval | null;
  readonly noneReason: string | null;
  /** `next` ends only where the planning does. */
  readonly openEnded?: true;
}

export interface EnrolActivities {
  /**
   * Plans the windows and enrols in every lane (started when it does not run: a workflow can not signal-with-start).
   * Items without an opening are not enrolled; the outlook says why. Repeating it changes nothing.
   */
  enrol: (input: EnrolInput) => Promise<{ outlooks: readonly CalendarOutlook[] }>;
  /** Gives up places (`ended` false) or tells the lanes that the ticket's run is over (`ended` true). */
  leaveLanes: (input: {
    ticketId: string;
    laneKeys: readonly string[];
    target: string | null;
    ended: boolean;
  }) => Promise<void>;
  /** Reads the calendars only: what `propose` shows. */
  planWindows: (input: {
    calendars: readonly string[];
    window: EnrolInput['window'];
  }) => Promise<{ outlooks: readonly CalendarOutlook[] }>;
}

export function createEnrolActivities({
  calendars,
  temporal,
  clock,
}: Pick<ActivityDeps, 'calendars' | 'temporal' | 'clock'>): EnrolActivities {
  function plansFor(names: Iterable<string>, horizonDays: number): Map<string, WindowPlan> {
    return new Map([...new Set(names)].map((name) => [name, calendars.plan(name, clock.now(), horizonDays)]));
  }

  function outlookOf(plan: WindowPlan, minimumRemainingMs: number): CalendarOutlook {
    const verdict = judgeWindow(plan.intervals, clock.now(), minimumRemainingMs);
    const next =
      verdict.kind === 'noneLeft'
        ? null
        : {
            opensAtMs: verdict.kind === 'open' ? clock.now() : verdict.opensAtMs,
            closesAtMs: verdict.closesAtMs,
          };
    const noneReason = next === null ? (plan.noneReason ?? 'no opening is long enough') : null;
    const openEnded = plan.openEnded === true && next?.closesAtMs === plan.intervals.at(-1)?.closesAtMs;
    return {
      calendar: plan.calendar,
      zone: plan.zone,
      next,
      noneReason,
      ...(openEnded && { openEnded: true }),
    };
  }

  async function signalLane(key: string, name: string, enrolments: readonly Enrolment[]): Promise<void> {
    await temporal.workflow.signalWithStart(WORKFLOW_TYPES.lane, {
      workflowId: laneWorkflowId(key),
      taskQueue: TASK_QUEUES.main,
      args: [{ version: 1, key, name }],
      signal: laneEnrol,
      signalArgs: [enrolments],
      workflowIdConflictPolicy: 'USE_EXISTING',
      staticSummary: cleanSummary(`Lane of ${name}`),
    });
  }

  return {
    async enrol({ ticketId, epoch, priority, items, managers, window }) {
      const plans = plansFor(
        items.flatMap((item) => (item.calendar === null ? [] : [item.calendar])),
        window.horizonDays,
      );
      const outlooks = [...plans.values()].map((plan) => outlookOf(plan, window.minimumRemainingMs));
      const hopeless = new Set(
        outlooks.filter((outlook) => outlook.next === null).map((outlook) => outlook.calendar),
      );
      const byLane = new Map<string, { name: string; enrolments: Enrolment[] }>(
        managers.map(({ key, name }) => [key, { name, enrolments: [] }]),
      );
      for (const item of items) {
        if (item.calendar !== null && hopeless.has(item.calendar)) continue;
        const plan = item.calendar === null ? undefined : plans.get(item.calendar);
        const lane = byLane.get(item.laneKey) ?? { name: item.laneName, enrolments: [] };
        lane.enrolments.push({
          ticketId,
          epoch,
          target: item.target,
          targetName: item.targetName,
          kind: item.kind,
          window: plan === undefined ? null : enrolmentWindow(plan, window.minimumRemainingMs),
          priority,
        });
        byLane.set(item.laneKey, lane);
      }
      await patiently(async () => {
        for (const [key, { name, enrolments }] of byLane) await signalLane(key, name, enrolments);
      });
      return { outlooks };
    },

    async leaveLanes({ ticketId, laneKeys, target, ended }) {
      await patiently(async () => {
        for (const key of laneKeys) {
          const lane = temporal.workflow.getHandle(laneWorkflowId(key));
          try {
            if (ended) await lane.signal(laneTicketEnded, { ticketId });
            else await lane.signal(laneWithdraw, { ticketId, target });
          } catch (error) {
            // A lane that does not run holds no place of ours.
            if (!(error instanceof WorkflowNotFoundError)) throw error;
          }
        }
      });
    },

    planWindows: ({ calendars: names, window }) => {
      const plans = plansFor(names, window.horizonDays);
      return Promise.resolve({
        outlooks: [...plans.values()].map((plan) => outlookOf(plan, window.minimumRemainingMs)),
      });
    },
  };
}

function enrolmentWindow(
  { calendar, ruleVersion, intervals }: WindowPlan,
  minimumRemainingMs: number,
): EnrolmentWindow {
  return { calendar, ruleVersion, intervals, minimumRemainingMs };
}
