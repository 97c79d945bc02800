import type { TicketEvent } from '../src/domain/event.js';
import { isFinal, isPending, seenStateOf, stepInstanceOf } from '../src/domain/ticket.js';
import type { LeftBecause } from '../src/domain/lane.js';
import { canonicalReport } from '../src/domain/report.js';
import type { Mode } from '../src/domain/process.js';
import { judgeTransition, type Transition } from '../src/domain/transition.js';
import type { Outcome } from '../src/domain/view.js';
import type { Reading } from '../activities/index.js';
import { recordApproval } from './assess.js';
import { queueScripts, runScripts } from './custom-scripts.js';
import type { Scope } from './engine.js';
import { leavePlaces } from './places.js';
import { enqueueMessages, ofStep, pointsFor, runOutbox } from './outbox.js';
import { readWhatWentLive } from './went-live.js';
import { phases } from './phases/index.js';
import { proposeStep } from './propose.js';
import type { TicketRun } from './ticket-run.js';
import { PhaseSkipped } from './ticket-run.js';

type Found = Extract<Reading, { found: true }>;

/** Parking of a ticket whose process file cannot be used. */
const FAULTY = 'config.process';
const FAULT_CHECK_MS = 5 * 60_000;
/** Parkings that continue when the ticket enters another step. */
const OUTLIVES_STEP: readonly string[] = ['script.failed', 'script.may_run', FAULTY];

/** With a larger state the run does not continue as new: the server would refuse the arguments. */
const CARRY_LIMIT = 512 * 1024;

/**
 * The main loop of one ticket. Every event, sweep or command is a reason to read the ticket; the reading decides: another
 * step instance cancels the waits of the old one and enters the new one, a final status ends the run.
 */
export async function runTicket(run: TicketRun): Promise<Outcome | 'continuedAsNew'> {
  const outbox = run.engine.scope(async () => runOutbox(run));
  const scripts = run.engine.scope(async () => runScripts(run));
  const outcome = await followTicket(run);
  // Scripts of the last event still run.
  if (outcome !== 'continuedAsNew') await run.engine.condition(() => run.state.scripts.length === 0);
  await stop(scripts);
  if (outcome !== 'continuedAsNew') await endRun(run, outcome);
  // A message that is being sent is cancelled; the next run looks it up by its correlation id.
  await stop(outbox);
  await run.engine.condition(() => run.engine.handlersIdle());
  run.engine.flush();
  return outcome;
}

async function followTicket(run: TicketRun): Promise<Outcome | 'continuedAsNew'> {
  const { state, engine } = run;
  let step: Scope | null = null;
  for (;;) {
    await readWhatWentLive(run);
    const { reading, events } = await read(run);
    if (!reading.found) {
      await stop(step);
      return 'notFound';
    }
    const { facts } = reading;
    if (state.status === 'unread' && isFinal(facts.status)) {
      applyReading(run, reading);
      return 'lateEvent';
    }
    const mode = modeOf(run, reading);
    const transition = judgeTransition(state, facts);
    if (transition.changed || mode !== state.mode || step === null) {
      await stop(step);
      // The reading is newer than the last effect of the old step, so requests of that step are answered.
      if (transition.changed) run.news.requestsAnswered();
      await enterStep(run, reading, mode, transition);
      queueScripts(run, events);
      if (isFinal(facts.status)) return finalOutcome(run, reading);
      step = engine.scope(async () => runStep(run));
    } else {
      applyReading(run, reading);
      queueScripts(run, events);
      await enqueueMessages(run, pointsFor(state.definition?.integrationPoints ?? [], transition));
      recordApproval(run);
    }
    run.display.publish();
    const isDue = (): boolean => mustContinueAsNew(run);
    // No event reports a corrected file.
    if (state.fault === null) await run.news.next(isDue);
    else await run.news.next(isDue, FAULT_CHECK_MS, 'until the process file is read again');
    if (mustContinueAsNew(run)) {
      await stop(step);
      step = null;
      // Protected writes have ended meanwhile, and may have added more state than can be carried.
      if (!mustContinueAsNew(run)) continue;
      state.continueAsNewCount += 1;
      return 'continuedAsNew';
    }
  }
}

