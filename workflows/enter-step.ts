import { isFinal, seenStateOf, stepInstanceOf } from '../src/domain/ticket.js';
import type { LeftBecause } from '../src/domain/lane.js';
import type { Mode } from '../src/domain/process.js';
import type { Transition } from '../src/domain/transition.js';
import type { Outcome } from '../src/domain/view.js';
import type { Reading } from '../activities/index.js';
import { recordApprovals } from './approvals.js';
import { followAutomaticPush } from './automatic-push.js';
import { leavePlaces } from './leave-places.js';
import { enqueueMessages, ofStep, pointsFor } from './outbox.js';
import { OWED_CODES, processFaulty } from './parking-texts.js';
import { leaveTasks } from './taken-tasks.js';
import type { TicketRun } from './ticket-run.js';

export type Found = Extract<Reading, { found: true }>;

/** Parking of a ticket whose process file cannot be used. */
const FAULTY = 'config.process';
/** Parkings that continue when the ticket enters another step. */
const OUTLIVES_STEP: readonly string[] = ['script.failed', 'script.may_run', FAULTY, ...OWED_CODES];

/** Leaves the old step instance, with all that belongs to it, and enters the new one. */
export async function enterStep(
  run: TicketRun,
  reading: Found,
  mode: Mode,
  transition: Transition,
): Promise<void> {
  const { state } = run;
  const points = state.definition?.integrationPoints ?? reading.definition?.integrationPoints ?? [];
  const entersStep = stepInstanceOf(reading.facts) !== state.stepInstance;
  const leftMode = state.mode;
  const leftInbound = state.inboundFired;
  const leftAlways = state.alwaysInboundFired === true;
  state.parkings = state.parkings.filter((parked) => OUTLIVES_STEP.includes(parked.code));
  state.waiting = null;
  if (entersStep || mode !== state.mode) {
    await leavePlaces(run, null, leavingBecause(run, reading, mode));
    delete state.leavesSkipped;
  }
  if (entersStep || mode !== 'drive') leaveTasks(run, reading.facts.status);
  const approvedBefore = transition.newEpoch ? state.approvals : [];
  if (transition.newEpoch) beginEpoch(run);
  if (entersStep) {
    state.donePhases = [];
    state.phase = null;
    state.inboundFired = false;
    state.alwaysInboundFired = false;
    state.proposals = [];
    state.completionAsked = null;
  }
  state.mode = mode;
  applyReading(run, reading);
  if (entersStep) await followAutomaticPush(run);
  if (transition.entered !== null)
    run.display.note(
      `step ${transition.entered}${transition.left === null ? '' : `, from ${transition.left}`}`,
    );
  if (state.status !== 'inProgress') run.display.note(`ticket ${state.status}`);
  if (isFinal(reading.facts.status)) state.outcome = finalOutcome(run, reading);
  // The step was left before the messages of its inbound points were due: they are due now.
  const inboundOfLeft = (entersStep ? ofStep(points, 'inbound', transition.left) : []).filter(({ point }) =>
    point.runs === 'always' ? !leftAlways && !leftInbound : leftMode === 'drive' && !leftInbound,
  );
  await enqueueMessages(run, [...inboundOfLeft, ...pointsFor(points, transition)]);
  recordApprovals(run);
  for (const { name, by, epoch } of approvedBefore) {
    if (!state.approvals.some((one) => one.name === name))
      run.display.note(`approval ${name} of epoch ${epoch} is void (approved by ${by.join(', ')})`);
  }
}

/** A redo, reopening or revert makes approvals, decisions and plans of the older epoch void. */
function beginEpoch(run: TicketRun): void {
  const { state } = run;
  state.assessment = null;
  state.approvals = [];
  state.itsmQuestions = [];
  state.itsmRejection = null;
  state.targets = [];
  state.window = null;
}

/** The state of the ticket becomes what the reading found. */
export function applyReading(run: TicketRun, reading: Found): void {
  const { state } = run;
  const { facts } = reading;
  state.subject = facts.subject;
  state.requester = facts.requester;
  state.workflow = facts.workflow;
  state.status = facts.status;
  state.priority = facts.priority;
  state.epoch = facts.epoch;
  state.stepInstance = stepInstanceOf(facts);
  state.stepName = facts.step?.name ?? state.stepName;
  state.seenState = seenStateOf(facts);
  state.automationFailed = facts.automationFailure !== null;
  state.modeReason =
    state.aborted === null ? reading.modeReason : `aborted by ${state.aborted.by}: ${state.aborted.reason}`;
  showFault(run, reading.fault ?? null);
  state.serviceAccounts = reading.serviceAccounts;
  state.approvers = reading.approvers ?? {};
  state.requestDigest = facts.step?.request?.requestDigest ?? state.requestDigest ?? null;
  if (reading.definition !== undefined) {
    state.definition = reading.definition;
    state.identities = reading.identities ?? [];
  }
  run.facts = facts;
}

/** Parks while the process file is faulty; ends the parking when it is corrected. */
function showFault(run: TicketRun, fault: string | null): void {
  const before = run.state.fault;
  run.state.fault = fault;
  if (fault === before) return;
  if (fault === null) {
    run.parkings.end(FAULTY, null);
    run.display.note('the process file was corrected');
    return;
  }
  run.display.note(`not driven: ${fault}`);
  run.parkings.show({ ...processFaulty(fault), phase: null });
}

function leavingBecause(run: TicketRun, { facts }: Found, mode: Mode): LeftBecause {
  if (facts.status === 'rejected') return 'rejected';
  if (facts.status === 'cancelled') return 'cancelled';
  if (isFinal(facts.status)) return 'ended';
  if (facts.epoch > run.state.epoch) return 'redone';
  return mode === 'drive' ? 'movedOn' : 'aborted';
}

export function finalOutcome(run: TicketRun, { facts }: Found): Outcome {
  switch (facts.status) {
    case 'closed':
      return facts.autoClosed ? 'autoClosed' : 'closed';
    case 'rejected':
      return 'rejected';
    case 'cancelled':
      return 'cancelled';
    case 'inProgress':
    case 'resolved':
      return run.state.outcome ?? 'observed';
  }
}
