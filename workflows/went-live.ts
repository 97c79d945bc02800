import type { Target } from '../src/domain/provisioning.js';
import type { MemberResult } from '../src/domain/push.js';
import { readPushResult } from './push-result.js';
import type { TicketRun } from './ticket-run.js';

/** A change that was live, and that firewalls took back. */
export interface Reverted {
  readonly managementId: string;
  readonly n: number;
  readonly message: string;
}

/** A push made the change of this target live; says which, and with whom. */
export function recordLive(
  run: TicketRun,
  target: Target,
  n: number,
  result: Extract<MemberResult, { kind: 'live' }>,
): string {
  const { state } = run;
  const { joined, message } = result;
  const how = howOf(state.ticketId, n, result);
  const { managementId, instructionDigest } = target;
  target.update = target.update === 'notNeeded' ? 'notNeeded' : 'done';
  target.commit = target.enforcedBy === 'commit' ? 'done' : target.commit;
  target.push = n;
  target.revisionBefore = result.revisionBefore;
  target.committedUntil = result.committedUntil;
  target.message = joined || message === '' ? how : `${how}: ${message}`;
  state.live = { ...state.live, [managementId]: { n, instructionDigest } };
  run.display.publish();
  return how;
}

/** A push saved the change of this target; no Commit has made it live. */
export function recordSaved(
  run: TicketRun,
  target: Target,
  { atMs, notBeforeMs, commitEvidence, message }: Extract<MemberResult, { kind: 'saved' }>,
): void {
  target.update = 'done';
  target.savedAtMs = atMs ?? run.engine.nowMs();
  target.notSavedBeforeMs = notBeforeMs ?? target.notSavedBeforeMs ?? target.savedAtMs;
  target.commitBaseline = commitEvidence === '' ? target.commitBaseline : commitEvidence;
  target.message = message;
}

function howOf(
  ticketId: string,
  n: number,
  { leader, otherTickets, joined, message }: Extract<MemberResult, { kind: 'live' }>,
): string {
  if (joined) return message;
  const own = leader === ticketId;
  const others =
    otherTickets.length === 0
      ? ''
      : `, with ${own ? 'tickets' : 'others'} ${otherTickets.slice(0, 5).join(', ')}`;
  return own ? `push ${n}${others}` : `push ${n}, Commit of ticket ${leader}`;
}

/**
 * What this ticket had saved went live with the Commit of another one, after it had given up its place: a named person let
 * it. Or firewalls took back what was live. Read from the record of push and lane, like every result; the lane then forgets
 * that it owes it. Returns what was reverted: the step begins again.
 */
export async function readWhatWentLive(run: TicketRun): Promise<readonly Reverted[]> {
  const { state } = run;
  const reverted: Reverted[] = [];
  for (let next = state.carriedBy[0]; next !== undefined; next = state.carriedBy[0]) {
    const { laneKey, target: managementId, n, result: said, signature } = next;
    const targetName = state.targets.find((one) => one.managementId === managementId)?.name ?? managementId;
    const result = await readPushResult(run, {
      laneKey,
      n,
      target: managementId,
      targetName,
      said,
      signature,
    });
    state.carriedBy = state.carriedBy.filter((known) => known !== next);
    if (result.kind === 'reverted') {
      const each = { managementId, n, message: result.message };
      // A run that was started for this knows its targets later.
      if (state.status === 'unread' || recordReverted(run, each)) reverted.push(each);
    }
    if (result.kind !== 'live' || n <= (state.readPushes[managementId] ?? 0)) continue;
    state.readPushes = { ...state.readPushes, [managementId]: n };
    run.display.note(`${targetName}: ${result.message} (push ${n})`);
    const target = state.targets.find((one) => one.managementId === managementId);
    if (target !== undefined) recordLive(run, target, n, result);
  }
  return reverted;
}

/** Firewalls took back what this push had made live. The step asks an operator before anything else happens in it. */
export function recordReverted(run: TicketRun, { managementId, n, message }: Reverted): boolean {
  const { state } = run;
  if (state.live[managementId]?.n === n) {
    const { [managementId]: _taken, ...live } = state.live;
    state.live = live;
  }
  const target = state.targets.find((one) => one.managementId === managementId);
  if (target?.push !== n || target.commit !== 'done') return false;
  target.commit = 'failed';
  target.failure = 'holds';
  delete target.verified;
  target.message = message;
  target.reverted = true;
  run.display.note(`reverted: ${message} (push ${n})`);
  run.display.publish();
  return true;
}
