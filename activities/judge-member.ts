/** Reads one member of a push and judges its gate, the moment before a call. */

import { CallFailure, type FailureFacts } from '../src/domain/failure.js';
import type { PlannedReading } from '../src/domain/planned-dates.js';
import type { DesignFacts, DeviceDesign } from '../src/domain/provisioning.js';
import { memberKey, type Member, type PushCall, type PushKind } from '../src/domain/push.js';
import type { JudgedWindow } from '../src/domain/window-record.js';
import type { JudgeDeps } from './contract.js';
import { whyChangeForbids } from './itsm-gate.js';
import { readPlanned } from './planned-dates.js';
import type { GateReason } from '../src/domain/gate.js';
import { judgeGate, untilOpening } from './gate.js';
import { whySecureTrackCommits } from './securetrack-too.js';
import { findRequestTask, isWorkedOn, type RequestTask } from './task-access.js';

export interface ClosedGate {
  readonly key: string;
  readonly reason: GateReason;
  readonly message: string;
}

/** Failures that end without an operator. */
const PASSING: ReadonlySet<FailureFacts['kind']> = new Set(['transient', 'busy', 'ambiguous', 'locked']);

export interface MemberReading {
  readonly key: string;
  readonly member: Member;
  readonly requestTask: RequestTask;
  readonly design: DesignFacts;
  readonly device: DeviceDesign | undefined;
  readonly running: boolean;
}

export type Judged =
  | { readonly kind: 'open'; readonly reading: MemberReading; readonly window: JudgedWindow | null }
  | { readonly kind: 'closed'; readonly closed: ClosedGate; readonly reading: MemberReading | null }
  /** The ticket cannot be read at the moment; this is no finding against it. */
  | { readonly kind: 'later'; readonly message: string; readonly reading: null };

/** What is judged: which kind of push makes which call. */
export interface JudgedCall {
  readonly kind: PushKind;
  readonly call: PushCall;
  /** The push has made a call before this one. */
  readonly begun: boolean;
  /** Its override was used for a call before. */
  readonly overrideUsed: boolean;
}

export interface MemberJudge {
  /** Unreadable = closed, or `later` where the failure ends by itself. */
  judge: (member: Member, input: JudgedCall, operation: string, signal: AbortSignal) => Promise<Judged>;
  /** Waits a few seconds for a window that is about to open; a save waits for none. */
  untilOpen: (members: readonly Member[], kind: PushKind, signal: AbortSignal) => Promise<void>;
}

export function createMemberJudge(deps: JudgeDeps): MemberJudge {
  const { secureChange } = deps;

  async function look(member: Member, operation: string, signal: AbortSignal): Promise<MemberReading> {
    const { claim, ticketId, target } = member;
    const { stepInstance, requestField } = claim;
    const requestTask = await findRequestTask(
      secureChange,
      { ticketId, stepInstance, requestField },
      operation,
      signal,
    );
    const design = await secureChange.readDesign(requestTask.ref, signal);
    const device = design.devices.find((candidate) => candidate.managementId === target);
    return {
      key: memberKey(member),
      member,
      requestTask,
      design,
      device,
      running: isWorkedOn(requestTask.step, requestTask.task.id),
    };
  }

  async function judge(
    member: Member,
    input: JudgedCall,
    operation: string,
    signal: AbortSignal,
  ): Promise<Judged> {
    const key = memberKey(member);
    try {
      const reading = await look(member, operation, signal);
      const { claim, epoch } = member;
      const verdict = judgeGate(deps, {
        facts: reading.requestTask.facts,
        design: reading.design,
        device: reading.device,
        kind: gateKindOf(input),
        epoch,
        adopted: claim.adopted,
        instructionDigest: claim.instructionDigest,
        assessed: claim,
        saves: input.kind === 'save',
        begun: input.begun,
        override: input.overrideUsed ? null : (claim.override ?? null),
        planned: input.kind === 'save' ? null : await plannedOf(reading, signal),
        itsmForbids: await itsmForbids(reading, signal),
        secureTrackCommits: await secureTrackCommits(reading),
      });
      if (verdict.open) return { kind: 'open', reading, window: verdict.window };
      const { reason, message } = verdict;
      return { kind: 'closed', closed: { key, reason, message }, reading };
    } catch (error) {
      // Unreadable = no push.
      if (!(error instanceof CallFailure)) throw error;
      if (PASSING.has(error.facts.kind)) return { kind: 'later', message: error.message, reading: null };
      const movedOn = error.facts.code === 'securechange.ticket_moved_on';
      const reason = movedOn ? 'ticketNotInProgress' : 'unreadable';
      return { kind: 'closed', closed: { key, reason, message: error.facts.message }, reading: null };
    }
  }

  async function plannedOf(
    { requestTask }: MemberReading,
    signal: AbortSignal,
  ): Promise<PlannedReading | null> {
    const { workflow, id } = requestTask.facts;
    const dates = deps.definitions.processFor(workflow)?.window.plannedDates ?? null;
    return await readPlanned(deps, dates, id, signal);
  }

  async function itsmForbids({ requestTask }: MemberReading, signal: AbortSignal): Promise<string | null> {
    const { workflow, id } = requestTask.facts;
    return await whyChangeForbids(deps, deps.definitions.processFor(workflow)?.itsmGate, id, signal);
  }

  async function secureTrackCommits({ requestTask, device }: MemberReading): Promise<string | null> {
    const definition = deps.definitions.processFor(requestTask.facts.workflow);
    if (definition === null || device === undefined) return null;
    return await whySecureTrackCommits(deps, definition, device);
  }

  async function untilOpen(members: readonly Member[], kind: PushKind, signal: AbortSignal): Promise<void> {
    if (kind === 'save') return;
    await untilOpening(
      deps,
      members.map(({ window }) => window),
      signal,
    );
  }

  return { judge, untilOpen };
}

/** For the gate an Update inside a window is a save: the design must fit the present revision of the device. */
function gateKindOf({ kind, call }: JudgedCall): PushKind {
  return kind === 'commit' && call === 'update' ? 'save' : kind;
}
