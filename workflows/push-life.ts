import { effectKey as effectKeyOf } from '../src/domain/ids.js';
import type { Begun, QueuedEnrolment } from '../src/domain/lane.js';
import {
  memberKey,
  type Baseline,
  type MemberResult,
  type NotSentCause,
  type PushCall,
  type PushResults,
} from '../src/domain/push.js';
import type { PushEvidence, SendResult } from '../activities/index.js';
import { closesAtMs } from '../src/domain/window.js';
import { failureOf, type PushRun } from './push-run.js';

const CHANGED_TRIES = 5;
const REDESIGN_TRIES = 3;
const LOCKED_TRIES = 5;
const AGAIN_AFTER_MS = 2_000;

/**
 * One visit to one manager: judge, save what is still to be saved, send one Commit for all who ride, follow it, conclude.
 * Ends with one result for each member; asks a person only about a call that may have happened.
 */
export async function livePush(run: PushRun): Promise<PushResults> {
  const { start } = run;
  if (start.resolve.length > 0) await resolveBegun(run, start.resolve);
  else {
    if (start.members.length > 3) await judgeAll(run);
    if (start.kind !== 'enforcingUpdate') await saveAll(run);
    if (start.kind === 'commit') await commitTogether(run);
    if (start.kind === 'enforcingUpdate') await enforce(run);
  }
  run.restNotSent('stale', 'the push ended without it');
  return run.results();
}

/** Whoever may not go is left out before anything is saved for the others. */
async function judgeAll(run: PushRun): Promise<void> {
  const { laneKey, laneName, n, kind } = run.start;
  const members = run.open().map(memberKey);
  const { closed } = await run.untilDone(async () =>
    run.activities.judgeMembers({ laneKey, laneName, n, kind, members }),
  );
  for (const { key, reason, message } of closed) {
    if (reason === 'newRevision') continue;
    run.settle(key, { kind: 'gateClosed', reason, message });
  }
}

// — saving —

/** One Update after the other: SecureChange takes one at a time. Whose window closes first is saved first. */
async function saveAll(run: PushRun): Promise<void> {
  const unsaved = run
    .open()
    .filter((member) => !member.saved)
    .sort((a, b) => closesOf(run, a) - closesOf(run, b));
  for (const member of unsaved) {
    if (run.start.kind === 'commit' && run.tooLateToSave(member)) {
      run.settle(
        memberKey(member),
        notSent('windowClosed', 'too little of its window is left to save its Update'),
      );
      continue;
    }
    await run.inUpdateSlot(closesOf(run, member), async () => saveOne(run, member));
  }
  for (const [key, question] of run.unknownSaves.splice(0)) {
    const sent = await run.ask(question);
    run.settle(
      key,
      sent
        ? { kind: 'saved', message: question.answer, commitEvidence: '' }
        : notSent('saidNotSent', question.answer),
    );
    await run.saved(key, sent ? 'saved' : 'notSaved');
    if (sent && run.start.kind === 'commit') run.reopen(key);
  }
}

function closesOf(run: PushRun, { window }: QueuedEnrolment): number {
  return closesAtMs(window, run.engine.nowMs());
}

async function saveOne(run: PushRun, member: QueuedEnrolment): Promise<void> {
  const key = memberKey(member);
  const outcome = await makeCall(run, 'update', [member]);
  switch (outcome.kind) {
    case 'evidence': {
      const { evidence } = outcome;
      if (evidence.kind === 'done') {
        await run.saved(key, 'saved', evidence.commitEvidence);
        run.noteSaved(member, evidence.commitEvidence);
        if (run.start.kind === 'save')
          run.settle(key, {
            kind: 'saved',
            message: evidence.message,
            commitEvidence: evidence.commitEvidence,
          });
        return;
      }
      // A failed or partial Update may have left something behind: the ledger keeps it.
      await run.saved(key, 'unknown');
      run.settle(key, failureOf('update', evidence));
      return;
    }
    case 'unknown':
      run.unknownSaves.push([key, outcome.question]);
      return;
    case 'closed':
      run.settle(key, outcome.result);
      return;
  }
}

// — what makes it live —

async function enforce(run: PushRun): Promise<void> {
  const member = run.open()[0];
  if (member === undefined) return;
  const outcome = await run.inUpdateSlot(closesOf(run, member), async () =>
    makeCall(run, 'update', [member]),
  );
  await concludeCall(run, 'update', [member], outcome);
}

/** One Commit for all who are saved. Whose gate is closed stays behind, and then hinders if it has saved something. */
async function commitTogether(run: PushRun): Promise<void> {
  for (;;) {
    const riders = run.open();
    if (riders.length === 0) return;
    const outcome = await makeCall(run, 'commit', riders);
    if (outcome.kind === 'closed' && outcome.result.kind !== 'notSent') {
      // Of one member: the others are judged again, without it.
      run.settle(outcome.key, outcome.result);
      continue;
    }
    await concludeCall(run, 'commit', riders, outcome);
    return;
  }
}

