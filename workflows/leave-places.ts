import type { LeftBecause } from '../src/domain/lane.js';
import type { Leave } from '../src/domain/lane-places.js';
import type { Target } from '../src/domain/provisioning.js';
import { awaitPlace, nothingSent, requestLeave, type PlaceEnd } from './places.js';
import type { TicketRun } from './ticket-run.js';
import { recordLive, recordSaved } from './went-live.js';

/**
 * Leaves the lane with one target, or all lanes with all targets. Where a call is begun it waits for the result: the ticket
 * enters no other step, and does not close, before the result is in its state.
 */
export async function leavePlaces(
  run: TicketRun,
  target: string | null,
  because: LeftBecause,
): Promise<void> {
  const { state } = run;
  await requestLeave(run, target, because);
  for (const place of state.places.filter((one) => target === null || one.target === target)) {
    const known = state.targets.find(({ managementId }) => managementId === place.target);
    if (known === undefined) continue;
    const end = await awaitPlace(run, known, true);
    if (end.kind !== 'result') continue;
    recordAfterLeaving(run, known, end);
    run.display.note(`${known.name}: push ${end.n}: ${end.result.kind}, after the ticket had left`);
  }
}

/** What a push that was begun did to the device: an approval of it may be owed, and it is not saved a second time. */
function recordAfterLeaving(
  run: TicketRun,
  target: Target,
  { n, result }: Extract<PlaceEnd, { kind: 'result' }>,
): void {
  switch (result.kind) {
    case 'live':
      recordLive(run, target, n, result);
      return;
    case 'saved':
      recordSaved(run, target, result);
      return;
    case 'failed':
    case 'partial':
    case 'reverted':
      target[result.call] = 'failed';
      target.message = result.message;
      return;
    case 'gateClosed':
    case 'refused':
    case 'notSent':
      nothingSent(run.state, target.managementId);
  }
}

/** A named person, or a run of a change window, made the change live: what the ticket saved there hinders no ticket any more. */
export async function recordDoneByHand(
  run: TicketRun,
  target: Target,
  by: string | null,
  live?: NonNullable<Leave['live']>,
): Promise<void> {
  const { ticketId, lanes, lastPlaceNumber: upTo } = run.state;
  if (target.enforcedBy !== 'commit' || !lanes.includes(target.laneKey)) return;
  await run.read('leaveLanes', { phase: null, runsWhileHeld: true, runsToItsEnd: true }, () => ({
    ticketId,
    laneKeys: [target.laneKey],
    target: target.managementId,
    because: 'doneByHand' as const,
    upTo,
    ...(by !== null && { by: by.slice(0, 255) }),
    ...(live !== undefined && { live }),
  }));
}
