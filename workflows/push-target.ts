import { effectKey } from '../src/domain/ids.js';
import type { PushKind } from '../src/domain/lane.js';
import type { FailureFacts } from '../src/domain/failure.js';
import { evidenceOfFailure } from '../src/domain/parking.js';
import type { Phase } from '../src/domain/phase.js';
import type { Target } from '../src/domain/provisioning.js';
import type { PushInput, PushResult } from '../activities/index.js';
import { requireApproval } from './assess.js';
import { afterClosedGate } from './closed-gate.js';
import { calendarOf } from './targets.js';
import { answerQuestion } from './open-questions.js';
import type { HeldGrant, OpenQuestion } from './ticket-state.js';
import { LOCKED_TRIES, type TicketRun } from './ticket-run.js';
import { awaitTurn, enrolPushes, giveBack, ownTurn, showTurn } from './turns.js';

const AGAIN_AFTER_MS = 3_000;
const AGAIN_WITHIN_MS = 5 * 60_000;
const MOST_UNANSWERED = 20;
const ANSWER_ON_ITS_WAY_MS = 2_000;

/** How often in a row SecureChange refused a push before anything was sent. */
interface Tries {
  refused: number;
}

/** Proven not sent: nothing of the target runs while it waits for another try. */
const NOT_SENT: readonly PushAnswer['kind'][] = ['refused', 'turnLost', 'gateClosed'];

/** Carries one target through one push: its turn, the push, and whatever the push answered. Returns when it is settled. */
export async function pushTarget(run: TicketRun, target: Target, kind: PushKind): Promise<void> {
  const { state } = run;
  const phase: Phase = kind === 'commit' ? 'commit' : 'update';
  const tries: Tries = { refused: 0 };
  for (;;) {
    await run.checkpoint();
    const held = await awaitTurn(run, target, kind);
    // A lane gives its next turn when a push tells its end, a moment before the push's own answer is here.
    if (run.taskBusy) await run.engine.condition(() => !run.taskBusy, ANSWER_ON_ITS_WAY_MS);
    if (run.taskBusy || state.held !== null) {
      await giveBack(run, held);
      await ownTurn(run, target);
      await enrolPushes(run, [{ target, kind }]);
      continue;
    }
    const result = await pushOnce(run, target, kind, held, phase);
    if (NOT_SENT.includes(result.kind)) setProgress(target, kind, 'todo');
    switch (result.kind) {
      case 'done':
        settle(run, target, kind, held, result.message);
        target.commitBaseline = kind === 'commit' ? target.commitBaseline : result.commitEvidence;
        target.revisionBefore = result.revisionBefore ?? null;
        target.committedUntil = result.committedUntil ?? null;
        return;
      case 'noAnswer':
        // Whether it was sent is open: asking again is all that may be done.
        await run.parkFailure({ phase: null, target: target.managementId }, result.failure);
        continue;
      case 'failed':
      case 'partial':
        run.dropGrant(held);
        if ((await afterFailure(run, target, kind, phase, result)) === 'settled') return;
        break;
      case 'unknown':
        if ((await askWhetherSent(run, target, kind, held, phase, result.message)) === 'settled') return;
        break;
      case 'refused':
        run.dropGrant(held);
        tries.refused += 1;
        if ((await afterRefusal(run, target, kind, phase, result, tries)) === 'settled') return;
        break;
      case 'turnLost':
        run.dropGrant(held);
        run.note(`${target.name}: ${result.message}`);
        if (result.why !== 'ledger') await rest(run, AGAIN_AFTER_MS, result.message);
        break;
      case 'gateClosed':
        run.dropGrant(held);
        run.note(`${target.name}: not pushed: ${result.message}`);
        if (result.reason === 'windowClosed') {
          // The lane goes by the server's clock, the gate by the worker's: where they differ, it would go round in circles.
          await rest(run, AGAIN_AFTER_MS, result.message);
        } else await afterClosedGate(run, target, phase, { ...result, reason: result.reason });
        break;
    }
    setProgress(target, kind, 'todo');
    await enrolPushes(run, [{ target, kind }]);
  }
}

type PushAnswer =
  | PushResult
  | { readonly kind: 'noAnswer'; readonly failure: NonNullable<ReturnType<TicketRun['engine']['giveUp']>> };

/** One push to its end, whatever is cancelled around it. An attempt without an answer is asked about, not repeated blindly. */
async function pushOnce(
  run: TicketRun,
  target: Target,
  kind: PushKind,
  held: HeldGrant,
  phase: Phase,
): Promise<PushAnswer> {
  const { engine, activities } = run;
  // Before anything is awaited: two lanes may have given their turns in the same instant.
  run.taskBusy = true;
  run.yielded = run.yielded.filter((waiting) => waiting !== target.managementId);
  setProgress(target, kind, 'running');
  run.state.targetWaiting[target.managementId] = kind === 'commit' ? 'the Commit' : 'the Update';
  run.wait({
    for: 'securechange',
    what: `SecureChange carries out the ${kind === 'commit' ? 'Commit' : 'Update'} of ${target.name}`,
    untilMs: null,
  });
  try {
    const input = toPushInput(run, target, kind, held, phase, await requireApproval(run));
    return await engine.protect(async () => {
      for (let unanswered = 1; ; unanswered += 1) {
        try {
          return await activities.push({ ...input, again: held.again });
        } catch (error) {
          const failure = engine.giveUp(error);
          if (failure === null) throw error;
          held.again = true;
          held.question ??= questionOf(run, target, phase, `${target.name}: ${failure.message}`);
          if (unanswered >= MOST_UNANSWERED) return { kind: 'noAnswer', failure };
          await engine.condition(
            () => false,
            Math.min(1_000 * unanswered, 10_000),
            'look what became of the push',
          );
        }
      }
    });
  } finally {
    run.taskBusy = false;
    showTurn(run);
  }
}