/** Queued events share one read. Scripts they name are queued after it, when the ticket shows the step they need. */
async function read(
  run: TicketRun,
): Promise<{ readonly reading: Reading; readonly events: readonly TicketEvent[] }> {
  const { state, news } = run;
  const events = await checkSignatures(run, state.queue.splice(0));
  news.requestsAnswered();
  const leftStep = leftStepOf(events);
  const { ticketId } = state;
  // A dead credential parks every ticket: once it is repaired, the next event or command of each is enough.
  const context = { phase: null, runsWhileHeld: true, news: () => news.arrivedSinceAttempt() } as const;
  const reading = await run.read('readTicket', context, () => {
    news.attemptBegins();
    const knownStep = state.definition === null ? null : state.stepInstance;
    return { ticketId, knownStep, adopted: state.adopted, leftStep };
  });
  return { reading, events };
}

/** An event without a valid signature is only a reason to read: its script and left step are removed. */
async function checkSignatures(
  run: TicketRun,
  events: readonly TicketEvent[],
): Promise<readonly TicketEvent[]> {
  const signed = events.filter((event) => event.signature !== undefined);
  if (signed.length === 0) return [];
  const texts = signed.map((event) => ({ text: canonicalReport(event), signature: event.signature ?? '' }));
  const verdicts = await run.read('checkSignatures', { phase: null, runsWhileHeld: true }, () => ({
    signed: texts,
  }));
  return signed.filter((event, index) => {
    if (verdicts[index] === true) run.inbox.markVerified(event);
    else
      run.display.note(
        `event ${event.name}: its signature does not match; the ticket is read, and no script is run`,
      );
    return verdicts[index] === true;
  });
}

function leftStepOf(events: readonly TicketEvent[]): string | null {
  const newest = events.at(-1);
  return newest?.name === 'ADVANCE' || newest?.name === 'CREATE' ? (newest.info?.stage?.name ?? null) : null;
}

function modeOf(run: TicketRun, reading: Found): Mode {
  if (run.state.aborted === null) return reading.mode;
  return 'observe';
}

/** Leaves the old step instance, with all that belongs to it, and enters the new one. */
async function enterStep(run: TicketRun, reading: Found, mode: Mode, transition: Transition): Promise<void> {
  const { state } = run;
  const points = state.definition?.integrationPoints ?? reading.definition?.integrationPoints ?? [];
  const entersStep = stepInstanceOf(reading.facts) !== state.stepInstance;
  const leftMode = state.mode;
  const leftInbound = state.inboundFired;
  state.parkings = state.parkings.filter((parked) => OUTLIVES_STEP.includes(parked.code));
  state.waiting = null;
  if (entersStep || mode !== state.mode) await leavePlaces(run, null, leavingBecause(run, reading, mode));
  if (transition.newEpoch) beginEpoch(run);
  if (entersStep) {
    state.donePhases = [];
    state.phase = null;
    state.inboundFired = false;
    state.proposals = [];
  }
  state.mode = mode;
  applyReading(run, reading);
  if (transition.entered !== null)
    run.display.note(
      `step ${transition.entered}${transition.left === null ? '' : `, from ${transition.left}`}`,
    );
  if (state.status !== 'inProgress') run.display.note(`ticket ${state.status}`);
  if (isFinal(reading.facts.status)) state.outcome = finalOutcome(run, reading);
  // The step was left before the messages of its inbound points were due: they are due now.
  const inboundOfLeft =
    entersStep && leftMode === 'drive' && !leftInbound ? ofStep(points, 'inbound', transition.left) : [];
  await enqueueMessages(run, [...inboundOfLeft, ...pointsFor(points, transition)]);
  recordApproval(run);
}

/** A redo, reopening or revert makes approvals, decisions and plans of the older epoch void. */
function beginEpoch(run: TicketRun): void {
  const { state } = run;
  state.assessment = null;
  state.approval = null;
  state.targets = [];
  state.window = null;
}

function applyReading(run: TicketRun, reading: Found): void {
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
  if (reading.definition !== undefined) state.definition = reading.definition;
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
  run.parkings.show({
    code: FAULTY,
    phase: null,
    reason: fault,
    advice: 'correct the file; the ticket continues within 5 minutes',
    ways: [],
  });
}

function leavingBecause(run: TicketRun, { facts }: Found, mode: Mode): LeftBecause {
  if (facts.status === 'rejected') return 'rejected';
  if (facts.status === 'cancelled') return 'cancelled';
  if (isFinal(facts.status)) return 'ended';
  if (facts.epoch > run.state.epoch) return 'redone';
  return mode === 'drive' ? 'movedOn' : 'aborted';
}

