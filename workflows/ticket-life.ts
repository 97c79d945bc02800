import type { TicketEvent } from '../src/domain/event.js';
import { isFinal } from '../src/domain/ticket.js';
import { canonicalReport } from '../src/domain/report.js';
import type { Mode } from '../src/domain/process.js';
import { judgeTransition } from '../src/domain/transition.js';
import type { Outcome } from '../src/domain/view.js';
import type { Reading } from '../activities/index.js';
import { recordApprovals } from './approvals.js';
import { isOpening, openBackOuts } from './back-out.js';
import { leaveScripts, queueLateScripts, queueScripts, runScripts } from './custom-scripts.js';
import { followOwed, untilApprovedAfterwards } from './emergency.js';
import type { Scope } from './engine.js';
import { applyReading, enterStep, finalOutcome, type Found } from './enter-step.js';
import { OWED_CODES } from './parking-texts.js';
import { leavePlaces } from './leave-places.js';
import { noticeOverrides } from './override-notices.js';
import { enqueueMessages, pointsFor } from './outbox.js';
import { sendMessages } from './send-messages.js';
import { reportAttention } from './report-attention.js';
import { reportReverted, reportRevertedAfterEnd } from './report-reverted.js';
import { readWhatWentLive } from './went-live.js';
import { runStep } from './run-step.js';
import { giveTasksBack } from './taken-tasks.js';
import type { TicketRun } from './ticket-run.js';

const FAULT_CHECK_MS = 5 * 60_000;

/** With a larger state the run does not continue as new: the server would refuse the arguments. */
const CARRY_LIMIT = 512 * 1024;

/**
 * The main loop of one ticket. Every event, sweep or command is a reason to read the ticket; the reading decides: another
 * step instance cancels the waits of the old one and enters the new one, a final status ends the run.
 */
export async function runTicket(run: TicketRun): Promise<Outcome | 'continuedAsNew'> {
  for (;;) {
    const outcome = await runToEnd(run);
    // A lane signals once: what firewalls took back while the run ended is made known before it is over.
    if (outcome === 'continuedAsNew' || run.state.carriedBy.length === 0) return outcome;
  }
}

