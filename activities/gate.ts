import type { ApprovalRecord } from '../src/domain/approval.js';
import { judgeApproval } from '../src/domain/approval.js';
import type { PushKind } from '../src/domain/push.js';
import type { DesignFacts, DeviceDesign } from '../src/domain/provisioning.js';
import type { GateReason } from '../src/domain/gate.js';
import { judgeRisk } from '../src/domain/risk.js';
import type { TicketFacts } from '../src/domain/ticket.js';
import { judgeWindow } from '../src/domain/window.js';
import type { ActivityDeps } from './contract.js';
import { readStopSwitch } from './control.js';
import { effectiveMode } from './read-ticket.js';

/** What was assessed and approved: the gate compares it with what it reads. */
export interface Assessed {
  readonly requestDigest: string;
  readonly riskDigest: string;
  readonly designDigest: string;
  readonly approval: ApprovalRecord | null;
}

export interface GateInput {
  readonly facts: TicketFacts;
  readonly design: DesignFacts;
  readonly device: DeviceDesign | undefined;
  readonly kind: PushKind;
  readonly epoch: number;
  readonly adopted: boolean;
  readonly instructionDigest: string;
  readonly assessed: Assessed;
  /** null for a saving Update. */
  readonly calendar: string | null;
}

export type GateVerdict =
  | { readonly open: true; readonly closesAtMs: number | null }
  | { readonly open: false; readonly reason: GateReason; readonly message: string };

/**
 * The gate immediately before a call that saves or makes live: compares what it reads now with what was approved. When
 * something differs or cannot be read, nothing is sent. Called by `send.ts` only.
 */
export async function judgeGate(
  deps: Pick<ActivityDeps, 'definitions' | 'calendars' | 'temporal' | 'clock' | 'settings'>,
  input: GateInput,
): Promise<GateVerdict> {
  const stop = await readStopSwitch(deps.temporal, () => deps.clock.now());
  if (stop.stopped) return closed('stopped', stop.message);
  return judgeTicket(deps, input) ?? judgeOpening(deps, input);
}

function judgeTicket(
  { definitions, settings }: Pick<ActivityDeps, 'definitions' | 'settings'>,
  { facts, design, device, epoch, adopted, kind, instructionDigest, assessed }: GateInput,
): GateVerdict | null {
  const definition = definitions.processFor(facts.workflow);
  const { mode, modeReason } = effectiveMode(
    { definition, fault: definitions.faultFor(facts.workflow) },
    facts,
    adopted,
    settings.restored,
  );
  if (definition === null || mode !== 'drive')
    return closed('notDriven', modeReason ?? `the process is in mode ${mode}`);
  if (facts.status !== 'inProgress') return closed('ticketNotInProgress', `the ticket is ${facts.status}`);
  if (facts.expired) return closed('expired', 'the ticket is expired');
  if (facts.epoch !== epoch)
    return closed('otherEpoch', `the ticket was redone or reopened (epoch ${facts.epoch})`);
  const request = facts.step?.request ?? null;
  if (request === null) return closed('requestChanged', 'the request field cannot be read');
  if (request.requestDigest !== assessed.requestDigest) {
    return closed('requestChanged', 'the request differs from the one that was assessed');
  }
  if (request.riskDigest !== assessed.riskDigest) {
    return closed('riskChanged', 'the risk results differ from those that were assessed');
  }
  if (device === undefined)
    return closed('deviceMissing', 'the Designer no longer suggests anything for this device');
  if (device.instructionDigest !== instructionDigest || design.designDigest !== assessed.designDigest) {
    return closed('designChanged', "the Designer's instructions differ from those that were assessed");
  }
  if (kind !== 'commit' && device.newRevisionArrived) {
    return closed('newRevision', 'the policy on the device changed after the design');
  }
  const risk = judgeRisk(request.risks, definition.risk, definition.workflowType);
  if (risk.kind === 'unknown' || risk.kind === 'block') return closed('riskNotAllowed', risk.reason);
  if (risk.kind === 'allow') return null;
  if (definition.approval === null)
    return closed('notApproved', `${risk.reason}, and the process definition names no approval step`);
  const verdict = judgeApproval(facts, definition.approval, definitions.serviceAccounts());
  if (verdict.kind !== 'approved') {
    return closed('notApproved', verdict.kind === 'invalid' ? verdict.reason : `approval: ${verdict.kind}`);
  }
  const record = assessed.approval;
  if (record === null || record.epoch !== epoch)
    return closed('notApproved', 'there is no approval of this epoch on record');
  const same =
    record.requestDigest === request.requestDigest &&
    record.riskDigest === request.riskDigest &&
    record.designDigest === design.designDigest;
  return same ? null : closed('notApproved', 'the approval was given for another request, risk or design');
}

function judgeOpening(
  { definitions, calendars, clock }: Pick<ActivityDeps, 'definitions' | 'calendars' | 'clock'>,
  { calendar, facts }: GateInput,
): GateVerdict {
  if (calendar === null) return { open: true, closesAtMs: null };
  const policy = definitions.processFor(facts.workflow)?.window;
  const minimumRemainingMs = policy?.minimumRemainingMs ?? 0;
  const plan = calendars.plan(calendar, clock.now(), policy?.horizonDays ?? 1);
  const verdict = judgeWindow(plan.intervals, clock.now(), minimumRemainingMs);
  return verdict.kind === 'open'
    ? { open: true, closesAtMs: verdict.closesAtMs }
    : closed(
        'windowClosed',
        plan.noneReason ?? `the window of calendar "${calendar}" is not open, or closes too soon`,
      );
}

function closed(reason: GateReason, message: string): GateVerdict {
  return { open: false, reason, message };
}
