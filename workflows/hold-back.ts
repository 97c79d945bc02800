import { earlierWave, namesText } from '../src/domain/partial-failure.js';
import { isDone, type Target } from '../src/domain/provisioning.js';
import { holdsBack, waveNotVerified } from './parking-texts.js';
import { pushedDevice } from './phases/verify.js';
import { enrolTargets } from './take-places.js';
import type { TicketRun } from './ticket-run.js';
import type { Place, TicketState } from './ticket-state.js';

// Whether a place is held back is decided by its lane, which has the policy. The ticket knows when it may go on.

/**
 * Enrols the targets of one manager again once they are no longer held back: what failed is live, or an operator skips it;
 * the wave before is live and verified. Returns when all of them are done.
 */
export async function untilNoneHeldBack(run: TicketRun, targets: readonly Target[]): Promise<void> {
  const isOver = (): boolean => targets.every(isDone);
  const freed = (): readonly Held[] => heldBack(run, targets).filter((one) => mayGoOn(run.state, one));
  let before = '';
  for (;;) {
    await run.engine.condition(() => isOver() || heldBack(run, targets).length > 0);
    if (isOver()) return;
    const held = heldBack(run, targets);
    const free = freed();
    const first = held.find(({ failed }) => failed !== null) ?? held[0];
    if (free.length > 0) {
      const asked = textOf(free);
      // The lane knows of a failure that the ticket has not read yet.
      if (asked === before)
        await run.engine.condition(
          () => isOver() || textOf(freed()) !== asked,
          UNREAD_FOR_MS,
          'ask the lane again whether it holds back',
        );
      before = textOf(freed()) === asked ? asked : '';
      const again = freed().map(({ target }) => target);
      if (again.length > 0) await enrolTargets(run, again, 'live');
    } else if (first !== undefined) await awaitEarlier(run, targets, first);
  }
}

const UNREAD_FOR_MS = 60_000;

function textOf(held: readonly Held[]): string {
  return held.map(({ target, failed }) => `${target.managementId} by ${failed ?? '-'}`).join();
}

interface Held {
  readonly target: Target;
  /** Of the target that failed; null: an earlier wave. */
  readonly failed: string | null;
}

function heldBack({ state }: TicketRun, targets: readonly Target[]): readonly Held[] {
  return targets.flatMap((target) => {
    const place = state.places.find((one) => one.target === target.managementId);
    return place !== undefined && isHeldBack(place) ? [{ target, failed: place.notice?.failed ?? null }] : [];
  });
}

function isHeldBack({ n, result, notice }: Place): boolean {
  return n === null && result === null && notice?.kind === 'heldBack';
}

function mayGoOn({ targets }: TicketState, { target, failed }: Held): boolean {
  if (failed === null) return earlierWave(targets, target) === null;
  const other = targets.find(({ managementId }) => managementId === failed);
  return other === undefined || isDone(other) || other.failure === 'skipped';
}

/** Until one of them may go on, none is held back any more, or another cause holds them back. */
async function awaitEarlier(run: TicketRun, targets: readonly Target[], first: Held): Promise<void> {
  const changed = (): boolean => {
    const held = heldBack(run, targets);
    return (
      held.length === 0 ||
      held.some((one) => mayGoOn(run.state, one)) ||
      (first.failed === null && held.some(({ failed }) => failed !== null))
    );
  };
  if (first.failed !== null) await awaitFailed(run, targets, first.failed, changed);
  else await verifyWave(run, targets, first.target, changed);
}

async function awaitFailed(
  run: TicketRun,
  targets: readonly Target[],
  failed: string,
  changed: () => boolean,
): Promise<void> {
  const { state } = run;
  const other = state.targets.find(({ managementId }) => managementId === failed);
  if (other === undefined) return;
  // Its result may not be here yet, and while its push is repeated no operator is asked.
  const asks = (): boolean => {
    const place = state.places.find(({ target }) => target === failed);
    return place === undefined ? other.failure === 'holds' : place.notice?.kind === 'failed';
  };
  await run.engine.condition(() => changed() || asks());
  if (changed()) return;
  const asked = state.parkings.find(({ target, code }) => target === failed && code !== 'push.holds_back');
  const held = heldBack(run, targets).map(({ target }) => target.name);
  const decision = await run.parkings.park({
    ...holdsBack(other, held, asked?.waysOut[0]?.hint ?? null),
    phase: 'commit',
    target: failed,
    news: () => changed() || !asks(),
  });
  if (decision.kind !== 'skip') return;
  other.failure = 'skipped';
  run.display.note(`${namesText(held)}: ${decision.by} lets them go on without ${other.name}`);
}

/** Verifies the wave that goes before this target, once it is live. */
async function verifyWave(
  run: TicketRun,
  targets: readonly Target[],
  next: Target,
  changed: () => boolean,
): Promise<void> {
  const before = earlierWave(run.state.targets, next);
  const wave = targets.filter((target) => target.wave === before?.wave && target.verified !== true);
  await run.engine.condition(
    () => changed() || wave.every((target) => isDone(target) || target.failure === 'skipped'),
  );
  if (before === null || changed()) return;
  const live = wave.filter(isDone);
  // A person gave evidence of what was done by hand.
  const pushed = live.filter(({ manualEvidence }) => manualEvidence === null);
  // Of no phase: where it fails for good, to skip it must not skip the Commits that follow.
  const verifier = await run.read('verify', { phase: null }, () => ({
    ...run.stepRef(),
    pushed: pushed.map(pushedDevice),
    only: true,
  }));
  const what = `wave ${before.wave} (${before.names})`;
  if (verifier.state !== 'implemented') {
    const decision = await run.parkings.park({
      ...waveNotVerified(what, verifier),
      phase: 'verify',
      target: wave[0]?.managementId ?? null,
      news: changed,
    });
    if (decision.kind !== 'skip') return;
    run.display.note(`${what}: ${decision.by} lets the next wave go without its verification`);
  } else run.display.note(`${what}: verified`);
  for (const target of live) target.verified = true;
}
