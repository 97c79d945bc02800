/** What each parking says, and what an operator can answer. The sentence of each code is in `src/domain/codes.ts`. */
import type { Code } from '../src/domain/codes.js';
import { CAPABILITIES_FILE } from '../src/domain/capabilities.js';
import { owedText, type OwedApproval } from '../src/domain/emergency.js';
import type { FailureFacts } from '../src/domain/failure.js';
import type { GateReason } from '../src/domain/gate.js';
import { gateCode } from '../src/domain/gate-code.js';
import type { LaneNotice } from '../src/domain/lane-notices.js';
import { evidenceOfFailure, waysAfterFailure } from '../src/domain/parking.js';
import { namesText } from '../src/domain/partial-failure.js';
import type { Phase } from '../src/domain/phase.js';
import type { ApprovalPolicy } from '../src/domain/process.js';
import type { DeviceDesign, Target } from '../src/domain/provisioning.js';
import type { MemberResult, PushCall } from '../src/domain/push.js';
import type { TicketFacts } from '../src/domain/ticket.js';
import { instantText } from '../src/domain/instant-text.js';
import type { SeenRun, Verification } from '../activities/index.js';
import type { ParkInput } from './parkings.js';

type Text = Pick<ParkInput, 'code' | 'reason' | 'advice' | 'evidence' | 'ways'>;

// The assessment and the approval.

export function noRequestField(step: string, field: string, fields: readonly string[]): Text {
  return {
    code: 'ticket.no_request',
    reason: `step "${step}" shows no field "${field}"`,
    advice: 'correct requestField in the process definition, then retry',
    evidence: `fields: ${fields.slice(0, 10).join(', ')}`,
    ways: ['retry', 'abort'],
  };
}

export function riskNotJudged(kind: 'block' | 'unknown', why: string): Text {
  return kind === 'block'
    ? {
        code: 'risk.blocked',
        reason: `the risk policy blocks the request: ${why}`,
        advice: 'change the request or the risk policy, then retry',
        ways: ['retry', 'abort'],
      }
    : {
        code: 'risk.missing',
        reason: `the risk cannot be judged: ${why}`,
        advice: 'run the risk analysis in SecureChange, then retry',
        ways: ['retry', 'abort'],
      };
}

/** `first` is the one to ask for again; null when the process has none. */
export function approvalMissing(first: ApprovalPolicy | null, reasons: readonly string[]): Text {
  return {
    code: 'approval.missing',
    reason: reasons.join('; '),
    advice:
      first === null
        ? 'add one to the process definition, then retry'
        : first.field === null
          ? 'have the change approved in the ITSM again'
          : approveAgainIn(first.step),
    ways: ['retry', 'abort'],
  };
}

export function approvalInvalid(step: string, why: string): Text {
  return {
    code: 'approval.invalid',
    reason: why,
    advice: approveAgainIn(step),
    ways: ['retry', 'abort'],
  };
}

function approveAgainIn(step: string): string {
  return `redo the ticket to step "${step}" in SecureChange and have it approved there`;
}

export function approvalRejected(reason: string): Text {
  return {
    code: 'approval.rejected',
    reason,
    advice: 'redo or reject the ticket in SecureChange; retry when the answer there has changed',
    ways: ['retry', 'abort'],
  };
}

// An emergency.

export function twoPersonsNeeded(ticketId: string, devices: readonly string[]): Text {
  const named = devices.slice(0, 5).join(' ');
  return {
    code: 'emergency.two_persons',
    reason: `an emergency on ${devices.slice(0, 5).join(', ')}: two persons must let it go ahead`,
    advice: `one person asks: sco ticket override ${ticketId} --device ${named} --reason "…"; another one confirms`,
    ways: ['retry', 'abort'],
  };
}

/** Codes of the approval that an emergency owes. */
export const OWED_CODES: readonly Code[] = ['emergency.approval_overdue', 'emergency.approval_rejected'];

export function approvalOwed(owed: OwedApproval, seen: string): Text {
  const isRejected = owed.rejected !== null;
  return {
    code: isRejected ? 'emergency.approval_rejected' : 'emergency.approval_overdue',
    reason: owedText(owed),
    advice: isRejected
      ? 'decide with the owner whether the change is taken back; the ticket goes on once the ITSM shows an approval, or a third person records the decision'
      : 'have the change approved in the ITSM; or a third person records the approval',
    evidence: seen,
    ways: ['recordApproval'],
  };
}

// What SecureChange or a person does.

