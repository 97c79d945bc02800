import { clocksDiffer } from '../src/domain/clock-difference.js';
import type { ApprovalRecord } from '../src/domain/approval.js';
import { judgeApproval } from '../src/domain/approval.js';
import { neededApprovals, standingOf, type Content } from '../src/domain/approvals.js';
import type { PushKind } from '../src/domain/push.js';
import { windowTargetOf } from '../src/domain/provisioning.js';
import type { DesignFacts, DeviceDesign } from '../src/domain/provisioning.js';
import type { GateReason } from '../src/domain/gate.js';
import type { PlannedReading } from '../src/domain/planned-dates.js';
import type { ProcessDefinition } from '../src/domain/process.js';
import { judgeRisk } from '../src/domain/risk.js';
import type { TicketFacts } from '../src/domain/ticket.js';
import { judgeWindow } from '../src/domain/window.js';
import type { Interval, WindowQuestion } from '../src/domain/window.js';
import type { JudgedWindow } from '../src/domain/window-record.js';
import type { OverrideGrant, OverrideSpan } from '../src/domain/override.js';
import type { ActivityDeps, JudgeDeps } from './contract.js';
import { peopleOf, whyNotEntitled } from './push-rights.js';
import { overrideInUse } from './override-in-use.js';
import { readStopSwitch } from './control.js';
import { effectiveMode } from './read-ticket.js';
import { whyChangeForbids } from './itsm-gate.js';
import { readPlanned } from './planned-dates.js';
import { whySecureTrackCommits } from './securetrack-too.js';
import { planInUse, type TargetPlan } from './windows.js';

/** What was assessed and approved: the gate compares it with what it reads. */
export interface Assessed {
  readonly requestDigest: string;
  readonly riskDigest: string;
  readonly designDigest: string;
  readonly approvals: readonly ApprovalRecord[];
}

/** What is known where completing a step makes SecureChange push by itself: there is no single device to judge. */
export interface CompletionInput {
  readonly facts: TicketFacts;
  readonly epoch: number;
  readonly adopted: boolean;
  /** As the ticket has recorded them: an approval in the ITSM is nowhere else. */
  readonly approvals: readonly ApprovalRecord[];
}

export interface GateInput extends Omit<CompletionInput, 'approvals'> {
  readonly design: DesignFacts;
  readonly device: DeviceDesign | undefined;
  readonly kind: PushKind;
  readonly instructionDigest: string;
  readonly assessed: Assessed;
  /** Nothing goes live with a saving Update, so it needs no open window. */
  readonly saves: boolean;
  /** The push has made a call before this one. */
  readonly begun: boolean;
  /** The planned dates of the change, read now; null where the process has none. */
  readonly planned: PlannedReading | null;
  /** Why the ITSM change forbids it, read now; null: it does not. */
  readonly itsmForbids: string | null;
  /** Why SecureTrack's own change windows forbid it, read now; null: they do not. */
  readonly secureTrackCommits: string | null;
  /** Two persons let it be pushed outside its window; null when they did not, or it was used. */
  readonly override: OverrideGrant | null;
}

export type GateVerdict =
  /** `window`: the opening that it was judged by; null where nothing goes live with the call. */
  | { readonly open: true; readonly window: JudgedWindow | null }
  | {
      readonly open: false;
      readonly reason: GateReason;
      readonly message: string;
      /** Of a window that is closed: its next opening. */
      readonly opensAtMs?: number;
    };

/**
 * The gate of one change immediately before a call that saves or makes live: compares what was read now with what was
 * approved. When something differs or cannot be read, nothing is sent. Called by `send.ts` only, which reads the stop switch
 * once for all changes.
 */
export function judgeGate(
  deps: Pick<ActivityDeps, 'definitions' | 'calendars' | 'managers' | 'clock' | 'settings'>,
  input: GateInput,
): GateVerdict {
  const { facts, device, begun, planned } = input;
  const target = device === undefined ? null : windowTargetOf(device);
  const { id: ticketId, workflow, requester } = facts;
  const override =
    target === null
      ? null
      : overrideInUse(deps, input.override ?? undefined, {
          workflow,
          ticketId,
          requester,
          target: target.id,
          targetName: target.name,
          sharesName: input.design.devices.some(
            ({ managementId, name }) => managementId !== target.id && name === target.name,
          ),
        });
  const closedBy = judgeTicket(deps, input, target, override);
  if (closedBy !== null) return closedBy;
  if (input.itsmForbids !== null) return closed('itsmState', input.itsmForbids);
  if (input.secureTrackCommits !== null) return closed('secureTrackCommits', input.secureTrackCommits);
  if (input.saves) return { open: true, window: null };
  return judgeOpening(deps, { facts, target, begun, planned, override });
}

/** The clock of a worker may be behind the one that the window opens by. */
const CLOCK_BEHIND_MS = 10_000;

