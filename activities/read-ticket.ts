import { signatureMatches } from '../packages/client/src/sign.js';
import type { Identities } from '../src/domain/identities.js';
import type { DesignFacts } from '../src/domain/provisioning.js';
import type { ProcessDefinition, Mode } from '../src/domain/process.js';
import type { TicketFacts } from '../src/domain/ticket.js';
import { isPending, stepInstanceOf } from '../src/domain/ticket.js';
import { durationText } from '../src/domain/duration-text.js';
import { CallFailure } from '../src/domain/failure.js';
import type { SignedText } from '../src/domain/signed-text.js';
import type { ActivityDeps } from './contract.js';
import { requestTaskIn, type StepRef } from './task-access.js';
import { withHeartbeat } from './with-heartbeat.js';

export interface ReadTicketInput {
  readonly ticketId: string;
  /** The step instance whose definition the workflow has; the result contains a definition only for another one. */
  readonly knownStep: string | null;
  /** An operator adopted the ticket. */
  readonly adopted: boolean;
  /** What was reported since the last reading: without a valid signature it is only a reason to read. */
  readonly reports: readonly SignedReport[];
  /** Reads the Designer's results too, where the ticket is in this step instance and has the field. */
  readonly design?: { readonly stepInstance: string; readonly requestField: string };
}

export interface SignedReport extends SignedText {
  /** On ADVANCE the step being left: SecureChange may show it for some seconds more. */
  readonly leftStep: string | null;
}

export type Reading = {
  /** For each report, whether a process with our key signed it. Its age does not matter: it may have waited for a worker. */
  readonly signed: readonly boolean[];
} & (
  | { readonly found: false }
  | {
      readonly found: true;
      readonly facts: TicketFacts;
      readonly mode: Mode;
      readonly modeReason: string | null;
      /** Why the process file of its workflow cannot be used, for an operator. Absent when it can. */
      readonly fault?: string;
      /** Absent for the known step instance; null when the workflow has no definition. */
      readonly definition?: ProcessDefinition | null;
      readonly serviceAccounts: readonly string[];
      /** Logins by role, of the roles that approvals of the process ask for; absent where none is. */
      readonly approvers?: Readonly<Record<string, readonly string[]>>;
      /** With the definition; absent where no person has several names. */
      readonly identities?: Identities;
      /** Where it was asked for. */
      readonly design?: DesignFacts;
    }
);

export interface ReadTicketActivities {
  /** Reads the ticket: facts, mode and, for a new step instance, its process definition. Checks what was reported of it. */
  readTicket: (input: ReadTicketInput) => Promise<Reading>;
  /** Polls until no task of the step is PENDING, or the ticket is in another step. */
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

  const readDesignOf = async (read: TicketFacts, ref: StepRef, signal: AbortSignal): Promise<DesignFacts> =>
    secureChange.readDesign(requestTaskIn(read, ref, 'read Designer results').ref, signal);

  return {
    async readTicket({ ticketId, knownStep, adopted, reports, design }) {
      const signed = reports.map(({ signature, text }) =>
        signatureMatches(signature, text, settings.actorKeys),
      );
      const leftStep = reports.filter((_, index) => signed[index]).at(-1)?.leftStep ?? null;
      return await withHeartbeat(async ({ signal }) => {
        let read: TicketFacts;
        try {
          read = await secureChange.readTicket(ticketId, { requestField, signal });
          const deadlineMs = clock.now() + settings.advanceLagMs;
          while (leftStep !== null && stillShows(read, leftStep) && clock.now() < deadlineMs) {
            await clock.sleep(Math.min(settings.pollEveryMs, 500), signal);
            read = await secureChange.readTicket(ticketId, { requestField, signal });
          }
        } catch (error) {
          if (error instanceof CallFailure && error.facts.code === 'securechange.not_found')
            return { signed, found: false };
          throw error;
        }
        const definition = definitions.processFor(read.workflow);
        const fault = definitions.faultFor(read.workflow);
        const isThere = design?.stepInstance === stepInstanceOf(read) && read.step?.request != null;
        return {
          signed,
          found: true,
          facts: read,
          ...effectiveMode({ definition, fault }, read, adopted, settings.restored),
          ...(fault !== null && { fault }),
          ...(stepInstanceOf(read) === knownStep ? {} : { definition, ...identitiesOf(definitions) }),
          serviceAccounts: definitions.serviceAccounts(),
          ...approversFor(definition, definitions.approvers()),
          ...(isThere && { design: await readDesignOf(read, { ticketId, ...design }, signal) }),
        };
      });
    },

    async awaitStepFree({ ticketId, stepInstance, requestField }) {
      await withHeartbeat(async ({ signal }) => {
        const untilMs = clock.now() + settings.pushTimeoutMs;
        for (;;) {
          const read = await secureChange.readTicket(ticketId, { requestField, signal });
          if (stepInstanceOf(read) !== stepInstance || !isPending(read)) return;
          if (clock.now() > untilMs) throw pendingTooLong(read, settings.pushTimeoutMs);
          await clock.sleep(settings.pollEveryMs, signal);
        }
      });
    },
  };
}

function identitiesOf(definitions: ActivityDeps['definitions']): { readonly identities?: Identities } {
  const known = definitions.identities();
  return known.length === 0 ? {} : { identities: known };
}

function approversFor(
  definition: ProcessDefinition | null,
  approvers: Readonly<Record<string, readonly string[]>>,
): Pick<Extract<Reading, { found: true }>, 'approvers'> {
  const roles = new Set((definition?.approvals ?? []).flatMap((approval) => approval.roles));
  if (roles.size === 0) return {};
  return { approvers: Object.fromEntries([...roles].map((role) => [role, approvers[role] ?? []])) };
}

function pendingTooLong({ step }: TicketFacts, forMs: number): CallFailure {
  const pending = step?.tasks.filter(({ status }) => status === 'PENDING') ?? [];
  const named = pending.map(
    ({ id, name, pendingReason }) => `${name} (${id}, ${pendingReason ?? 'no reason'})`,
  );
  return new CallFailure({
    kind: 'rejected',
    system: 'securechange',
    operation: 'wait until SecureChange has finished its own work',
    code: 'securechange.task_pending',
    message: `PENDING for ${durationText(forMs)}: task ${named.slice(0, 5).join(', ')}`,
  });
}

/** The reading shows the left step, and the history has no line that the ticket was sent back to it. */
function stillShows(facts: TicketFacts, leftStep: string): boolean {
  return (
    facts.status === 'inProgress' && facts.step?.name === leftStep && facts.previousStepName !== leftStep
  );
}

/** A ticket that is older than the definition, or read after a restore, is only observed until an operator adopts it. */
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
  if (restored)
    return { mode: 'observe', modeReason: 'SCO_RESTORED is set, so all tickets are only observed' };
  if (definition.mode === 'drive' && !adopted) {
    if (facts.createdAtMs === null) {
      const modeReason = 'its creation date is unknown, so it is only observed until an operator adopts it';
      return { mode: 'observe', modeReason };
    }
    if (facts.createdAtMs < definition.driveSinceMs) {
      return {
        mode: 'observe',
        modeReason: 'it was created before driveSince, so it is only observed until an operator adopts it',
      };
    }
  }
  return { mode: definition.mode, modeReason: null };
}
