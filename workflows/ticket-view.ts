import type { ApprovalStanding } from '../src/domain/approvals.js';
import type { Parking } from '../src/domain/commands.js';
import { owedText } from '../src/domain/emergency.js';
import { parking } from '../src/domain/parking.js';
import {
  decisionText,
  type OverrideView,
  type TargetView,
  type TicketView,
  type Waiting,
} from '../src/domain/view.js';
import { shownIgnored } from '../src/domain/ignored.js';
import { overrideUntilMs, type TicketOverride } from '../src/domain/override.js';
import { isDone, type Target } from '../src/domain/provisioning.js';
import type { Phase } from '../src/domain/phase.js';
import { ticketDetails } from '../src/domain/ticket-details.js';
import type { Published } from './published.js';
import { standingsOf } from './approvals.js';
import { placeText } from './place-text.js';
import { undelivered } from './send-messages.js';
import { messageNotAccepted } from './parking-texts.js';
import type { TicketState } from './ticket-state.js';

const TARGETS_SHOWN = 250;
const PARKINGS_SHOWN = 50;
const MESSAGES_SHOWN = 50;

/** The answer to "what state is this ticket in?". Reads, never changes. */
export function viewOf(state: TicketState): TicketView {
  const { definition, assessment } = state;
  const approvals = standingsOf(state);
  const parkings = parkingsOf(state).map((parked) => ({
    ...parked,
    targetName: targetName(state, parked.target),
  }));
  return {
    ticketId: state.ticketId,
    subject: state.subject,
    requester: state.requester,
    workflow: state.workflow,
    process: definition === null ? null : { name: definition.name, version: definition.version },
    mode: state.mode,
    modeReason: state.modeReason,
    status: state.status,
    step: state.stepName,
    epoch: state.epoch,
    phase: shownPhase(state),
    donePhases: state.donePhases.filter((phase) => isShownDone(state, phase)),
    waiting: waitingOf(state),
    held: state.held,
    targets: state.targets.slice(0, TARGETS_SHOWN).map((target) => targetView(state, target)),
    moreTargets: Math.max(0, state.targets.length - TARGETS_SHOWN),
    risk:
      assessment === null
        ? null
        : { verdict: assessment.verdict, severity: assessment.severity, reason: assessment.reason },
    approval: allGiven(state, approvals),
    approvals,
    window: state.window,
    overrides: state.overrides.map(overrideView),
    ...emergencyOf(state),
    ...(state.backOuts !== undefined && { backOuts: state.backOuts }),
    savedNotPushed: savedNotPushed(state).map((target) => target.name),
    itsm: state.itsm,
    outbox: state.outbox.slice(0, MESSAGES_SHOWN).map((message, index) => undelivered(state, message, index)),
    delivered: state.delivered,
    parkings: parkings.slice(0, PARKINGS_SHOWN),
    moreParkings: Math.max(0, parkings.length - PARKINGS_SHOWN),
    needsAttention: parkings[0] ?? null,
    proposals: state.proposals,
    outcome: state.outcome,
    lastEvents: state.lastEvents,
    timeline: state.timeline,
    commands: state.commands,
    ...shownIgnored(state.ignored),
  };
}

function emergencyOf({ definition, owed }: TicketState): Pick<TicketView, 'emergency'> {
  if (owed == null) return definition?.emergency === undefined ? {} : { emergency: { owed: null } };
  const { answer, isOverdue, rejected, dueMs } = owed;
  const late = rejected !== null ? 'rejected' : isOverdue ? 'overdue' : 'due';
  return { emergency: { owed: { text: owedText(owed), dueMs, state: answer === null ? late : 'answered' } } };
}

function allGiven({ epoch }: TicketState, approvals: readonly ApprovalStanding[]): TicketView['approval'] {
  const needed = approvals.filter(({ state }) => state !== 'notNeeded');
  if (needed.length === 0 || needed.some(({ state }) => state !== 'given')) return null;
  return { by: [...new Set(needed.flatMap(({ by }) => by))], epoch };
}

/** All parkings: phases, targets, and a message that its receiver does not accept. */
export function parkingsOf(state: TicketState): readonly Parking[] {
  const [message] = state.outbox;
  if (message === undefined || state.outboxBlocked === null) return state.parkings;
  const blocked = parking({
    ticketId: state.ticketId,
    ...messageNotAccepted(state.outboxBlocked),
    phase: null,
    target: null,
    evidence: null,
    sinceMs: state.outboxBlockedSinceMs,
    message: message.number,
  });
  return [...state.parkings, blocked];
}

function overrideView({ ask, confirm, spent }: TicketOverride): OverrideView {
  return {
    key: ask.key,
    devices: ask.command.devices,
    by: ask.actor.login,
    reason: ask.reason,
    atMs: ask.issuedAtMs,
    untilMs: overrideUntilMs(ask),
    confirmedBy: confirm?.actor.login ?? null,
    spent: spent.length > 0,
  };
}