export function automationFailed({ tool, reason }: NonNullable<TicketFacts['automationFailure']>): Text {
  return {
    code: `automation.${tool}`,
    reason: `the automatic step failed (${tool}): ${reason}`,
    advice: 'repeat the step or do its work in SecureChange, then retry',
    ways: ['retry', 'abort'],
  };
}

export function cannotCompute(problem: string, isOurs: boolean): Text {
  return {
    code: 'design.cannot_compute',
    reason: `the Designer could not compute the change: ${problem}`,
    advice: isOurs
      ? 'repair the cause; retry runs the Designer again'
      : 'run the Designer again in SecureChange, then retry',
    ways: ['retry', 'skip', 'abort'],
  };
}

export function watchedCallFailed(what: PushCall, reason: string): Text {
  return {
    code: `${what}.failed`,
    reason,
    advice: 'repeat it in SecureChange, then retry',
    ways: ['retry', 'skip', 'abort'],
  };
}

/** What a person does whom the capability matrix names, and why not we. */
export function byHandOnly(what: PushCall, { name, byHand }: Pick<Target, 'name' | 'byHand'>): Text {
  const who = byHand?.person === undefined ? '' : ` by ${byHand.person}`;
  const why = byHand?.reason ?? 'it cannot be pushed automatically';
  return {
    code: `${what}.manual`,
    reason: `${name}: ${what === 'update' ? 'Update' : 'Commit'} by hand${who}: ${why}`,
    advice: 'make the change on the device, then give the evidence',
    ways: ['completeManual', 'abort'],
  };
}

/** Before anything is approved or done for them. */
export function refusedDevices(devices: readonly Pick<DeviceDesign, 'name' | 'capability'>[]): Text {
  const named = devices.map(({ name, capability }) => `${name}: ${capability.reason ?? 'refused'}`);
  return {
    code: 'design.refused',
    reason: `the capability matrix refuses this request: ${named.slice(0, 3).join('; ')}`,
    advice: `change the request, or the row in ${CAPABILITIES_FILE}, then retry`,
    evidence: named.slice(0, 10).join('; '),
    ways: ['retry', 'abort'],
  };
}

export function notImplemented(message: string | null): Text {
  return {
    code: 'verify.not_implemented',
    reason: `the verifier reports that the change is not implemented${message === null ? '' : `: ${message}`}`,
    advice: 'run the verifier again in SecureChange, then retry',
    ways: ['retry', 'skip', 'abort'],
  };
}

// The window, the gate and the push.

export function noOpening(
  calendars: readonly string[],
  horizonDays: number,
  reasons: readonly string[],
): Text {
  return {
    code: 'window.none',
    reason: `no opening of calendar ${calendars.join(', ')} within ${horizonDays} days`,
    advice: 'edit the calendar; the ticket then tries again by itself',
    evidence: reasons.join('; '),
    ways: ['retry', 'abort'],
  };
}

export function plannedDatesUnusable(code: Code, reasons: readonly string[]): Text {
  return {
    code,
    reason: reasons.join('; '),
    advice: 'correct the dates in the ITSM change, then retry',
    evidence: reasons.join('; '),
    ways: ['retry', 'abort'],
  };
}

/** Gates that an operator opens; the others are awaited. */
export type ClosedForOperator = Exclude<
  GateReason,
  'stopped' | 'windowClosed' | 'itsmState' | 'otherEpoch' | 'ticketNotInProgress'
>;

const REDO = 'redo the ticket in SecureChange, so that it is designed, assessed and approved again';

/** What helps where a new assessment does not. After it, `retry` judges the gate again. */
const GATE_ADVICE: Readonly<Record<ClosedForOperator, string>> = {
  notDriven: 'set its process to mode drive again, or adopt the ticket, then retry',
  clockDiffers: 'set both clocks right, then retry',
  expired: 'resubmit the ticket in SecureChange, or change its expiration there, then retry',
  requestChanged: `${REDO}; or undo the change of the request there, then retry`,
  riskChanged: `${REDO}; retry helps only when the risk results are the assessed ones again`,
  designChanged: `${REDO}; retry helps only when the instructions are the assessed ones again`,
  newRevision: 'run the Designer again in SecureChange, then retry; if its result differs, redo the ticket',
  deviceMissing: `${REDO}; or run the Designer again there, then retry when it suggests the device`,
  notAutomatic: `correct ${CAPABILITIES_FILE}, then retry; or make the change by hand and abort`,
  riskNotAllowed:
    'redo the ticket with another request, or correct the risk policy of the process, then retry',
  unreadable: 'repair the access to SecureChange, then retry',
  secureTrackCommits:
    'disable that window in SecureTrack, or take the manager out of it; or let the process say commitBy: securetrack; or write who acknowledges it, and why, under secureTrackWindows of the manager in managers.yaml; then retry',
  notEntitled:
    'redo the ticket to its approval step and have a person with that role approve it; or correct pushRights in people.yaml, then retry',
  notApproved:
    'redo the ticket to its approval step in SecureChange; retry helps only when SecureChange shows the approval',
};

