import { isPending } from '../src/domain/ticket.js';
import { leavePlaces } from './leave-places.js';
import { enqueueMessages, ofStep, sends } from './outbox.js';
import { isCompletionAsked } from './ticket-changes.js';
import { phases } from './phases/index.js';
import { proposeStep } from './propose.js';
import { decideReverted } from './reverted.js';
import { automationFailed } from './parking-texts.js';
import { prepareTask, releaseTasks } from './taken-tasks.js';
import type { TicketRun } from './ticket-run.js';
import { PhaseSkipped } from './ticket-run.js';

/** The phases of one step instance, in the order of its definition. */
export async function runStep(run: TicketRun): Promise<void> {
  const { state } = run;
  if (state.status !== 'inProgress') {
    run.display.wait({
      for: 'confirmation',
      what: 'the requester confirms or reopens the ticket',
      untilMs: null,
    });
    return;
  }
  if (state.mode !== 'drive') await enqueueAlways(run);
  if (state.mode === 'observe' || state.definition === null) {
    run.display.wait({
      for: 'event',
      what: `SecureChange reports an event (the ticket is only observed${state.modeReason === null ? '' : `: ${state.modeReason}`})`,
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
    const due = ofStep(state.definition.integrationPoints, 'inbound', state.stepName);
    await enqueueMessages(
      run,
      due.filter(({ point }) => state.alwaysInboundFired !== true || point.runs !== 'always'),
    );
  }
  await leaveSkipped(run);
  await decideReverted(run);
  for (const rule of state.definition.steps[state.stepName ?? '']?.phases ?? []) {
    if (state.donePhases.includes(rule.phase)) continue;
    await run.checkpoint();
    run.display.enter(rule.phase);
    try {
      await prepareTask(run, rule);
      await phases[rule.phase](run, rule);
    } catch (error) {
      if (!(error instanceof PhaseSkipped)) throw error;
      run.display.note(`phase ${rule.phase} skipped`);
      if (rule.phase === 'update' || rule.phase === 'commit') state.leavesSkipped = true;
    }
    state.donePhases.push(rule.phase);
    await leaveSkipped(run);
  }
  run.display.enter(null);
  releaseTasks(run);
  await watchAutomation(run);
}

/** What waits in a lane would go live although its phase was skipped. A run that continues as new goes on with it. */
async function leaveSkipped(run: TicketRun): Promise<void> {
  if (run.state.leavesSkipped !== true) return;
  await leavePlaces(run, null, 'skipped');
  delete run.state.leavesSkipped;
}

/** The inbound points of a step that send for tickets which are not driven. */
async function enqueueAlways(run: TicketRun): Promise<void> {
  const { state } = run;
  if (state.alwaysInboundFired === true) return;
  const points = state.definition?.integrationPoints ?? [];
  const due = ofStep(points, 'inbound', state.stepName).filter(({ point }) => sends(run, point));
  if (due.length === 0) return;
  await untilFree(run);
  state.alwaysInboundFired = true;
  await enqueueMessages(run, due);
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
  // An event may report that it ended, while the ticket asks an operator about it.
  const news = (): boolean => !isPending(run.facts);
  await run.read('awaitStepFree', { phase: null, news }, () => ({
    ticketId: state.ticketId,
    stepInstance: state.stepInstance ?? '',
    requestField: state.definition?.requestField ?? null,
  }));
  run.display.wait(null);
  const reading = await run.read('readTicket', { phase: null }, () => ({
    ticketId: state.ticketId,
    knownStep: state.stepInstance,
    adopted: state.adopted,
    reports: [],
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
      await run.parkings.park({ ...automationFailed(failure), phase: null });
      run.news.requestReading();
    } else if (isCompletionAsked(run)) {
      await completeStep(run);
      continue;
    } else {
      run.display.wait({
        for: 'event',
        what: `step ${state.stepName ?? '-'} is completed in SecureChange; the orchestrator has nothing more to do in it`,
        untilMs: null,
      });
    }
    const seen = run.facts;
    await run.engine.condition(() => run.facts !== seen || isCompletionAsked(run));
  }
}

/** As an integration point asked for, and as the phase advance does it. */
async function completeStep(run: TicketRun): Promise<void> {
  const { state } = run;
  run.display.enter('advance');
  run.display.note(`${state.completionAsked?.by ?? '-'} asked to complete the step`);
  const rule = { phase: 'advance', by: 'orchestrator' } as const;
  try {
    await prepareTask(run, rule);
    await phases.advance(run, rule);
  } catch (error) {
    if (!(error instanceof PhaseSkipped)) throw error;
    run.display.note('phase advance skipped');
  }
  state.completionAsked = null;
  run.display.enter(null);
  releaseTasks(run);
}