async function runToEnd(run: TicketRun): Promise<Outcome | 'continuedAsNew'> {
  const outbox = run.engine.scope(async () => sendMessages(run));
  const scripts = run.engine.scope(async () => runScripts(run));
  const notices = run.engine.scope(async () => noticeOverrides(run));
  const backOuts = run.engine.scope(async () => openBackOuts(run));
  const owed = run.engine.scope(async () => followOwed(run));
  const tasks = run.engine.scope(async () => giveTasksBack(run));
  const attention = run.engine.scope(async () => reportAttention(run));
  const outcome = await followTicket(run);
  // Scripts of the last event still run.
  if (outcome !== 'continuedAsNew') await run.engine.condition(() => run.state.scripts.length === 0);
  await stop(scripts);
  if (outcome !== 'continuedAsNew') await endRun(run, outcome);
  await stop(notices);
  await stop(owed);
  await stop(tasks);
  await stop(backOuts);
  await stop(attention);
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
    const reverted = await readWhatWentLive(run);
    const { reading, events } = await read(run);
    if (!reading.found) {
      await stop(step);
      leaveScripts(run, events, 'SecureChange has no such ticket');
      return 'notFound';
    }
    const { facts } = reading;
    if (state.status === 'unread' && isFinal(facts.status)) {
      // The lane may have started this run for what was reverted.
      const revertedAfterEnd = [...reverted, ...(await readWhatWentLive(run))];
      applyReading(run, reading);
      state.mode = modeOf(run, reading);
      await queueLateScripts(run, events);
      if (run.asked > 0) return await answerAfterEnd(run, reading, revertedAfterEnd);
      if (revertedAfterEnd.length === 0) return 'lateEvent';
      const outcome = finalOutcome(run, reading);
      state.outcome = outcome;
      await reportRevertedAfterEnd(run, revertedAfterEnd);
      return outcome;
    }
    const mode = modeOf(run, reading);
    const transition = judgeTransition(state, facts);
    if (transition.changed || mode !== state.mode || step === null || reverted.length > 0) {
      await stop(step);
      // The reading is newer than the last effect of the old step, so requests of that step are answered.
      if (transition.changed) run.news.requestsAnswered();
      await enterStep(run, reading, mode, transition);
      queueScripts(run, events);
      await reportReverted(run, reverted);
      if (isFinal(facts.status)) return finalOutcome(run, reading);
      step = engine.scope(async () => runStep(run));
    } else {
      applyReading(run, reading);
      queueScripts(run, events);
      await enqueueMessages(run, pointsFor(state.definition?.integrationPoints ?? [], transition));
      recordApprovals(run);
    }
    run.isKnown = true;
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

/** A command started this run, of a ticket that has ended: earlier runs have its devices. */
async function answerAfterEnd(
  run: TicketRun,
  reading: Found,
  reverted: Awaited<ReturnType<typeof readWhatWentLive>>,
): Promise<Outcome> {
  await reportRevertedAfterEnd(run, reverted);
  const outcome = finalOutcome(run, reading);
  run.state.outcome = outcome;
  run.isKnown = true;
  await run.engine.condition(() => run.asked === 0 && run.engine.handlersIdle() && !isOpening(run));
  return outcome;
}

/** Queued events share one read. Scripts they name are queued after it, when the ticket shows the step they need. */
async function read(
  run: TicketRun,
): Promise<{ readonly reading: Reading; readonly events: readonly TicketEvent[] }> {
  const { state, news } = run;
  const signed = state.queue.splice(0).filter(({ signature }) => signature !== undefined);
  news.requestsAnswered();
  const reports = signed.map((event) => ({
    text: canonicalReport(event),
    signature: event.signature ?? '',
    leftStep: leftStepOf(event),
  }));
  const { ticketId } = state;
  // A dead credential parks every ticket: once it is repaired, the next event or command of each is enough.
  const context = { phase: null, runsWhileHeld: true, news: () => news.arrivedSinceAttempt() } as const;
  const reading = await run.read('readTicket', context, () => {
    news.attemptBegins();
    // A ticket that has ended has no step instance: the definition is asked for all the same.
    const knownStep = state.definition === null ? '' : state.stepInstance;
    return { ticketId, knownStep, adopted: state.adopted, reports };
  });
  return { reading, events: signed.filter((event, index) => counts(run, event, reading.signed[index])) };
}

/** An event without a valid signature was only a reason to read: its script is not run. */
function counts(run: TicketRun, event: TicketEvent, isSigned: boolean | undefined): boolean {
  const isOld = event.receivedAtMs < run.state.reportsNotBeforeMs;
  if (isSigned === true && !isOld) {
    run.inbox.markVerified(event);
    return true;
  }
  const why = isSigned === true ? 'is too old' : 'does not match';
  run.display.note(`event ${event.name}: its signature ${why}; the ticket is read, and no script is run`);
  return false;
}

function leftStepOf({ name, info }: TicketEvent): string | null {
  return name === 'ADVANCE' || name === 'CREATE' ? (info?.stage?.name ?? null) : null;
}

function modeOf(run: TicketRun, reading: Found): Mode {
  if (run.state.aborted === null) return reading.mode;
  return 'observe';
}

/** Ends the run: leaves the lanes (saved Updates stay in their ledgers) and sends the remaining messages. */
async function endRun(run: TicketRun, outcome: Outcome): Promise<void> {
  const { state, engine } = run;
  state.outcome = outcome;
  state.phase = null;
  state.parkings = state.parkings.filter(({ code }) => OWED_CODES.includes(code));
  state.waiting = null;
  await leavePlaces(run, null, 'ended');
  await untilApprovedAfterwards(run);
  if (state.outbox.length > 0) {
    run.display.wait({
      for: 'itsm',
      what: `the ITSM accepts ${state.outbox.length} message(s)`,
      untilMs: null,
    });
    await engine.condition(() => state.outbox.length === 0);
  }
  // A command may have asked for a back-out meanwhile.
  await engine.condition(() => engine.handlersIdle() && !isOpening(run));
  state.waiting = null;
  run.display.publish();
}

function mustContinueAsNew(run: TicketRun): boolean {
  if (!run.engine.isNewRunDue()) return false;
  return JSON.stringify(run.state).length < CARRY_LIMIT;
}

async function stop(scope: Scope | null): Promise<void> {
  scope?.cancel();
  await scope?.done;
}
