import { CallFailure } from '../src/domain/failure.js';
import { groupUseLines } from '../src/domain/group-uses.js';
import type { DesignFacts } from '../src/domain/provisioning.js';
import type { ProcessDefinition } from '../src/domain/process.js';
import type { ActivityDeps } from './contract.js';
import { withHeartbeat } from './with-heartbeat.js';
import type { StepRef } from './task-access.js';
import { findRequestTask, acceptFreeTask } from './task-access.js';

export interface RedesignInput extends StepRef {
  readonly taskAccess: ProcessDefinition['taskAccess'];
  /** An operator requested another run: it starts even when there is a result. */
  readonly again: boolean;
}

export interface DesignActivities {
  /** Reads the Designer results of every device, with its path in the device tree and its capability. */
  readDesign: (input: StepRef) => Promise<DesignFacts>;
  /**
   * Runs the Designer and waits for its end. A running Designer is joined; a result that is not outdated is returned.
   * Safe to repeat.
   */
  redesign: (input: RedesignInput) => Promise<DesignFacts>;
  /** Who uses the groups that the ticket changes, a line each. Never fails because SecureTrack does: then a line says so. */
  readGroupUses: (input: StepRef) => Promise<readonly string[]>;
}

export function createDesignActivities(
  deps: Pick<ActivityDeps, 'secureChange' | 'clock' | 'settings'>,
): DesignActivities {
  const { secureChange, clock, settings } = deps;

  return {
    async readDesign(input) {
      return await withHeartbeat(async ({ signal }) => {
        const requestTask = await findRequestTask(secureChange, input, 'read Designer results', signal);
        return await secureChange.readDesign(requestTask.ref, signal);
      });
    },

    async readGroupUses(input) {
      return await withHeartbeat(async ({ signal }) => {
        const { ref } = await findRequestTask(secureChange, input, 'read who uses a group', signal);
        try {
          return groupUseLines(await secureChange.readGroupUses(ref, signal));
        } catch (error) {
          if (!(error instanceof CallFailure)) throw error;
          return [`who uses the groups cannot be read, look at it in SecureTrack: ${error.message}`];
        }
      });
    },

    async redesign(input) {
      return await withHeartbeat(async ({ signal }) => {
        const deadlineMs = clock.now() + settings.pushTimeoutMs;
        let asked = false;
        for (;;) {
          const requestTask = await findRequestTask(secureChange, input, 'run the Designer', signal);
          const running =
            requestTask.task.status === 'PENDING' ||
            requestTask.step.request?.designerStatus === 'designer running';
          if (!running) {
            const design = await secureChange.readDesign(requestTask.ref, signal);
            const stale = design.devices.some(
              (device) => device.newRevisionArrived && device.update === 'none',
            );
            const isFresh = design.designerStatus !== 'not run' && !stale && !input.again;
            if (asked || isFresh) return design;
            await acceptFreeTask(secureChange, requestTask, input.taskAccess, signal);
            if ((await secureChange.redesign(requestTask.ref, signal)) === 'notNeeded') return design;
            asked = true;
          }
          if (clock.now() > deadlineMs) return await secureChange.readDesign(requestTask.ref, signal);
          await clock.sleep(settings.pollEveryMs, signal);
        }
      });
    },
  };
}
