import { effectKey as effectKeyOf } from '../src/domain/ids.js';
import type { QueuedEnrolment } from '../src/domain/lane.js';
import {
  memberKey,
  type Baseline,
  type MemberResult,
  type NotSentCause,
  type PushCall,
} from '../src/domain/push.js';
import type { DoneEvidence, PushEvidence, SendResult } from '../activities/index.js';
import type { PushRun } from './push-run.js';

const CHANGED_TRIES = 5;
const REDESIGN_TRIES = 3;
const LOCKED_TRIES = 5;
const AGAIN_AFTER_MS = 2_000;

export type CallOutcome =
  | { readonly kind: 'evidence'; readonly evidence: PushEvidence; readonly baseline: Baseline }
  /** Found for this member, nothing was sent: it says nothing about the others. */
  | {
      readonly kind: 'there';
      readonly key: string;
      readonly evidence: DoneEvidence;
    }
  | { readonly kind: 'unknown'; readonly question: Question; readonly baseline: Baseline }
  /** Proven not sent. `key` names the member that is the cause. */
  | {
      readonly kind: 'closed';
      readonly key: string;
      readonly result: Extract<MemberResult, { kind: 'gateClosed' | 'refused' | 'notSent' }>;
    };

export interface Question {
  readonly call: PushCall;
  readonly text: string;
  /** The answer of a person. */
  answer: string;
}

/** Sends once and follows. A call that is proven not sent is repeated here only for a short-lived cause. */
export async function makeCall(
  run: PushRun,
  call: PushCall,
  members: readonly QueuedEnrolment[],
): Promise<CallOutcome> {
  const first = memberKey(members[0] ?? { ticketId: '-', target: '-' });
  let changed = 0;
  let redesigned = 0;
  let locked = 0;
  for (;;) {
    const keys = members.map(memberKey);
    const sent = await sendOnce(run, call, keys);
    switch (sent.kind) {
      case 'sent':
        return await followCall(run, call, sent.baseline, sent.accepted);
      case 'begunBefore':
        return await followCall(run, call, sent.baseline, false);
      case 'alreadyThere':
        return { kind: 'there', key: sent.key, evidence: sent.evidence };
      case 'refused':
        return { kind: 'closed', key: sent.key, result: { kind: 'refused', call, failure: sent.failure } };
      case 'gatesClosed': {
        const [one, ...others] = sent.closed;
        if (one === undefined) continue;
        for (const { key, reason, message } of others)
          run.members.setResult(key, { kind: 'gateClosed', reason, message });
        const member = members.find((candidate) => memberKey(candidate) === one.key);
        if (one.reason === 'newRevision' && member && redesigned < REDESIGN_TRIES) {
          redesigned += 1;
          await redesign(run, member);
          continue;
        }
        const { reason, message } = one;
        return { kind: 'closed', key: one.key, result: { kind: 'gateClosed', reason, message } };
      }
      case 'notSent':
        if (sent.cause === 'changed' && changed < CHANGED_TRIES) {
          changed += 1;
          continue;
        }
        if ((sent.cause === 'locked' || sent.cause === 'busy') && locked < LOCKED_TRIES) {
          locked += 1;
          await run.engine.condition(() => false, AGAIN_AFTER_MS * locked, sent.message.slice(0, 100));
          continue;
        }
        return { kind: 'closed', key: first, result: notSent(sent.cause, sent.message) };
    }
  }
}

/** Repeats an attempt without an answer: the lane returns whether the call was begun. */
async function sendOnce(run: PushRun, call: PushCall, keys: readonly string[]): Promise<SendResult> {
  const { laneKey, laneName, n, kind, target, targetName } = run.start;
  const only =
    call === 'update' ? run.members.open().find((member) => memberKey(member) === keys[0]) : undefined;
  const effectKey =
    only === undefined
      ? `commit/${encodeURIComponent(target)}/${n}`
      : effectKeyOf({
          ticketId: only.ticketId,
          epoch: only.epoch,
          stepName: only.claim.stepName,
          phase: 'update',
          target: only.target,
        });
  return await run.untilDone(async () =>
    run.activities.send({ laneKey, laneName, n, kind, call, effectKey, target, targetName, members: keys }),
  );
}

export async function followCall(
  run: PushRun,
  call: PushCall,
  baseline: Baseline,
  accepted: boolean,
): Promise<CallOutcome> {
  const { laneKey, laneName, kind, target, targetName } = run.start;
  if (call === 'commit') run.noteForeign(baseline);
  const requestField = run.members.requestFieldOf(baseline);
  const evidence = await run.untilDone(async () =>
    run.activities.follow({
      laneKey,
      laneName,
      kind,
      call,
      target,
      targetName,
      requestField,
      baseline,
      accepted,
    }),
  );
  if (evidence !== null && evidence.kind !== 'unclear' && evidence.kind !== 'pending')
    return { kind: 'evidence', evidence, baseline };
  // Whose task carried a Commit does not matter; an Update is of one ticket.
  const name =
    call === 'commit'
      ? `Commit of ${targetName}`
      : `Update of ${targetName} for ticket ${baseline.leader.split('/')[0] ?? '-'}`;
  const shows =
    evidence === null
      ? 'the call was announced before it was made, and SecureChange shows no result'
      : evidence.kind === 'pending'
        ? evidence.message
        : `its report proves neither success nor failure (${evidence.message})`;
  const text = `the outcome of the ${name} is unknown: ${shows}; check ${targetName}`;
  return { kind: 'unknown', question: { call, text, answer: '' }, baseline };
}

/** Updates of other tickets made the design outdated: the Designer runs again, and the gate compares the instructions. */
async function redesign(run: PushRun, { ticketId, claim }: QueuedEnrolment): Promise<void> {
  const { stepInstance, requestField, taskAccess } = claim;
  await run.untilDone(async () =>
    run.activities.redesign({ ticketId, stepInstance, requestField, taskAccess, again: false }),
  );
}

export function notSent(cause: NotSentCause, message: string): Extract<MemberResult, { kind: 'notSent' }> {
  return { kind: 'notSent', cause, message };
}
