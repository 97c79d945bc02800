import type { SeenOfWindows } from '../activities/index.js';
import { instantText } from '../src/domain/instant-text.js';
import { isDone, windowTargetOf, type Target } from '../src/domain/provisioning.js';
import { askUnless } from './ask-unless.js';
import { byHand } from './by-others.js';
import { markDone } from './carry-target.js';
import { recordDoneByHand } from './leave-places.js';
import { runOutsideCopy, windowKeptFrom, windowRunFailed, windowRunUnclear } from './parking-texts.js';
import type { Decision, ParkInput } from './parkings.js';
import type { TicketRun } from './ticket-run.js';
import { together } from './together.js';
import { keepWait, waitOf, type WindowWait } from './window-wait.js';

type Ask = Pick<ParkInput, 'code' | 'reason' | 'advice' | 'evidence' | 'ways'>;

/** Waits until a change window of SecureTrack has committed what is saved on this target. We send no Commit. */
export async function awaitWindowRun(run: TicketRun, target: Target): Promise<void> {
  if (target.update === 'todo') {
    target.notSavedBeforeMs ??= run.engine.nowMs();
    await byHand(run, target, 'update');
  }
  target.savedAtMs ??= run.engine.nowMs();
  for (;;) {
    await run.checkpoint();
    if (isDone(target)) return;
    const wait = waitOf(run.state, target);
    const ask = questionOf(target, wait);
    if (ask === null) await showWait(run, target);
    const { seen, decision } = await watch(run, target, wait, ask);
    if (seen === null) {
      if (decision?.kind === 'manual') {
        target.manualEvidence = decision.text;
        await markDone(
          run,
          target,
          'commit',
          `done by hand by ${decision.by}: ${decision.text}`,
          decision.by,
        );
        return;
      }
      // An operator looked at it: the same obstacle is reported again.
      keepWait(run.state, target, { ...wait, known: null, asked: null });
      await run.refresh('commit', { definitionToo: true });
    } else if (seen.kind === 'committed') {
      await recordCommitted(run, target, seen);
      return;
    } else if (seen.kind === 'obstacle') {
      keepWait(run.state, target, {
        ...wait,
        known: seen.message,
        asked: seen.message === null ? null : seen,
      });
    } else {
      keepWait(run.state, target, { ...wait, seenUntilMs: seen.run.startMs, asked: seen });
      target.message = questionOf(target, waitOf(run.state, target))?.reason ?? null;
    }
  }
}

function questionOf({ name }: Target, { asked }: WindowWait): Ask | null {
  switch (asked?.kind) {
    case undefined:
      return null;
    case 'notCommitted':
      return windowRunFailed(name, asked.run);
    case 'unclear':
      return windowRunUnclear(name, asked.run);
    case 'obstacle':
      return asked.message === null ? null : windowKeptFrom(name, asked.message);
  }
}

/** Watches, and asks an operator beside it where there is something to ask. What is seen ends the question. */
async function watch(
  run: TicketRun,
  target: Target,
  { seenUntilMs, known }: WindowWait,
  ask: Ask | null,
): Promise<{ readonly seen: SeenOfWindows | null; readonly decision: Decision | null }> {
  const { ticketId } = run.state;
  const { workflow, window } = run.definition;
  const { savedAtMs = 0, notSavedBeforeMs } = target;
  const look = async (): Promise<SeenOfWindows> =>
    run.read('watchWindows', { phase: 'commit', target: target.managementId }, () => ({
      ticketId,
      workflow,
      target: windowTargetOf(target),
      sinceMs: savedAtMs,
      ...(notSavedBeforeMs !== undefined && { notBeforeMs: notSavedBeforeMs }),
      seenUntilMs,
      known,
      window,
    }));
  if (ask === null) return { seen: await look(), decision: null };
  const found: { seen: SeenOfWindows | null; decision: Decision | null } = { seen: null, decision: null };
  const question = { ...ask, phase: 'commit', target: target.managementId } as const;
  await together(run, [
    async () => {
      found.decision = await run.parkings.park({
        ...question,
        news: () => found.seen !== null || isDone(target),
      });
    },
    async () => {
      found.seen = await askUnless(run, look, () => found.decision !== null || isDone(target));
    },
  ]);
  return found;
}

async function showWait(run: TicketRun, target: Target): Promise<void> {
  const { workflow, window } = run.definition;
  const { outlooks } = await run.read('planWindows', { phase: 'commit' }, () => ({
    workflow,
    targets: [windowTargetOf(target)],
    window,
  }));
  const [outlook] = outlooks;
  const opensAtMs = outlook?.next?.opensAtMs ?? null;
  run.display.wait({
    for: 'window',
    what: `SecureTrack's change window commits ${target.name}${outlook === undefined ? '' : ` (calendar ${outlook.calendar})`}`,
    untilMs: opensAtMs,
  });
}

async function recordCommitted(
  run: TicketRun,
  target: Target,
  {
    run: { window, runId, startMs, endMs, message, revision },
    calendar,
    opening,
    outside,
  }: Extract<SeenOfWindows, { kind: 'committed' }>,
): Promise<void> {
  const by = `SecureTrack's change window ${window}, run ${runId}`;
  const at = instantText(endMs ?? startMs);
  const how = `committed by ${by} at ${at}`;
  target.commit = 'done';
  target.message = message === null ? how : `${how}: ${message}`;
  target.revisionBefore = revision === null ? null : revision - 1;
  run.display.note(`${target.name}: ${how}`);
  run.display.publish();
  await recordDoneByHand(run, target, by, { atMs: endMs ?? startMs, calendar, opening });
  if (outside === null) return;
  await run.parkings.park({
    ...runOutsideCopy(target.name, by, instantText(startMs), outside),
    phase: 'commit',
    target: target.managementId,
  });
}