export function gateClosed(
  reason: ClosedForOperator,
  device: string,
  message: string,
  mayReassess: boolean,
): Text {
  return {
    code: gateCode(reason),
    reason: `${device} is not pushed: ${message}`,
    advice: mayReassess ? 'retry assesses it again' : GATE_ADVICE[reason],
    ways: ['retry', 'abort'],
  };
}

/** The gate of a step whose completion starts an automatic push. */
export function stepNotCompleted(reason: GateReason, message: string): Text {
  return { code: gateCode(reason), reason: message, ways: ['retry', 'abort'] };
}

type Failed = Extract<MemberResult, { kind: 'failed' | 'partial' | 'reverted' }>;

const PUSH_FAILURES: Readonly<Record<Exclude<Failed['kind'], 'failed'>, string>> = {
  partial: 'the Commit reached some devices and not others',
  reverted: 'firewalls took the change and went back to what they had; it is saved and not live there',
};

export function pushFailed(device: string, { kind, call, message }: Failed): Text {
  const what =
    kind === 'failed' ? `the ${call === 'commit' ? 'Commit' : 'Update'} failed` : PUSH_FAILURES[kind];
  return {
    code: `push.${kind}`,
    reason: `${device}: ${what}: ${message}`,
    ways: kind === 'partial' ? ['decidePartial', 'abort'] : ['retry', 'completeManual', 'abort'],
  };
}

/** A target failed, and the policy holds back the others of the ticket on its manager. */
export function holdsBack(
  { name, laneName }: Pick<Target, 'name' | 'laneName'>,
  held: readonly string[],
  hint: string | null,
): Text {
  return {
    code: 'push.holds_back',
    reason: `${namesText(held)}: held back on ${laneName}, because the push of ${name} failed (partialFailure)`,
    advice: `${hint === null ? `answer for ${name}` : `answer for ${name} (${hint})`}: once it is live, they go on; skip lets them go on without it`,
    ways: ['skip', 'abort'],
  };
}

/** A wave is live, and the verifier does not say that it is implemented. */
export function waveNotVerified(wave: string, { state, message }: Verification): Text {
  const said = state === 'unverified' ? 'is live and not verified' : 'is not implemented, the verifier says';
  return {
    code: 'verify.wave',
    reason: `${wave} ${said}${message === null ? '' : `: ${message}`}; the next wave waits for it (partialFailure)`,
    advice:
      'run the verifier in SecureChange, then retry; or check the devices yourself, and skip lets the next wave go',
    ways: ['retry', 'skip', 'abort'],
  };
}

/** Firewalls took back what was live; `commitsAgain`: the present step can commit it again. */
export function revertedLater({ name, message, push, laneKey }: Target, commitsAgain: boolean): Text {
  return {
    code: 'push.reverted',
    reason: message ?? `${name}: firewalls went back to what they had`,
    ...(!commitsAgain && {
      advice:
        'this step commits nothing: install the policy by hand, or send the ticket back in SecureChange',
    }),
    evidence: `push ${push ?? '-'} of lane ${laneKey}: sco lane show ${laneKey}`,
    ways: commitsAgain ? ['retry', 'completeManual', 'abort'] : ['completeManual', 'abort'],
  };
}

export function pushRefused(failure: FailureFacts): Text {
  return { ...failedCall(failure), ways: ['retry', 'completeManual', 'abort'] };
}

export function pushUnknown(laneKey: string, n: number | null, message: string): Text {
  return {
    code: 'push.unknown',
    reason: message,
    evidence: `push ${n ?? '-'} of lane ${laneKey}`,
    ways: ['decideUnknownPush', 'abort'],
  };
}

/** What a lane reports of a place, where an operator must do something. */
export type ParkedNotice = Exclude<
  LaneNotice['kind'],
  'stopped' | 'paused' | 'busy' | 'conflict' | 'heldBack'
>;

