import { CallFailure } from '../src/domain/failure.js';
import type { ProcessDefinition } from '../src/domain/process.js';
import type { GateReason } from '../src/domain/gate.js';
import { judgeRisk } from '../src/domain/risk.js';
import { selfPushingStepAfter } from '../src/domain/self-pushing.js';
import type { StepFacts, TaskFacts, TicketFacts } from '../src/domain/ticket.js';
import { isPending, stepInstanceOf } from '../src/domain/ticket.js';
import type { FieldValue, TaskRef } from '../src/securechange/secure-change.js';
import type { ActivityDeps } from './contract.js';
import { judgeCompletion } from './gate.js';
import { withHeartbeat } from './with-heartbeat.js';
import type { StepRef } from './task-access.js';
import { holdingOf, takeTask } from './task-access.js';

export interface AdvanceInput extends StepRef {
  readonly taskAccess: ProcessDefinition['taskAccess'];
  /** Exactly these values are written; no other field is filled in or approved. */
  readonly values: readonly FieldValue[];
  readonly epoch: number;
  readonly adopted: boolean;
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
  };
}

export interface AdvanceActivities {
  /**
   * Completes our tasks: those assigned to us, the task with the request, and free tasks that the process lets us accept.
   * Returns the open tasks of others. Otherwise waits until the ticket has left the step. Where a later step runs Update
   * or Commit by itself, completing is a push: the gate is judged immediately before.
   */
  advance: (input: AdvanceInput) => Promise<AdvanceResult>;
}

/** How long SecureChange may take to move the ticket; afterwards the next event or the sweep reports it. */
const LEAVES_WITHIN_MS = 20_000;

export function createAdvanceActivities(
  deps: Pick<
    ActivityDeps,
    'secureChange' | 'itsm' | 'definitions' | 'calendars' | 'managers' | 'temporal' | 'clock' | 'settings'
  >,
): AdvanceActivities {
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
        await takeTask(secureChange, { task, ref: refOf(task) }, taskAccess, signal);
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

  async function judgePush(
    { epoch, adopted }: AdvanceInput,
    facts: TicketFacts,
    stepName: string,
    signal: AbortSignal,
  ): Promise<NonNullable<AdvanceResult['closed']> | null> {
    const definition = deps.definitions.processFor(facts.workflow);
    if (definition === null) return null;
    const risks = facts.step?.request?.risks ?? [];
    const allowed = judgeRisk(risks, definition.risk, definition.workflowType).kind === 'allow';
    const barrier = allowed ? null : (definition.approval?.step ?? null);
    const pushes = selfPushingStepAfter(definition, stepName, barrier);
    if (pushes === null) return null;
    const verdict = await judgeCompletion(deps, { facts, epoch, adopted }, signal);
    if (verdict.open) return null;
    const message = `completing step ${stepName} starts the automatic push of step ${pushes}: ${verdict.message}`;
    return { reason: verdict.reason, message, untilMs: verdict.opensAtMs ?? null };
  }

  return {
    async advance(input) {
      const { ticketId, stepInstance, requestField } = input;
      return await withHeartbeat(async ({ signal }) => {
        let giveUpAtMs: number | null = null;
        for (;;) {
          const facts = await secureChange.readTicket(ticketId, { requestField, signal });
          const { step } = facts;
          if (stepInstanceOf(facts) !== stepInstance || step === null) return { left: true, others: [] };
          if (giveUpAtMs === null && !isPending(facts)) {
            if (facts.expired) {
              throw new CallFailure({
                kind: 'rejected',
                system: 'securechange',
                operation: `complete step ${step.name}`,
                code: 'securechange.expired',
                message: 'the ticket is expired; resubmit it in SecureChange',
              });
            }
            const closed = await judgePush(input, facts, step.name, signal);
            if (closed !== null) return { left: false, others: [], closed };
            const others = await completeOurs(input, step, signal);
            if (others.length > 0) return { left: false, others };
            giveUpAtMs = clock.now() + LEAVES_WITHIN_MS;
          }
          if (giveUpAtMs !== null && clock.now() > giveUpAtMs) return { left: false, others: [] };
          await clock.sleep(Math.min(settings.pollEveryMs, 500), signal);
        }
      });
    },
  };
}

/** The task for our calls: the one with the request, or the only one. */
function mainTaskOf({ request, tasks }: StepFacts): string | null {
  return request?.taskId ?? (tasks.length === 1 ? (tasks[0]?.id ?? null) : null);
}

/** While another user holds our own task, no other task of the step is touched. */
function mainFirst(tasks: readonly TaskFacts[], main: string | null): TaskFacts[] {
  return [...tasks].sort((a, b) => Number(b.id === main) - Number(a.id === main));
}

function isRefusal(error: unknown): boolean {
  return error instanceof CallFailure && (error.facts.kind === 'rejected' || error.facts.kind === 'auth');
}
