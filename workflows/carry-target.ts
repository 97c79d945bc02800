import type { FailureFacts } from '../src/domain/failure.js';
import type { Phase } from '../src/domain/phase.js';
import { isDone, type Target } from '../src/domain/provisioning.js';
import type { MemberResult, PushCall } from '../src/domain/push.js';
import { afterClosedGate } from './closed-gate.js';
import { recordDoneByHand } from './leave-places.js';
import { pushFailed, pushRefused } from './parking-texts.js';
import { awaitPlace } from './places.js';
import { takePlaces, type Wants } from './take-places.js';
import { spendOverride } from './ticket-overrides.js';
import type { TicketRun } from './ticket-run.js';
import { recordLive, recordSaved } from './went-live.js';

/** Carries one target through its step: place, push, result. A failed target does not hold up the others. */
export async function carryTarget(run: TicketRun, target: Target, wants: Wants): Promise<void> {
  if (wants === 'saved' && target.update === 'todo') target.notSavedBeforeMs ??= run.engine.nowMs();
  for (;;) {
    await run.checkpoint();
    // What it saved may have gone live while it had no place.
    if (isDone(target)) return;
    await takePlaces(run, [target], wants);
    const end = await awaitPlace(run, target);
    if (end.kind === 'out') continue;
    if ((await applyResult(run, target, wants, end.n, end.result)) === 'done') return;
  }
}

type After = 'done' | 'again';

async function applyResult(
  run: TicketRun,
  target: Target,
  wants: Wants,
  n: number,
  result: MemberResult,
): Promise<After> {
  target.push = n;
  const isEmergency = run.definition.emergency !== undefined;
  if (endsOverride(result, isEmergency)) spendOverride(run, target);
  switch (result.kind) {
    case 'live': {
      const how = recordLive(run, target, n, result);
      run.display.note(`${target.enforcedBy === 'commit' ? 'committed' : 'updated'} ${target.name}: ${how}`);
      return 'done';
    }
    case 'saved':
      recordSaved(run, target, result);
      run.display.note(`updated ${target.name}: saved, not live yet (push ${n})`);
      run.display.publish();
      return wants === 'saved' ? 'done' : 'again';
    case 'failed':
    case 'partial':
    case 'reverted':
      return await afterFailure(run, target, result);
    case 'gateClosed':
      run.display.note(`${target.name}: not pushed: ${result.message}`);
      // Two persons are asked for again.
      if (isEmergency && result.reason === 'notApproved') return 'again';
      await afterClosedGate(run, target, target.update === 'done' ? 'commit' : 'update', result);
      return 'again';
    case 'refused':
      return await askAboutRefusal(run, target, result.call, result.failure);
    case 'notSent':
      return 'again';
  }
}

/** An override counts for one call; where its gate refused it, a new one must be asked for. */
function endsOverride(result: MemberResult, isEmergency: boolean): boolean {
  switch (result.kind) {
    case 'live':
    case 'failed':
    case 'partial':
    case 'reverted':
      return true;
    case 'gateClosed':
      return result.reason === 'windowClosed' || (isEmergency && result.reason === 'notApproved');
    case 'saved':
    case 'refused':
    case 'notSent':
      return false;
  }
}

async function afterFailure(
  run: TicketRun,
  target: Target,
  result: Extract<MemberResult, { kind: 'failed' | 'partial' | 'reverted' }>,
): Promise<After> {
  const what = result.call;
  target[what] = 'failed';
  target.failure = 'holds';
  target.message = result.message;
  const decision = await run.parkings.park({
    ...pushFailed(target.name, result),
    phase: what,
    target: target.managementId,
    news: () => isDone(target),
  });
  if (isDone(target)) return 'done';
  if (decision.kind === 'accept' || decision.kind === 'manual') {
    const by = `${decision.kind === 'accept' ? 'accepted' : 'done by hand'} by ${decision.by}: ${decision.text}`;
    if (decision.kind === 'manual') target.manualEvidence = decision.text;
    return await markDone(run, target, what, by, decision.by);
  }
  target[what] = 'todo';
  await run.refresh(what, { definitionToo: true });
  return 'again';
}

async function askAboutRefusal(
  run: TicketRun,
  target: Target,
  phase: Phase,
  failure: FailureFacts,
): Promise<After> {
  target.message = failure.message;
  target.failure = 'holds';
  const decision = await run.parkings.park({
    ...pushRefused(failure),
    phase,
    target: target.managementId,
  });
  if (decision.kind !== 'manual') {
    await run.refresh(phase, { definitionToo: true });
    return 'again';
  }
  target.manualEvidence = decision.text;
  return await markDone(
    run,
    target,
    phase === 'commit' ? 'commit' : 'update',
    `${decision.by} recorded that it was done by hand: ${decision.text}`,
    decision.by,
  );
}

/** An operator says that the call was done otherwise. */
export async function markDone(
  run: TicketRun,
  target: Target,
  what: PushCall,
  message: string,
  by: string,
): Promise<After> {
  target[what] = 'done';
  if (what === 'commit' && target.update !== 'notNeeded') target.update = 'done';
  target.message = message;
  run.display.note(`${what === 'commit' ? 'committed' : 'updated'} ${target.name}: ${message}`);
  run.display.publish();
  if (what === 'commit') await recordDoneByHand(run, target, by);
  return target.commit === 'todo' ? 'again' : 'done';
}
