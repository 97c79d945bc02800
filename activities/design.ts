import type { DesignFacts } from '../src/domain/provisioning.js';
import type { ProcessDefinition } from '../src/domain/process.js';
import type { ActivityDeps } from './contract.js';
import { patiently } from './patience.js';
import type { StepRef } from './task-access.js';
import { findPlace, takeTask } from './task-access.js';

export interface RedesignInput extends StepRef {
  readonly taskAccess: ProcessDefinition['taskAccess'];
  /** A person asks for another run, whatever result is there. */
  readonly again: boolean;
}

export interface DesignActivities {
  /** Designer results of every device, with place in the device tree and capability. Reads only. */
  readDesign: (input: StepRef) => Promise<DesignFacts>;
  /**
   * Looks first: a Designer that runs is joined, one that has a fresh result is left alone. Otherwise starts it and
   * waits for its end. Safe to repeat.
   */
  redesign: (input: RedesignInput) => Promise<DesignFacts>;
}

export function createDesignActivities(
  deps: Pick<ActivityDeps, 'secureChange' | 'clock' | 'settings'>,
): DesignActivities {
  const { secureChange, clock, settings } = deps;

  return {
    async readDesign(input) {
      return await patiently(async ({ signal }) => {
        const place = await findPlace(secureChange, input, 'read Designer results', signal);
        return await secureChange.readDesign(place.ref, signal);
      });
    },

    async redesign(input) {
      return await patiently(async ({ signal }) => {
        const giveUpAtMs = clock.now() + settings.pushTimeoutMs;
        let asked = false;
        for (;;) {
          const place = await findPlace(secureChange, input, 'run the Designer', signal);
          const running =
            place.task.status === 'PENDING' || place.step.request?.designerStatus === 'designer running';
          if (!running) {
            const design = await secureChange.readDesign(place.ref, signal);
            const stale = design.devices.some(
              (device) => device.newRevisionArrived && device.update === 'none',
            );
            const isFresh = design.designerStatus !== 'not run' && !stale && !input.again;
            if (asked || isFresh) return design;
            await takeTask(secureChange, place, input.taskAccess, signal);
            if ((await secureChange.redesign(place.ref, signal)) === 'notNeeded') return design;
            asked = true;
          }
          if (clock.now() > giveUpAtMs) return await secureChange.readDesign(place.ref, signal);
          await clock.sleep(settings.pollEveryMs, signal);
        }
      });
    },
  };
}
