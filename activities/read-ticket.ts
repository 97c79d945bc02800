import type { ProcessDefinition, Mode } from '../src/domain/process.js';
import type { TicketFacts } from '../src/domain/ticket.js';
import { isPending, stepInstanceOf } from '../src/domain/ticket.js';
import { CallFailure } from '../src/domain/failure.js';
import type { ActivityDeps } from './contract.js';
import { patiently } from './patience.js';

export interface ReadTicketInput {
  readonly ticketId: string;
  /** The step instance whose definition the workflow already holds; the definition comes only with another one. */
  readonly knownStep: string | null;
  /** Somebody adopted the ticket by name. */
  readonly adopted: boolean;
  /** On ADVANCE the step being left: SecureChange may still show it for a moment. */
  readonly leftStep: string | null;
}

export type Reading =
  | { readonly found: false }
  | {
      readonly found: true;
      readonly facts: TicketFacts;
      readonly mode: Mode;
      readonly modeReason: string | null;
      /** The process file of its workflow is faulty: why, for a person. Absent when it is not. */
      readonly fault?: string;
      /** Absent when the step instance is the known one; null when the workflow has no definition. */
      readonly definition?: ProcessDefinition | null;
      readonly serviceAccounts: readonly string[];
    };

export interface ReadTicketActivities {
  /** One read a wake: facts, mode and, for a new step instance, the definition that governs it. */
  readTicket: (input: ReadTicketInput) => Promise<Reading>;
  /** Polls until no task of the step is PENDING (or the step is another one); heartbeats meanwhile. */
  awaitStepFree: (input: {
    ticketId: string;
    stepInstance: string;
    requestField: string | null;
  }) => Promise<void>;
}

export function createReadTicketActivities(
  deps: Pick<ActivityDeps, 'secureChange' | 'definitions' | 'clock' | 'settings'>,
): ReadTicketActivities {
  const { secureChange, definitions, clock, settings } = deps;

  const requestField = (workflow: string): string | null =>
    definitions.processFor(workflow)?.requestField ?? null;

  return {
    async readTicket({ ticketId, knownStep, adopted, leftStep }) {
      return await patiently(async ({ signal }) => {
        let read: TicketFacts;
        try {
          read = await secureChange.readTicket(ticketId, { requestField, signal });
          const giveUpAtMs = clock.now() + settings.advanceLagMs;
          while (leftStep !== null && stillShows(read, leftStep) && clock.now() < giveUpAtMs) {
            await clock.sleep(Math.min(settings.pollEveryMs, 500), signal);
            read = await secureChange.readTicket(ticketId, { requestField, signal });
          }
        } catch (error) {
          if (error instanceof CallFailure && error.facts.code === 'securechange.not_found')
            return { found: false };
          throw error;
        }
        const definition = definitions.processFor(read.workflow);
        const fault = definitions.faultFor(read.workflow);
        return {
          found: true,
          facts: read,
          ...effectiveMode({ definition, fault }, read, adopted, settings.restored),
          ...(fault !== null && { fault }),
          ...(stepInstanceOf(read) === knownStep ? {} : { definition }),
          serviceAccounts: definitions.serviceAccounts(),
        };
      });
    },

    async awaitStepFree({ ticketId, stepInstance, requestField }) {
      await patiently(async ({ signal }) => {
        for (;;) {
          const read = await secureChange.readTicket(ticketId, { requestField, signal });
          if (stepInstanceOf(read) !== stepInstance || !isPending(read)) return;
          await clock.sleep(settings.pollEveryMs, signal);
        }
      });
    },
  };
}

/** Shows the left step, and nothing in between says that it came back on purpose. */
function stillShows(facts: TicketFacts, leftStep: string): boolean {
  return (
    facts.status === 'inProgress' && facts.step?.name === leftStep && facts.previousStepName !== leftStep
  );
}

/** It starts harmless: what is older than the definition, or restored, is only observed until adopted. */
export function effectiveMode(
  { definition, fault }: { readonly definition: ProcessDefinition | null; readonly fault: string | null },
  facts: Pick<TicketFacts, 'createdAtMs' | 'workflow'>,
  adopted: boolean,
  restored: boolean,
): { mode: Mode; modeReason: string | null } {
  if (fault !== null) return { mode: 'observe', modeReason: fault };
  if (definition === null) {
    return { mode: 'observe', modeReason: `no process definition for the workflow "${facts.workflow}"` };
  }
  if (restored) return { mode: 'observe', modeReason: 'SCO_RESTORED is set: everything is only observed' };
  if (definition.mode === 'drive' && !adopted) {
    if (facts.createdAtMs === null) {
      const modeReason =
        'neither the ticket nor its history says when it was created; adopt it by name to drive it';
      return { mode: 'observe', modeReason };
    }
    if (facts.createdAtMs < definition.driveSinceMs) {
      return { mode: 'observe', modeReason: 'created before driveSince; adopt it by name to drive it' };
    }
  }
  return { mode: definition.mode, modeReason: null };
}