async function concludeCall(
  run: PushRun,
  call: PushCall,
  riders: readonly QueuedEnrolment[],
  outcome: CallOutcome,
): Promise<void> {
  switch (outcome.kind) {
    case 'closed':
      for (const rider of riders) run.settle(memberKey(rider), outcome.result);
      return;
    case 'unknown': {
      const sent = await run.ask(outcome.question);
      const { answer } = outcome.question;
      if (!sent) for (const rider of riders) run.settle(memberKey(rider), notSent('saidNotSent', answer));
      else
        run.live(
          riders,
          { kind: 'done', joined: false, message: answer, commitEvidence: '' },
          outcome.baseline,
        );
      return;
    }
    case 'evidence': {
      const { evidence, baseline } = outcome;
      if (evidence.kind === 'done') run.live(riders, evidence, baseline);
      else run.fail(riders, call, evidence);
    }
  }
}

// — one call —

type CallOutcome =
  | { readonly kind: 'evidence'; readonly evidence: PushEvidence; readonly baseline: Baseline | null }
  | { readonly kind: 'unknown'; readonly question: Question; readonly baseline: Baseline }
  /** Proven not sent. `key` names the member where it is the reason. */
  | {
      readonly kind: 'closed';
      readonly key: string;
      readonly result: Extract<MemberResult, { kind: 'gateClosed' | 'refused' | 'notSent' }>;
    };

export interface Question {
  readonly call: PushCall;
  readonly text: string;
  /** What a person answered. */
  answer: string;
}

/** Sends once and follows. What is proven not sent is tried again here only when it was a matter of moments. */
async function makeCall(
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
        return { kind: 'evidence', evidence: sent.evidence, baseline: null };
      case 'refused':
        return { kind: 'closed', key: sent.key, result: { kind: 'refused', call, failure: sent.failure } };
      case 'gatesClosed': {
        const [one] = sent.closed;
        if (one === undefined) continue;
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

/** An attempt without an answer is asked about with the next one: the lane knows whether it began. */
async function sendOnce(run: PushRun, call: PushCall, keys: readonly string[]): Promise<SendResult> {
  const { laneKey, laneName, n, kind, target, targetName } = run.start;
  const only = call === 'update' ? run.open().find((member) => memberKey(member) === keys[0]) : undefined;
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

async function followCall(
  run: PushRun,
  call: PushCall,
  baseline: Baseline,
  accepted: boolean,
): Promise<CallOutcome> {
  const { kind, target, targetName } = run.start;
  const requestField = run.requestFieldOf(baseline);
  const evidence = await run.untilDone(async () =>
    run.activities.follow({ kind, call, target, targetName, requestField, baseline, accepted }),
  );
  if (evidence !== null) return { kind: 'evidence', evidence, baseline };
  const name = `${call === 'commit' ? 'Commit' : 'Update'} of ${targetName}`;
  const text = `the outcome of the ${name} is unknown: it was recorded and SecureChange shows no result; check ${targetName}`;
  return { kind: 'unknown', question: { call, text, answer: '' }, baseline };
}

/** Others' Updates made the design outdated: computed again, its meaning is compared by the gate. */
async function redesign(run: PushRun, { ticketId, claim }: QueuedEnrolment): Promise<void> {
  const { stepInstance, requestField, taskAccess } = claim;
  await run.untilDone(async () =>
    run.activities.redesign({ ticketId, stepInstance, requestField, taskAccess, again: false }),
  );
}

/** The push that made these calls is gone: what became of them is found out, nothing is sent. */
async function resolveBegun(run: PushRun, calls: readonly Begun[]): Promise<void> {
  for (const begun of calls) {
    const baseline = JSON.parse(begun.baseline) as Baseline;
    const riders = run.open().filter((member) => begun.members.includes(memberKey(member)));
    const outcome = await followCall(run, begun.call, baseline, false);
    if (begun.call === 'commit' || run.start.kind === 'enforcingUpdate') {
      await concludeCall(run, begun.call, riders, outcome);
      continue;
    }
    for (const rider of riders) {
      const key = memberKey(rider);
      const saved =
        outcome.kind === 'evidence'
          ? outcome.evidence.kind === 'done'
          : outcome.kind === 'unknown' && (await run.ask(outcome.question));
      await run.saved(key, saved ? 'saved' : 'unknown');
      if (saved) run.noteSaved(rider, '');
    }
  }
}

function notSent(cause: NotSentCause, message: string): Extract<MemberResult, { kind: 'notSent' }> {
  return { kind: 'notSent', cause, message };
}