/** Waits for the windows that open so soon that only the worker's clock can be behind. */
export async function untilOpening(
  { clock }: Pick<ActivityDeps, 'clock'>,
  windows: readonly { readonly intervals: readonly Interval[] }[],
  signal: AbortSignal,
): Promise<void> {
  const nowMs = clock.now();
  const waits = windows
    .flatMap(({ intervals }) => intervals)
    .map(({ opensAtMs }) => opensAtMs - nowMs)
    .filter((ms) => ms > 0 && ms <= CLOCK_BEHIND_MS);
  if (waits.length > 0) await clock.sleep(Math.max(...waits), signal);
}

/**
 * The gate before a task is completed whose next steps push by themselves: stop switch, mode, epoch, risk, approval and
 * the window of every target, as for our own calls. Called by `advance.ts` only.
 */
export async function judgeCompletion(
  deps: JudgeDeps & Pick<ActivityDeps, 'temporal'>,
  input: CompletionInput & { readonly targets: readonly WindowQuestion['target'][] },
  signal: AbortSignal,
): Promise<GateVerdict> {
  const stop = await readStopSwitch(deps.temporal, () => deps.clock.now());
  if (stop.stopped) return closed('stopped', stop.message);
  const { facts } = input;
  const standing = judgeStanding(deps, input);
  if (!('definition' in standing)) return standing;
  const request = facts.step?.request ?? null;
  if (request === null) return closed('requestChanged', 'the request field cannot be read');
  const { definition } = standing;
  const content = {
    requestDigest: request.requestDigest,
    riskDigest: request.riskDigest,
    // The Designer's results belong to a device; the push that follows is not ours.
    designDigest: null,
  };
  const given = { mustBeRecorded: false, twoPersons: false };
  const notApproved = judgeNeeded(deps, definition, input, content, given);
  if (notApproved !== null) return notApproved;
  const devices = input.targets.length === 0 ? [null] : input.targets;
  for (const target of devices) {
    const { epoch, approvals } = input;
    const why = whyNotEntitled(deps, { definition, target, epoch, approvals, content, override: null });
    if (why !== null) return closed('notEntitled', why);
  }
  const clocks = clocksDiffer(deps.secureChange.clockDifference());
  if (clocks !== null) return closed('clockDiffers', clocks);
  const forbids = await whyChangeForbids(deps, definition.itsmGate, facts.id, signal);
  if (forbids !== null) return closed('itsmState', forbids);
  for (const target of input.targets) {
    const why = await whySecureTrackCommits(deps, definition, target);
    if (why !== null) return closed('secureTrackCommits', why);
  }
  const planned = await readPlanned(deps, definition.window.plannedDates, facts.id, signal);
  const targets = input.targets.length === 0 ? [null] : input.targets;
  const verdicts = targets.map((target) =>
    judgeOpening(deps, { facts, target, begun: false, planned, override: null }),
  );
  return verdicts.reduce(stricter);
}

/** A closed one before an open one; of two closed ones the one that opens later, if it opens at all. */
function stricter(one: GateVerdict, other: GateVerdict): GateVerdict {
  if (one.open) return other;
  if (other.open) return one;
  return (other.opensAtMs ?? Infinity) > (one.opensAtMs ?? Infinity) ? other : one;
}

type Standing = GateVerdict | { readonly definition: ProcessDefinition };

function judgeStanding(
  { definitions, settings }: Pick<ActivityDeps, 'definitions' | 'settings'>,
  { facts, epoch, adopted }: Omit<CompletionInput, 'approvals'>,
): Standing {
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
  return { definition };
}

/** Whether risk and approvals allow it, as they are in SecureChange now; null when they do. */
function judgeNeeded(
  { definitions }: Pick<ActivityDeps, 'definitions'>,
  definition: ProcessDefinition,
  { facts, epoch, approvals }: CompletionInput,
  content: Content,
  {
    mustBeRecorded,
    twoPersons,
  }: {
    /** Before a completion, a step without assessment has no record of what SecureChange shows. */
    readonly mustBeRecorded: boolean;
    /** Of an emergency: their override counts for this device. */
    readonly twoPersons: boolean;
  },
): GateVerdict | null {
  const risks = facts.step?.request?.risks ?? [];
  const risk = judgeRisk(risks, definition.risk, definition.workflowType);
  if (risk.kind === 'unknown' || risk.kind === 'block') return closed('riskNotAllowed', risk.reason);
  if (definition.emergency !== undefined)
    return twoPersons
      ? null
      : closed(
          'notApproved',
          'an emergency needs two persons, and no override of theirs counts for this device',
        );
  if (risk.kind === 'needsApproval' && definition.approvals.length === 0)
    return closed('notApproved', `${risk.reason}, and the process definition names no approval step`);
  const people = peopleOf(definitions);
  for (const policy of neededApprovals(definition.approvals, risk.kind)) {
    const which = definition.approvals.length > 1 ? `approval ${policy.name}: ` : '';
    // An approval in the ITSM is in the record alone.
    const verdict = policy.field === null ? null : judgeApproval(facts, policy, people);
    if (verdict !== null && verdict.kind !== 'approved') {
      const text = verdict.kind === 'invalid' ? verdict.reason : `approval: ${verdict.kind}`;
      return closed('notApproved', `${which}${text}`);
    }
    const shown = verdict?.requestDigest;
    if (shown !== undefined && content.requestDigest !== null && shown !== content.requestDigest)
      return closed('notApproved', `${which}the approval was given for another request`);
    const standing = standingOf(policy, approvals, epoch, content);
    if (standing.state === 'missing' && (mustBeRecorded || policy.field === null))
      return closed(
        'notApproved',
        `${which}no approval is recorded since the ticket was last sent back or opened`,
      );
    if (standing.state === 'void')
      return closed('notApproved', `${which}${standing.why ?? 'the approval is void'}`);
  }
  return null;
}

