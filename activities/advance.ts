import { activityInfo } from '@temporalio/activity';

import type { ApprovalRecord } from '../src/domain/approval.js';
import { neededApprovals } from '../src/domain/approvals.js';
import { CallFailure } from '../src/domain/failure.js';
import type { ProcessDefinition } from '../src/domain/process.js';
import type { GateReason } from '../src/domain/gate.js';
import { judgeRisk } from '../src/domain/risk.js';
import { selfPushingStepAfter } from '../src/domain/self-pushing.js';
import type { StepFacts, TaskFacts, TicketFacts } from '../src/domain/ticket.js';
import { isPending, stepInstanceOf } from '../src/domain/ticket.js';
import type { FieldValue, TaskRef } from '../src/securechange/secure-change.js';
import { beginInLanes, endInLanes, type LaneDevice, type LaneRefusal } from './automatic-lanes.js';
import type { PushDeps } from './contract.js';
import { readStopSwitch } from './control.js';
import { judgeCompletion } from './gate.js';
import { targetOfWindow } from './windows.js';
import { withHeartbeat } from './with-heartbeat.js';
import type { StepRef } from './task-access.js';
import { holdingOf, mainTaskOf, acceptFreeTask } from './task-access.js';

export interface AdvanceInput extends StepRef {
  readonly taskAccess: ProcessDefinition['taskAccess'];
  /** Exactly these values are written; no other field is filled in or approved. */
  readonly values: readonly FieldValue[];
  readonly epoch: number;
  readonly adopted: boolean;
  /** As the ticket has recorded them. */
  readonly approvals: readonly ApprovalRecord[];
  /** What SecureChange pushes by itself in a later step; empty where no later step pushes. */
  readonly pushes: readonly LaneDevice[];
}

/** An open task that we may not complete. */
export interface OthersTask {
  readonly task: string;
  /** null: not accepted yet. */
  readonly holder: string | null;
}

export interface AdvanceResult {
  /** The ticket left the step, moved by us or by others. */
  readonly left: boolean;
  /** The open tasks of others, once ours are completed. */
  readonly others: readonly OthersTask[];
  /** Nothing was completed: a later step would push by itself, and the gate is closed. Looked at again at `untilMs`. */
  readonly closed?: {
    readonly reason: GateReason;
    readonly message: string;
    readonly untilMs: number | null;
    /** Names the configuration that windows were computed with. */
    readonly basis: string;
  };
  /** Nothing was completed: a later step would push by itself, and a lane does not allow it now. */
  readonly refusedBy?: LaneRefusal;
}

type NotCompleted = Pick<AdvanceResult, 'closed' | 'refusedBy'>;

export interface AdvanceActivities {
  /**
   * Completes our tasks: those assigned to us, the task with the request, and free tasks that the process lets us accept.
   * Returns the open tasks of others. Otherwise waits until the ticket has left the step. Where a later step runs Update
   * or Commit by itself, completing is a push: immediately before, the gate is judged and the lane of each device records it.
   */
  advance: (input: AdvanceInput) => Promise<AdvanceResult>;
  /** Reports to the lanes how a push that SecureChange made by itself ended. Repeating it changes nothing. */
  endAutomaticPush: (input: {
    readonly ticketId: string;
    readonly devices: readonly LaneDevice[];
    readonly outcome: 'live' | 'notMade' | 'unknown';
  }) => Promise<void>;
}

/** How long SecureChange may take to move the ticket; afterwards the next event or the sweep reports it. */
const LEAVES_WITHIN_MS = 20_000;
/** A process that was suspended between intent and call must not complete the step afterwards. */
const CALL_AFTER_INTENT_MS = 5_000;