function toPushInput(
  run: TicketRun,
  target: Target,
  kind: PushKind,
  held: HeldGrant,
  phase: Phase,
  assessment: Awaited<ReturnType<typeof requireApproval>>,
): PushInput {
  const { state } = run;
  const { requestDigest, riskDigest, designDigest } = assessment;
  return {
    ...run.stepRef(),
    kind,
    target: target.managementId,
    targetName: target.name,
    epoch: state.epoch,
    effectKey: effectKey({
      ticketId: state.ticketId,
      epoch: state.epoch,
      stepName: state.stepName ?? '-',
      phase,
      target: target.managementId,
    }),
    laneKey: held.laneKey,
    token: held.token,
    managerLaneKey: target.laneKey,
    again: held.again,
    taskAccess: run.definition.taskAccess,
    adopted: state.adopted,
    instructionDigest: target.instructionDigest,
    commitBaseline: target.commitBaseline,
    assessed: { requestDigest, riskDigest, designDigest, approval: state.approval },
    calendar: kind === 'savingUpdate' ? null : calendarOf(run, target),
  };
}

function setProgress(target: Target, kind: PushKind, progress: Target['update']): void {
  if (kind === 'commit') target.commit = progress;
  else target.update = progress;
}

function settle(
  run: TicketRun,
  target: Target,
  kind: PushKind,
  held: HeldGrant | null,
  message: string,
): void {
  if (held) run.dropGrant(held);
  setProgress(target, kind, 'done');
  target.message = message;
  run.stopsWaiting(target.managementId);
  run.note(`${kind === 'commit' ? 'committed' : 'updated'} ${target.name}: ${message}`);
  run.publish();
}

async function rest(run: TicketRun, ms: number, why: string): Promise<void> {
  run.wait({ for: 'lane', what: `the next try comes: ${why}`, untilMs: run.engine.nowMs() + ms });
  await run.engine.condition(() => false, ms, why);
  run.wait(null);
}

type After = 'settled' | 'again';

async function afterFailure(
  run: TicketRun,
  target: Target,
  kind: PushKind,
  phase: Phase,
  result: Extract<PushResult, { kind: 'failed' | 'partial' }>,
): Promise<After> {
  setProgress(target, kind, 'failed');
  target.message = result.message;
  const partial = result.kind === 'partial';
  const decision = await run.park({
    code: partial ? 'push.partial' : 'push.failed',
    phase,
    target: target.managementId,
    reason: `${target.name}: ${partial ? 'some devices took the Commit and others did not' : 'it failed'}: ${result.message}`,
    ways: partial ? ['decidePartial', 'abort'] : ['retry', 'completeManual', 'abort'],
  });
  if (decision.kind === 'accept' || decision.kind === 'manual') {
    settle(
      run,
      target,
      kind,
      null,
      `${decision.kind === 'accept' ? 'accepted' : 'done by hand'} by ${decision.by}: ${decision.text}`,
    );
    return 'settled';
  }
  return 'again';
}

/** All that is needed to ask and to close the push later, whatever step the ticket is in by then. */
function questionOf({ state }: TicketRun, target: Target, phase: Phase, message: string): OpenQuestion {
  return {
    managerLaneKey: target.laneKey,
    targetName: target.name,
    stepName: state.stepName ?? '-',
    epoch: state.epoch,
    phase,
    message,
  };
}

/** Intent without evidence: only a person can say. Nothing is sent again before that. */
async function askWhetherSent(
  run: TicketRun,
  target: Target,
  kind: PushKind,
  held: HeldGrant,
  phase: Phase,
  message: string,
): Promise<After> {
  setProgress(target, kind, 'unknown');
  held.again = true;
  held.question = questionOf(run, target, phase, message);
  const { sent, text } = await answerQuestion(run, held, held.question);
  if (!sent) return 'again';
  settle(run, target, kind, held, text);
  return 'settled';
}

async function afterRefusal(
  run: TicketRun,
  target: Target,
  kind: PushKind,
  phase: Phase,
  { failure }: Extract<PushResult, { kind: 'refused' }>,
  tries: Tries,
): Promise<After> {
  target.message = failure.message;
  const waitMs = Math.min(AGAIN_AFTER_MS * 2 ** (tries.refused - 1), AGAIN_WITHIN_MS);
  switch (failure.kind) {
    case 'transient':
    case 'busy':
    case 'ambiguous':
      await rest(run, failure.retryAfterMs ?? waitMs, `${failure.operation}: ${failure.message}`);
      return 'again';
    case 'locked':
      if (tries.refused > LOCKED_TRIES)
        return await askAboutRefusal(run, target, kind, phase, failure, tries);
      await run.restLocked(failure, waitMs);
      return 'again';
    case 'rejected':
    case 'auth':
    case 'bug':
      return await askAboutRefusal(run, target, kind, phase, failure, tries);
  }
}

async function askAboutRefusal(
  run: TicketRun,
  target: Target,
  kind: PushKind,
  phase: Phase,
  failure: FailureFacts,
  tries: Tries,
): Promise<After> {
  const decision = await run.park({
    code: failure.code,
    phase,
    target: target.managementId,
    reason: `${failure.operation}: ${failure.message}`,
    evidence: evidenceOfFailure(failure),
    ways: ['retry', 'completeManual', 'abort'],
  });
  if (decision.kind !== 'manual') {
    tries.refused = 0;
    await run.refresh(phase, { definitionToo: true });
    return 'again';
  }
  target.manualEvidence = decision.text;
  settle(run, target, kind, null, `done by hand, says ${decision.by}: ${decision.text}`);
  return 'settled';
}