const NOTICES: Readonly<Record<ParkedNotice, Pick<Text, 'code' | 'ways'>>> = {
  hindered: { code: 'lane.hindered', ways: ['acceptLedger', 'abort'] },
  foreign: { code: 'lane.foreign_change', ways: ['acceptForeign', 'abort'] },
  failed: { code: 'lane.push_failed', ways: ['retryPush', 'abort'] },
  locked: { code: 'lane.locked', ways: ['abort'] },
  noLeader: { code: 'lane.no_leader', ways: ['completeManual', 'abort'] },
  clockDiffers: { code: 'lane.clock_differs', ways: ['abort'] },
  wentBack: { code: 'lane.went_back', ways: ['resumeLane', 'abort'] },
};

/** Codes of all parkings that a lane asks for. */
export const LANE_CODES: readonly Code[] = [
  ...Object.values(NOTICES).map(({ code }) => code),
  'push.unknown',
];

export function noticeCode(kind: ParkedNotice): Code {
  return NOTICES[kind].code;
}

export function laneNotice(kind: ParkedNotice, laneKey: string, reason: string): Text {
  return { ...NOTICES[kind], reason, evidence: `lane ${laneKey}: sco lane show ${laneKey}` };
}

// Everything else.

export function activityFailed(failure: FailureFacts, phase: Phase | null): Text {
  return { ...failedCall(failure), ways: waysAfterFailure(phase) };
}

function failedCall(failure: FailureFacts): Omit<Text, 'ways'> {
  return {
    code: failure.code,
    reason: `${failure.operation}: ${failure.message}`,
    ...(failure.code === 'http.forbidden' && {
      advice: `${failure.system} refuses our user: give it the right, or the access to the device, in ${failure.system}; no other way is tried`,
    }),
    evidence: evidenceOfFailure(failure),
  };
}

export function processFaulty(fault: string): Text {
  return {
    code: 'config.process',
    reason: fault,
    advice: 'correct the file; the ticket continues within 5 minutes',
    ways: [],
  };
}

/** `blocked`: the integration point and why its message is not accepted. */
export function messageNotAccepted(blocked: string): Text {
  return { code: 'outbox.blocked', reason: `message ${blocked}`, ways: ['retryMessage', 'dropMessage'] };
}

export function scriptFailed(name: string, why: string): Text {
  return { code: 'script.failed', reason: `custom script ${name} failed: ${why}`, ways: ['retry', 'skip'] };
}

/** `isAsked`: the earlier run cannot be seen from here, so that an operator must say whether it ended. */
export function scriptMayRun(name: string, why: string, isAsked: boolean): Text {
  return isAsked
    ? {
        code: 'script.may_run',
        reason: `custom script ${name} is not started a second time: ${why}`,
        advice: 'make sure on that host that the earlier run ended; retry records this and starts the script',
        ways: ['retry', 'skip'],
      }
    : {
        code: 'script.may_run',
        reason: `custom script ${name} waits for its earlier run: ${why}`,
        advice: 'retry checks it again',
        ways: ['retry', 'skip'],
      };
}

// SecureTrack commits.

export function windowRunFailed(device: string, { window, runId, endMs, startMs, message }: SeenRun): Text {
  return {
    code: 'commit.window_failed',
    reason: `SecureTrack's change window ${window}, run ${runId} at ${instantText(endMs ?? startMs)}, did not commit ${device}: ${message ?? 'it does not say why'}`,
    advice: 'a later run that commits it is noticed; is it live already, record what you saw',
    ways: ['retry', 'completeManual', 'abort'],
  };
}

export function windowRunUnclear(device: string, { window, runId, startMs, endMs }: SeenRun): Text {
  const until = endMs === null ? '' : ` to ${instantText(endMs)}`;
  return {
    code: 'commit.window_failed',
    reason: `SecureTrack's change window ${window}, run ${runId} from ${instantText(startMs)}${until}, committed ${device} while this change was being saved: whether it holds the change is not known`,
    advice:
      'look at the running policy: is the change live, record what you saw; else retry, and the ticket waits for the next run',
    ways: ['retry', 'completeManual', 'abort'],
  };
}

export function windowKeptFrom(device: string, obstacle: string): Text {
  return {
    code: 'window.securetrack',
    reason: `SecureTrack does not commit ${device}: ${obstacle}`,
    advice:
      'enable the window in SecureTrack or correct calendars.yaml, which is noticed; or commit by hand and record it',
    ways: ['retry', 'completeManual', 'abort'],
  };
}

export function runOutsideCopy(device: string, by: string, at: string, why: string): Text {
  return {
    code: 'window.outside_copy',
    reason: `${by}, made ${device} live at ${at}, outside the copy of its schedule: ${why}`,
    advice: 'compare the window in SecureTrack with calendars.yaml; then retry, and the ticket goes on',
    ways: ['retry', 'abort'],
  };
}