/** The phases of one step instance, in the order of its definition. */
async function runStep(run: TicketRun): Promise<void> {
  const { state } = run;
  if (state.status !== 'inProgress') {
    run.display.wait({
      for: 'confirmation',
      what: 'the requester confirms or reopens the ticket',
      untilMs: null,
    });
    return;
  }
  if (state.mode === 'observe' || state.definition === null) {
    run.display.wait({
      for: 'event',
      what: `an event in SecureChange; the ticket is only observed${state.modeReason === null ? '' : `: ${state.modeReason}`}`,
      untilMs: null,
    });
    return;
  }
  await untilFree(run);
  if (state.mode === 'propose') {
    await proposeStep(run);
    run.display.wait({
      for: 'event',
      what: 'a person does in SecureChange what is listed under "Would do"',
      untilMs: null,
    });
    return;
  }
  if (!state.inboundFired) {
    state.inboundFired = true;
    await enqueueMessages(run, ofStep(state.definition.integrationPoints, 'inbound', state.stepName));
  }
  for (const rule of state.definition.steps[state.stepName ?? '']?.phases ?? []) {
    if (state.donePhases.includes(rule.phase)) continue;
    await run.checkpoint();
    run.display.enter(rule.phase);
    try {
      await phases[rule.phase](run, rule);
    } catch (error) {
      if (!(error instanceof PhaseSkipped)) throw error;
      run.display.note(`phase ${rule.phase} skipped`);
    }
    state.donePhases.push(rule.phase);
  }
  run.display.enter(null);
  await watchAutomation(run);
}

/** Waits while SecureChange works on the step: nothing may be written until then. */
async function untilFree(run: TicketRun): Promise<void> {
  const { state } = run;
  if (!isPending(run.facts)) return;
  run.display.wait({
    for: 'securechange',
    what: `SecureChange finishes its own work on the step (${run.step.tasks[0]?.pendingReason ?? 'pending'})`,
    untilMs: null,
  });
  await run.read('awaitStepFree', { phase: null }, () => ({
    ticketId: state.ticketId,
    stepInstance: state.stepInstance ?? '',
    requestField: state.definition?.requestField ?? null,
  }));
  run.display.wait(null);
  const reading = await run.read('readTicket', { phase: null }, () => ({
    ticketId: state.ticketId,
    knownStep: state.stepInstance,
    adopted: state.adopted,
    leftStep: null,
  }));
  if (reading.found && reading.definition === undefined) run.facts = reading.facts;
  else {
    run.news.requestReading();
    await run.nextFacts();
  }
}

/** All phases of the step are done: waits for the next event. A failed automatic step waits for an operator. */
async function watchAutomation(run: TicketRun): Promise<void> {
  const { state } = run;
  for (;;) {
    const failure = run.facts.automationFailure;
    if (failure !== null) {
      await run.parkings.park({
        code: `automation.${failure.tool}`,
        phase: null,
        reason: `the automatic step failed (${failure.tool}): ${failure.reason}`,
        advice: 'repeat the step or do its work in SecureChange, then retry',
        ways: ['retry', 'abort'],
      });
      run.news.requestReading();
    } else {
      run.display.wait({
        for: 'event',
        what: `step ${state.stepName ?? '-'} is completed in SecureChange; the orchestrator has nothing more to do in it`,
        untilMs: null,
      });
    }
    await run.nextFacts();
  }
}

/** Ends the run: leaves the lanes (saved Updates stay in their ledgers) and sends the remaining messages. */
async function endRun(run: TicketRun, outcome: Outcome): Promise<void> {
  const { state, engine } = run;
  state.outcome = outcome;
  state.phase = null;
  state.parkings = [];
  state.waiting = null;
  await leavePlaces(run, null, 'ended');
  if (state.outbox.length > 0) {
    run.display.wait({
      for: 'itsm',
      what: `the ITSM accepts ${state.outbox.length} message(s)`,
      untilMs: null,
    });
    await engine.condition(() => state.outbox.length === 0);
  }
  state.waiting = null;
  run.display.publish();
}

function finalOutcome(run: TicketRun, { facts }: Found): Outcome {
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

function mustContinueAsNew(run: TicketRun): boolean {
  if (!run.engine.historyIsLong()) return false;
  return JSON.stringify(run.state).length < CARRY_LIMIT;
}

async function stop(scope: Scope | null): Promise<void> {
  scope?.cancel();
  await scope?.done;
}
