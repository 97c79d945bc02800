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
import type { DoneEvidence, PushEvidence, SendResult } from '../activities/index.js';
import { closesAtMs } from '../src/domain/window.js';
import { resultOfFailure, type PushRun } from './push-run.js';

const CHANGED_TRIES = 5;
const REDESIGN_TRIES = 3;
const LOCKED_TRIES = 5;
const AGAIN_AFTER_MS = 2_000;

/**
 * The main loop of a push: judge, save what is not saved, send one Commit for all members, follow it, conclude. It ends
 * with one result for each member, and asks a person only about a call with an unknown outcome.
 */
export async function runPush(run: PushRun): Promise<PushResults> {
  const { start } = run;
  if (start.resolve.length > 0) await resolveBegun(run, start.resolve);
  else {
    const unsaved = start.members.some(({ saved }) => !saved);
    if (unsaved && start.members.length > 3) await judgeAll(run);
    if (start.kind !== 'enforcingUpdate') await saveAll(run);
    if (start.kind === 'commit') await commitTogether(run);
    if (start.kind === 'enforcingUpdate') await enforce(run);
  }
  run.restNotSent('stale', 'the push ended without a result for it');
  return run.results();
}

/** Removes members with a closed gate before anything is saved for the others. */
async function judgeAll(run: PushRun): Promise<void> {
  const { laneKey, laneName, n, kind } = run.start;
  const members = run.open().map(memberKey);
  const { closed } = await run.untilDone(async () =>
    run.activities.judgeMembers({ laneKey, laneName, n, kind, members }),
  );
  for (const { key, reason, message } of closed) {
    if (reason === 'newRevision') continue;
    run.setResult(key, { kind: 'gateClosed', reason, message });
  }
}

// — saving —

/** One Update after the other, because SecureChange runs one at a time; the member whose window closes first is first. */
async function saveAll(run: PushRun): Promise<void> {
  const unsaved = run
    .open()
    .filter((member) => !member.saved)
    .sort((a, b) => closesOf(run, a) - closesOf(run, b));
  for (const member of unsaved) {
    if (run.start.kind === 'commit' && run.tooLateToSave(member)) {
      run.setResult(
        memberKey(member),
        notSent('windowClosed', 'its window closes before its Update could be saved'),
      );
      continue;
    }
    await run.inUpdateSlot(closesOf(run, member), async () => saveOne(run, member));
  }
  for (const [key, question] of run.unknownSaves.splice(0)) {
    const sent = await run.ask(question);
    run.setResult(
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
    case 'there':
    case 'evidence': {
      const { evidence } = outcome;
      if (evidence.kind === 'done') {
        await run.saved(key, 'saved', evidence.commitEvidence);
        run.noteSaved(member, evidence.commitEvidence);
        if (run.start.kind === 'save')
          run.setResult(key, {
            kind: 'saved',
            message: evidence.message,
            commitEvidence: evidence.commitEvidence,
          });
        return;
      }
      // A failed or partial Update may have saved something: the ledger keeps it as unknown.
      await run.saved(key, 'unknown');
      run.setResult(key, resultOfFailure('update', evidence));
      return;
    }
    case 'unknown':
      run.unknownSaves.push([key, outcome.question]);
      return;
    case 'closed':
      run.setResult(key, outcome.result);
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

/** One Commit for all saved members. A member with a closed gate is left out; its saved change then hinders the Commit. */
async function commitTogether(run: PushRun): Promise<void> {
  for (;;) {
    const members = run.open();
    if (members.length === 0) return;
    const outcome = await makeCall(run, 'commit', members);
    if (outcome.kind === 'closed' && outcome.result.kind !== 'notSent') {
      // The cause is in one member: the others are judged again without it.
      run.setResult(outcome.key, outcome.result);
      continue;
    }
    await concludeCall(run, 'commit', members, outcome);
    if (outcome.kind !== 'there') return;
  }
}

async function concludeCall(
  run: PushRun,
  call: PushCall,
  members: readonly QueuedEnrolment[],
  outcome: CallOutcome,
): Promise<void> {
  switch (outcome.kind) {
    case 'closed':
      for (const member of members) run.setResult(memberKey(member), outcome.result);
      return;
    case 'there':
      run.live(
        members.filter((member) => memberKey(member) === outcome.key),
        outcome.evidence,
        null,
      );
      return;
    case 'unknown': {
      const sent = await run.ask(outcome.question);
      const { answer } = outcome.question;
      if (!sent)
        for (const member of members) run.setResult(memberKey(member), notSent('saidNotSent', answer));
      else
        run.live(
          members,
          { kind: 'done', joined: false, message: answer, commitEvidence: '' },
          outcome.baseline,
        );
      return;
    }
    case 'evidence': {
      const { evidence, baseline } = outcome;
      if (evidence.kind === 'done') run.live(members, evidence, baseline);
      else run.fail(members, call, evidence, baseline);
    }
  }
}

// — one call —

type CallOutcome =
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
        return { kind: 'there', key: sent.key, evidence: sent.evidence };
      case 'refused':
        return { kind: 'closed', key: sent.key, result: { kind: 'refused', call, failure: sent.failure } };
      case 'gatesClosed': {
        const [one, ...others] = sent.closed;
        if (one === undefined) continue;
        for (const { key, reason, message } of others)
          run.setResult(key, { kind: 'gateClosed', reason, message });
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
  const { laneKey, laneName, kind, target, targetName } = run.start;
  if (call === 'commit') run.noteForeign(baseline);
  const requestField = run.requestFieldOf(baseline);
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
  if (evidence !== null && evidence.kind !== 'unclear') return { kind: 'evidence', evidence, baseline };
  // Whose task carried a Commit does not matter; an Update is of one ticket.
  const name =
    call === 'commit'
      ? `Commit of ${targetName}`
      : `Update of ${targetName} for ticket ${baseline.leader.split('/')[0] ?? '-'}`;
  const shows =
    evidence === null
      ? 'it was recorded and SecureChange shows no result'
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

/** The push that made these calls is gone: finds out how they ended, and sends nothing. */
async function resolveBegun(run: PushRun, calls: readonly Begun[]): Promise<void> {
  for (const begun of calls) {
    const baseline = JSON.parse(begun.baseline) as Baseline;
    const members = run.open().filter((member) => begun.members.includes(memberKey(member)));
    const outcome = await followCall(run, begun.call, baseline, false);
    if (begun.call === 'commit' || run.start.kind === 'enforcingUpdate') {
      await concludeCall(run, begun.call, members, outcome);
      continue;
    }
    for (const member of members) {
      const key = memberKey(member);
      const saved =
        outcome.kind === 'evidence'
          ? outcome.evidence.kind === 'done'
          : outcome.kind === 'unknown' && (await run.ask(outcome.question));
      await run.saved(key, saved ? 'saved' : 'unknown');
      if (saved) run.noteSaved(member, '');
    }
  }
}

function notSent(cause: NotSentCause, message: string): Extract<MemberResult, { kind: 'notSent' }> {
  return { kind: 'notSent', cause, message };
}
