import { CallFailure } from '../src/domain/failure.js';
import type { ProcessDefinition } from '../src/domain/process.js';
import { isPending, stepInstanceOf } from '../src/domain/ticket.js';
import type { FieldValue } from '../src/securechange/secure-change.js';
import type { ActivityDeps } from './contract.js';
import { patiently } from './patience.js';
import type { StepRef } from './task-access.js';
import { takeTask } from './task-access.js';

export interface AdvanceInput extends StepRef {
  readonly taskAccess: ProcessDefinition['taskAccess'];
  /** Exactly these values are written; nothing is filled in or approved on the side. */
  readonly values: readonly FieldValue[];
}

export interface AdvanceActivities {
  /** Completes every open task of the step that is ours and waits until the ticket left it. A ticket that left is done. */
  advance: (input: AdvanceInput) => Promise<{ readonly left: boolean }>;
}

/** How long SecureChange may take to move the ticket on; afterwards the next event or the sweep tells us. */
const LEAVES_WITHIN_MS = 20_000;

export function createAdvanceActivities(
  deps: Pick<ActivityDeps, 'secureChange' | 'clock' | 'settings'>,
): AdvanceActivities {
  const { secureChange, clock, settings } = deps;

  return {
    async advance({ ticketId, stepInstance, requestField, taskAccess, values }) {
      return await patiently(async ({ signal }) => {
        let giveUpAtMs: number | null = null;
        for (;;) {
          const facts = await secureChange.readTicket(ticketId, { requestField, signal });
          if (stepInstanceOf(facts) !== stepInstance || facts.step === null) return { left: true };
          const open = facts.step.tasks.filter((task) => task.status !== 'DONE' && task.status !== 'INVALID');
          if (giveUpAtMs === null && !isPending(facts)) {
            if (facts.expired) {
              throw new CallFailure({
                kind: 'rejected',
                system: 'securechange',
                operation: `complete step ${facts.step.name}`,
                code: 'securechange.expired',
                message: 'the ticket is expired; resubmit it in SecureChange',
              });
            }
            for (const task of open) {
              const ref = { ticketId, stepId: facts.step.id, taskId: task.id };
              await takeTask(secureChange, { task, ref }, taskAccess, signal);
              await secureChange.completeTask(ref, values, signal);
            }
            giveUpAtMs = clock.now() + LEAVES_WITHIN_MS;
          }
          if (giveUpAtMs !== null && clock.now() > giveUpAtMs) return { left: false };
          await clock.sleep(Math.min(settings.pollEveryMs, 500), signal);
        }
      });
    },
  };
}
