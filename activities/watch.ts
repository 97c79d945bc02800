import type { DesignFacts } from '../src/domain/provisioning.js';
import { stepInstanceOf } from '../src/domain/ticket.js';
import type { ActivityDeps } from './contract.js';
import { readStopSwitch } from './control.js';
import { withHeartbeat } from './with-heartbeat.js';
import type { StepRef } from './task-access.js';
import { findRequestTask } from './task-access.js';

export interface WatchInput extends StepRef {
  /** What SecureChange or a person does in this step. */
  readonly what: 'design' | 'update' | 'commit';
  readonly targets: readonly string[];
}

export interface WatchResult {
  /** The ticket left the step before everything was done. */
  readonly moved: boolean;
  readonly failed: string | null;
  readonly design: DesignFacts | null;
  /** Login of the person who did it, from the ticket's history. */
  readonly by: string | null;
}

export interface WatchActivities {
  /** Polls until an automatic step or a person has done it, it failed, or the ticket left the step. */
  watchStep: (input: WatchInput) => Promise<WatchResult>;
  /** Returns once the stop switch is off. */
  awaitStart: () => Promise<void>;
}

export function createWatchActivities(
  deps: Pick<ActivityDeps, 'secureChange' | 'temporal' | 'clock' | 'settings'>,
): WatchActivities {
  const { secureChange, temporal, clock, settings } = deps;

  return {
    async watchStep(input) {
      return await withHeartbeat(async ({ signal }) => {
        for (;;) {
          const facts = await secureChange.readTicket(input.ticketId, {
            requestField: input.requestField,
            signal,
          });
          if (stepInstanceOf(facts) !== input.stepInstance)
            return { moved: true, failed: null, design: null, by: facts.provisionedBefore ?? null };
          const status = facts.step?.request?.designerStatus ?? 'unknown';
          const pending = facts.step?.tasks.some((task) => task.status === 'PENDING') ?? false;
          if (facts.automationFailure !== null && !pending) {
            const { tool, reason } = facts.automationFailure;
            return {
              moved: false,
              failed: `automatic step (${tool}) failed: ${reason}`,
              design: null,
              by: null,
            };
          }
          if (!pending && !status.endsWith(' running') && status !== 'not run') {
            const { ref } = await findRequestTask(secureChange, input, `watch ${input.what}`, signal);
            const design = await secureChange.readDesign(ref, signal);
            if (isThere(input, design))
              return { moved: false, failed: null, design, by: facts.provisionedBy };
          }
          await clock.sleep(settings.pollEveryMs, signal);
        }
      });
    },

    async awaitStart() {
      await withHeartbeat(async ({ signal }) => {
        while ((await readStopSwitch(temporal, () => clock.now())).stopped)
          await clock.sleep(settings.pollEveryMs, signal);
      });
    },
  };
}

function isThere({ what, targets }: WatchInput, design: DesignFacts): boolean {
  if (what === 'design') return true;
  return targets.every((target) => {
    const device = design.devices.find((candidate) => candidate.managementId === target);
    if (device === undefined || device.design === 'fullyImplemented') return true;
    return what === 'update' ? device.update === 'updated' : device.commit.state === 'committed';
  });
}
