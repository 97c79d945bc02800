import { activityInfo } from '@temporalio/activity';

import { CallFailure } from '../src/domain/failure.js';
import { sameLogin } from '../src/domain/login.js';
import type { GiveBackResult, TakeResult, TaskFrom } from '../src/domain/taken-task.js';
import { stepInstanceOf, type StepFacts, type TaskFacts } from '../src/domain/ticket.js';
import type { TaskRef } from '../src/securechange/secure-change.js';
import type { ActivityDeps } from './contract.js';
import { holdingOf, mainTaskOf, type StepRef } from './task-access.js';
import { withHeartbeat } from './with-heartbeat.js';

export interface TakeTaskInput extends StepRef {
  /** The holder as recorded; null: only look who holds it. */
  readonly from: TaskFrom | null;
  /** It was asked for before with the same holder. */
  readonly again: boolean;
}

export interface TakenTaskActivities {
  /**
   * For `taskAccess: reassign`: takes the task of the step from the person who was recorded as its holder, and from no other.
   * Returns a holder who is not recorded yet, without a change.
   */
  takeTask: (input: TakeTaskInput) => Promise<TakeResult>;
  /** Gives a taken task back to whom it belonged, when it is still open and still ours. */
  giveTaskBack: (input: { readonly ticketId: string; readonly from: TaskFrom }) => Promise<GiveBackResult>;
}

/** How long SecureChange may take to show what it accepted. */
const SHOWN_WITHIN_MS = 20_000;

type Deps = Pick<ActivityDeps, 'secureChange' | 'clock' | 'settings'>;

export function createTakenTaskActivities(deps: Deps): TakenTaskActivities {
  const { secureChange, clock, settings } = deps;

  async function rest(signal: AbortSignal): Promise<void> {
    await clock.sleep(Math.min(settings.pollEveryMs, 500), signal);
  }

  function notShown(operation: string, deadlineMs: number): void {
    if (clock.now() < deadlineMs) return;
    throw new CallFailure({
      kind: 'ambiguous',
      system: 'securechange',
      operation,
      code: 'securechange.not_reassigned',
      message: 'SecureChange accepted it and does not show it yet',
    });
  }

  /** Without the id of its holder the task could not be given back, so it is not taken. */
  async function holderOf(step: StepFacts, task: TaskFacts, signal: AbortSignal): Promise<TaskFrom> {
    const login = task.assignee ?? '';
    const id = task.assigneeId ?? (await secureChange.findUser(login, signal))?.id;
    if (id !== undefined) return { stepId: step.id, taskId: task.id, task: task.name, login, id };
    throw new CallFailure({
      kind: 'locked',
      system: 'securechange',
      operation: `take task ${task.name}`,
      code: 'securechange.task_not_ours',
      message: `the task is assigned to ${login}, whose id SecureChange does not show, so it could not be given back; assign it to our user`,
      holder: login,
    });
  }

  return {
    async takeTask({ ticketId, stepInstance, requestField, from, again }) {
      return await withHeartbeat(async ({ signal }) => {
        let askedUntilMs: number | null = null;
        for (;;) {
          const facts = await secureChange.readTicket(ticketId, { requestField, signal });
          const { step } = facts;
          if (stepInstanceOf(facts) !== stepInstance || step === null) return { kind: 'free' };
          const me = await secureChange.whoAmI(signal);
          const open = step.tasks.filter(isOpen);
          const ours = open.filter((task) => holdingOf(task, me) === 'ours');
          if (askedUntilMs === null && ours.length > 0) {
            const isAsked = again || activityInfo().attempt > 1;
            return { kind: 'ours', byUs: isAsked && ours.some(({ id }) => id === from?.taskId) };
          }
          // No other task is taken from a person.
          const task = open.find(({ id }) => id === mainTaskOf(step));
          if (task === undefined) return { kind: 'free' };
          const holding = holdingOf(task, me);
          if (holding === 'ours') return { kind: 'taken' };
          if (holding === 'unassigned') return { kind: 'free' };
          const by = await holderOf(step, task, signal);
          if (from === null || by.taskId !== from.taskId || by.id !== from.id) return { kind: 'held', by };
          const operation = `take task ${task.name} from ${by.login}`;
          if (askedUntilMs !== null) notShown(operation, askedUntilMs);
          else if (task.status !== 'PENDING') {
            const comment = `securechange-orchestrator takes the task of ${by.login}, and gives it back`;
            await secureChange.reassignTask(refOf(ticketId, by), me.id, comment, signal);
            askedUntilMs = clock.now() + SHOWN_WITHIN_MS;
          }
          await rest(signal);
        }
      });
    },

    async giveTaskBack({ ticketId, from }) {
      return await withHeartbeat(async ({ signal }) => {
        let askedUntilMs: number | null = null;
        for (;;) {
          const { status, step } = await secureChange.readTicket(ticketId, { requestField: null, signal });
          const tasks = status === 'inProgress' && step?.id === from.stepId ? step.tasks : [];
          const task = tasks.find(({ id }) => id === from.taskId);
          if (task === undefined || !isOpen(task)) return { kind: 'over' };
          if (isHeldBy(task, from)) return { kind: 'givenBack' };
          const me = await secureChange.whoAmI(signal);
          const isOurs = holdingOf(task, me) === 'ours';
          if (!isOurs) return { kind: 'others', holder: task.assignee };
          const operation = `give task ${from.task} back to ${from.login}`;
          if (askedUntilMs !== null) notShown(operation, askedUntilMs);
          else if (task.status !== 'PENDING') {
            const comment = 'securechange-orchestrator gives the task back';
            await secureChange.reassignTask(refOf(ticketId, from), from.id, comment, signal);
            askedUntilMs = clock.now() + SHOWN_WITHIN_MS;
          }
          await rest(signal);
        }
      });
    },
  };
}

function isOpen({ status }: TaskFacts): boolean {
  return status !== 'DONE' && status !== 'INVALID';
}

function isHeldBy({ assignee, assigneeId }: TaskFacts, { id, login }: TaskFrom): boolean {
  return assigneeId === null ? sameLogin(assignee, login) : assigneeId === id;
}

function refOf(ticketId: string, { stepId, taskId }: TaskFrom): TaskRef {
  return { ticketId, stepId, taskId };
}