function targetName({ targets }: TicketState, target: string | null): string | null {
  if (target === null) return null;
  const known = targets.find(({ managementId }) => managementId === target)?.name;
  return known ?? target;
}

/** The phase has ended once the targets are enrolled; the view shows it while a target waits for its window. */
/** The push of a later phase may still do what a phase has only enrolled for. */
function isShownDone(state: TicketState, phase: Phase): boolean {
  switch (phase) {
    case 'update':
      return state.targets.every(({ update }) => update === 'done' || update === 'notNeeded');
    case 'changeWindow':
      return !awaitsWindow(state);
    default:
      return true;
  }
}

function awaitsWindow(state: TicketState): boolean {
  return state.targets.some((target) => !isDone(target) && standingOf(state, target).stage < 2);
}

function targetView(state: TicketState, target: Target): TargetView {
  return { ...target, done: isDone(target), waiting: targetWaitingOf(state, target) };
}

/** What one target waits for; a question to an operator comes first. */
function targetWaitingOf(state: TicketState, { managementId }: Target): string | null {
  const asked = state.parkings.find(({ target }) => target === managementId);
  if (asked) return 'the decision of an operator';
  const place = state.places.find(({ target }) => target === managementId);
  return place === undefined ? null : placeText(state, place);
}

/** A held ticket waits for `resume`, whatever else it waits for. */
export function resumeAwaited({ by, reason }: NonNullable<TicketState['held']>): Omit<Waiting, 'sinceMs'> {
  return {
    for: 'operator',
    what: `an operator resumes the ticket, which ${by} holds: ${reason}`,
    untilMs: null,
  };
}

/** Several targets wait at once, and the state contains the last one. When all of them need an operator, one of those is shown. */
function waitingOf(state: TicketState): Waiting | null {
  const { waiting, parkings, places, held } = state;
  const [first, ...more] = parkings;
  if (waiting !== null && !['lane', 'window', 'event'].includes(waiting.for)) return waiting;
  if (first === undefined)
    return waiting === null || held === null
      ? waiting
      : { ...resumeAwaited(held), sinceMs: Math.max(held.sinceMs, waiting.sinceMs) };
  const asked = parkings.map(({ target }) => target);
  const others = places.some(({ target }) => !asked.includes(target));
  if (waiting?.for !== 'event' && others) return waiting;
  return {
    for: first.code === 'lane.hindered' ? 'ledger' : 'operator',
    what: `${decisionText(first.reason)}${more.length === 0 ? '' : ` (and ${more.length} more)`}`,
    untilMs: null,
    sinceMs: first.sinceMs,
  };
}

export function savedNotPushed(state: Pick<TicketState, 'targets'>): Target[] {
  return state.targets.filter(
    (target) =>
      target.enforcedBy === 'commit' &&
      target.update === 'done' &&
      target.commit !== 'done' &&
      target.commit !== 'notNeeded',
  );
}

/** The phase of the least advanced target. */
function shownPhase(state: TicketState): Phase | null {
  if (state.phase !== 'update' && state.phase !== 'changeWindow' && state.phase !== 'commit')
    return state.phase;
  const open = state.targets.filter((target) => !isDone(target)).map((target) => standingOf(state, target));
  const least = open.reduce<Standing | null>(
    (least, each) => (least === null || each.stage < least.stage ? each : least),
    null,
  );
  return least?.phase ?? state.phase;
}

interface Standing {
  /** 0 is saved ahead, 1 waits in its lane, 2 is pushed. */
  readonly stage: 0 | 1 | 2;
  readonly phase: Phase;
}

/** The push that commits saves first, inside the window: until then the target waits for its window. */
function standingOf(state: TicketState, target: Target): Standing {
  const saves = target.enforcedBy === 'commit';
  const place = state.places.find((one) => one.target === target.managementId);
  if (place?.n != null) return { stage: 2, phase: saves ? 'commit' : 'update' };
  if (place?.wants === 'saved') return { stage: 0, phase: 'update' };
  return { stage: 1, phase: 'changeWindow' };
}

/** Search attributes and current details: the Temporal Web UI shows what happens and what the ticket waits for. */
export function publishedOf(state: TicketState): Published {
  const { assessment } = state;
  const opensAtMs = state.window?.next?.opensAtMs;
  return {
    subject: state.subject,
    attributes: {
      workflowName: state.workflow,
      step: state.stepName ?? '-',
      phase: shownPhase(state) ?? '-',
      waitingFor: waitingOf(state)?.for ?? '-',
      requester: state.requester,
      risk: assessment === null ? '-' : (assessment.severity ?? 'none'),
      itsmId: state.itsm?.number ?? '-',
      outcome: state.outcome ?? '-',
      seenState: state.seenState,
      devices: state.targets.map((target) => target.name),
      windowOpensAt: opensAtMs === undefined ? null : new Date(opensAtMs),
      needsAttention: parkingsOf(state).length > 0,
    },
    windowBasis: state.windowBasis,
    details: ticketDetails(viewOf(state), parkingsOf(state)),
  };
}
