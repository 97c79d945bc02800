import { CallFailure } from '../src/domain/failure.js';
import type { ProcessDefinition } from '../src/domain/process.js';
import { isFinal, stepInstanceOf } from '../src/domain/ticket.js';
import type { ActivityDeps } from './contract.js';
import { holdingOf, acceptFreeTask } from './task-access.js';
import { withHeartbeat } from './with-heartbeat.js';

export interface RedoInput {
  readonly ticketId: string;
  /** The step that the ticket is sent back from. */
  readonly stepInstance: string;
  readonly toStep: string;
  readonly comment: string;
  readonly taskAccess: ProcessDefinition['taskAccess'];
}

export interface RejectTicketActivities {
  /**
   * Sends the ticket back to an earlier step and waits until it has left this one. A ticket that has left it is not changed.
   */
  redoStep: (input: RedoInput) => Promise<void>;
  /**
   * Rejects the ticket in SecureChange and waits until the ticket shows it. A ticket that has ended is not changed.
   */
  rejectTicket: (input: { ticketId: string; comment: string }) => Promise<void>;
}

/** How long SecureChange may take to show what it accepted. */
const SHOWN_WITHIN_MS = 20_000;

export function createRejectTicketActivities({
  secureChange,
  clock,
  settings,
}: Pick<ActivityDeps, 'secureChange' | 'clock' | 'settings'>): RejectTicketActivities {
  return {
    async redoStep({ ticketId, stepInstance, toStep, comment, taskAccess }) {
      await withHeartbeat(async ({ signal }) => {
        const facts = await secureChange.readTicket(ticketId, { requestField: null, signal });
        if (stepInstanceOf(facts) !== stepInstance || facts.step === null) return;
        const { step } = facts;
        const me = await secureChange.whoAmI(signal);
        const open = step.tasks.filter(({ status }) => status !== 'DONE' && status !== 'INVALID');
        const task =
          open.find((one) => holdingOf(one, me) === 'ours') ??
          open.find((one) => holdingOf(one, me) === 'unassigned') ??
          open[0];
        const operation = `send ticket ${ticketId} back to step ${toStep}`;
        if (task === undefined)
          throw new CallFailure({
            kind: 'rejected',
            system: 'securechange',
            operation,
            code: 'securechange.task_missing',
            message: `step "${step.name}" has no open task; send the ticket back in SecureChange`,
          });
        const ref = { ticketId, stepId: step.id, taskId: task.id };
        await acceptFreeTask(secureChange, { task, ref }, taskAccess, signal);
        await secureChange.redo(ref, toStep, comment, signal);
        await until(
          async () =>
            stepInstanceOf(await secureChange.readTicket(ticketId, { requestField: null, signal })) !==
            stepInstance,
          {
            operation,
            code: 'securechange.not_redone',
            message: 'SecureChange accepted it and does not show it yet',
          },
          signal,
        );
      });
    },

    async rejectTicket({ ticketId, comment }) {
      await withHeartbeat(async ({ signal }) => {
        const hasEnded = async (): Promise<boolean> =>
          isFinal((await secureChange.readTicket(ticketId, { requestField: null, signal })).status);
        if (await hasEnded()) return;
        await secureChange.rejectTicket(ticketId, comment, signal);
        await until(
          hasEnded,
          {
            operation: `reject ticket ${ticketId}`,
            code: 'securechange.not_rejected',
            message: 'SecureChange accepted the rejection and does not show it yet',
          },
          signal,
        );
      });
    },
  };

  /** What SecureChange does after its answer. */
  async function until(
    isSo: () => Promise<boolean>,
    otherwise: Pick<CallFailure['facts'], 'operation' | 'code' | 'message'>,
    signal: AbortSignal,
  ): Promise<void> {
    const deadlineMs = clock.now() + SHOWN_WITHIN_MS;
    while (!(await isSo())) {
      if (clock.now() >= deadlineMs)
        throw new CallFailure({ kind: 'ambiguous', system: 'securechange', ...otherwise });
      await clock.sleep(Math.min(settings.pollEveryMs, 500), signal);
    }
  }
}