export function createAdvanceActivities(deps: PushDeps): AdvanceActivities {
  const { secureChange, clock, settings } = deps;

  async function completeOurs(
    { ticketId, taskAccess, values }: AdvanceInput,
    step: StepFacts,
    signal: AbortSignal,
  ): Promise<OthersTask[]> {
    const me = await secureChange.whoAmI(signal);
    const refOf = (task: TaskFacts): TaskRef => ({ ticketId, stepId: step.id, taskId: task.id });
    const main = step.tasks.some((task) => holdingOf(task, me) === 'ours') ? null : mainTaskOf(step);
    const take = async (task: TaskFacts): Promise<boolean> => {
      const holding = holdingOf(task, me);
      const may = holding === 'ours' || (holding === 'unassigned' && taskAccess !== 'waitForHandler');
      if (task.id !== main && !may) return false;
      try {
        await acceptFreeTask(secureChange, { task, ref: refOf(task) }, taskAccess, signal);
        return true;
      } catch (error) {
        // Only SecureChange knows the group of a free task: it refuses the task when the group is not ours.
        if (task.id === main || !isRefusal(error)) throw error;
        return false;
      }
    };
    const open = step.tasks.filter((task) => task.status !== 'DONE' && task.status !== 'INVALID');
    const others: OthersTask[] = [];
    for (const task of mainFirst(open, main)) {
      if (await take(task)) await secureChange.completeTask(refOf(task), values, signal);
      else
        others.push({ task: task.name, holder: holdingOf(task, me) === 'anothers' ? task.assignee : null });
    }
    return others;
  }

  /** The step in which SecureChange pushes by itself once this one is completed; null when there is none. */
  function pushingStep(facts: TicketFacts, stepName: string): string | null {
    const definition = deps.definitions.processFor(facts.workflow);
    if (definition === null) return null;
    const risks = facts.step?.request?.risks ?? [];
    const allowed = judgeRisk(risks, definition.risk, definition.workflowType).kind === 'allow';
    const needed = neededApprovals(definition.approvals, allowed ? 'allow' : 'needsApproval');
    const barriers = needed.flatMap(({ step, field }) => (field === null ? [] : [step]));
    return selfPushingStepAfter(definition, stepName, barriers);
  }

  /** Judges the gate, then records the push in its lanes; null when the step may be completed now. */
  async function judgePush(
    { ticketId, epoch, adopted, approvals, pushes: devices }: AdvanceInput,
    facts: TicketFacts,
    { stepName, pushes }: { readonly stepName: string; readonly pushes: string },
    signal: AbortSignal,
  ): Promise<NotCompleted | null> {
    const saying = (text: string): string =>
      `completing step ${stepName} starts the automatic push of step ${pushes}: ${text}`;
    // Read first: an edit that comes meanwhile is signalled.
    const basis = deps.definitions.windowsBasis();
    const closed = async (
      reason: GateReason,
      text: string,
      untilMs: number | null,
    ): Promise<NotCompleted> => {
      // What an attempt before this one has recorded: the step shows that it was not completed.
      await endInLanes(deps, { ticketId, devices }, 'notMade');
      return { closed: { reason, message: saying(text), untilMs, basis } };
    };
    const verdict = await judgeCompletion(
      deps,
      { facts, epoch, adopted, approvals, targets: devices.map(targetOfWindow) },
      signal,
    );
    if (!verdict.open) return await closed(verdict.reason, verdict.message, verdict.opensAtMs ?? null);
    if (devices.length === 0)
      return await closed('unreadable', 'it is not known on which devices; retry reads them again', null);
    const refusal = await beginInLanes(deps, { ticketId, epoch, stepName, devices }, signal);
    if (refusal !== null) return { refusedBy: { ...refusal, message: saying(refusal.message) } };
    const begunAtMs = clock.now();
    const stop = await readStopSwitch(deps.temporal, () => clock.now());
    if (stop.stopped) return await closed('stopped', stop.message, null);
    if (clock.now() - begunAtMs > CALL_AFTER_INTENT_MS || signal.aborted)
      return await closed('unreadable', 'too much time passed between intent and call', null);
    return null;
  }

  /** Where SecureChange refuses, or tasks of others are open, the step is not left and nothing is pushed. */
  async function completeAndRelease(
    input: AdvanceInput,
    step: StepFacts,
    signal: AbortSignal,
  ): Promise<OthersTask[]> {
    const { ticketId, pushes: devices } = input;
    try {
      const others = await completeOurs(input, step, signal);
      if (others.length > 0) await endInLanes(deps, { ticketId, devices }, 'notMade');
      return others;
    } catch (error) {
      // A repeated attempt may be refused because the first one has completed the step.
      const proven = isRefusal(error) && activityInfo().attempt === 1;
      if (proven) await endInLanes(deps, { ticketId, devices }, 'notMade');
      throw error;
    }
  }

  return {
    async endAutomaticPush({ ticketId, devices, outcome }) {
      await withHeartbeat(async () => endInLanes(deps, { ticketId, devices }, outcome));
    },

    async advance(input) {
      const { ticketId, stepInstance, requestField } = input;
      return await withHeartbeat(async ({ signal }) => {
        let deadlineMs: number | null = null;
        for (;;) {
          const facts = await secureChange.readTicket(ticketId, { requestField, signal });
          const { step } = facts;
          if (stepInstanceOf(facts) !== stepInstance || step === null) return { left: true, others: [] };
          if (deadlineMs === null && !isPending(facts)) {
            if (facts.expired) {
              throw new CallFailure({
                kind: 'rejected',
                system: 'securechange',
                operation: `complete step ${step.name}`,
                code: 'securechange.expired',
                message: 'the ticket is expired; resubmit it in SecureChange',
              });
            }
            const pushes = pushingStep(facts, step.name);
            const notCompleted =
              pushes === null ? null : await judgePush(input, facts, { stepName: step.name, pushes }, signal);
            if (notCompleted !== null) return { left: false, others: [], ...notCompleted };
            const others = await completeAndRelease(input, step, signal);
            if (others.length > 0) return { left: false, others };
            deadlineMs = clock.now() + LEAVES_WITHIN_MS;
          }
          if (deadlineMs !== null && clock.now() > deadlineMs) return { left: false, others: [] };
          await clock.sleep(Math.min(settings.pollEveryMs, 500), signal);
        }
      });
    },
  };
}

/** While another user holds our own task, no other task of the step is touched. */
function mainFirst(tasks: readonly TaskFacts[], main: string | null): TaskFacts[] {
  return [...tasks].sort((a, b) => Number(b.id === main) - Number(a.id === main));
}

function isRefusal(error: unknown): boolean {
  return error instanceof CallFailure && (error.facts.kind === 'rejected' || error.facts.kind === 'auth');
}