function judgeTicket(
  deps: Pick<ActivityDeps, 'definitions' | 'managers' | 'settings'>,
  { facts, design, device, epoch, adopted, kind, instructionDigest, assessed }: GateInput,
  target: WindowQuestion['target'] | null,
  override: OverrideSpan | null,
): GateVerdict | null {
  const standing = judgeStanding(deps, { facts, epoch, adopted });
  if (!('definition' in standing)) return standing;
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
  const able = kind === 'commit' ? device.capability.commit : device.capability.update;
  // A row that was edited since the target was planned.
  if (able !== 'automatic' && able !== 'none') {
    const call = kind === 'commit' ? 'Commit' : 'Update';
    return closed(
      'notAutomatic',
      `${call} is ${able} by ${device.capability.reason ?? 'the capability matrix'}`,
    );
  }
  if (kind !== 'commit' && device.newRevisionArrived) {
    return closed('newRevision', 'the policy on the device changed after the design');
  }
  const { approvals } = assessed;
  const { definition } = standing;
  const content = {
    requestDigest: request.requestDigest,
    riskDigest: request.riskDigest,
    designDigest: design.designDigest,
  };
  const given = { mustBeRecorded: true, twoPersons: override !== null };
  const notApproved = judgeNeeded(deps, definition, { facts, epoch, adopted, approvals }, content, given);
  if (notApproved !== null) return notApproved;
  const why = whyNotEntitled(deps, { definition, target, epoch, approvals, content, override });
  return why === null ? null : closed('notEntitled', why);
}

function judgeOpening(
  deps: Pick<ActivityDeps, 'definitions' | 'calendars' | 'managers' | 'clock'>,
  {
    facts: { workflow },
    target,
    begun,
    planned,
    override,
  }: {
    facts: TicketFacts;
    target: WindowQuestion['target'] | null;
    begun: boolean;
    planned: PlannedReading | null;
    override: OverrideSpan | null;
  },
): GateVerdict {
  if (planned !== null && planned.kind !== 'within') return closed('windowClosed', planned.message);
  const plan = planInUse(deps, { workflow, target, planned: planned?.interval ?? null, override });
  if (plan === null) return closed('notDriven', 'no process definition is in use');
  const neededMs = begun && plan.whenWindowCloses === 'finish' ? 0 : plan.minimumRemainingMs;
  const verdict = judgeWindow(plan.intervals, deps.clock.now(), neededMs);
  if (verdict.kind === 'open') return { open: true, window: judgedBy(plan, verdict.closesAtMs) };
  const message =
    plan.noneReason ?? `the window of calendar "${plan.calendar}" is not open, or closes too soon`;
  return {
    ...closed('windowClosed', message),
    ...(verdict.kind === 'opensLater' && { opensAtMs: verdict.opensAtMs }),
  };
}

function judgedBy(plan: TargetPlan, endMs: number): JudgedWindow | null {
  const { calendar, ruleVersion, tzdataVersion } = plan;
  const opening = plan.intervals.find(({ closesAtMs }) => closesAtMs === endMs);
  if (opening === undefined) return null;
  const { opensAtMs, closesAtMs, windows, override } = opening;
  const judged = {
    calendar,
    ruleVersion,
    tzdataVersion,
    windows: windows.slice(0, 5),
    opensAtMs,
    closesAtMs,
  };
  if (override === undefined) return judged;
  const { key, by, confirmedBy, reason } = override;
  return { ...judged, override: { key, by, confirmedBy, reason } };
}

function closed(
  reason: GateReason,
  message: string,
): { readonly open: false; readonly reason: GateReason; readonly message: string } {
  return { open: false, reason, message };
}
