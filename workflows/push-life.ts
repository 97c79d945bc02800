import type { QueuedEnrolment } from '../src/domain/lane.js';
import { baselineOf, memberKey, type PushCall, type PushResults } from '../src/domain/push.js';
import { closesAtMs } from '../src/domain/window.js';
import { followCall, makeCall, notSent, type CallOutcome } from './push-call.js';
import { resultOfFailure } from './push-members.js';
import type { BegunCall, PushRun } from './push-run.js';

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
  run.members.restNotSent('stale', 'the push ended without a result for it');
  const results = run.members.results(run.start.restMs);
  run.measure(results);
  return results;
}

/** Removes members with a closed gate before anything is saved for the others. */
async function judgeAll(run: PushRun): Promise<void> {
  const { laneKey, laneName, n, kind } = run.start;
  const members = run.members.open().map(memberKey);
  const { closed } = await run.untilDone(async () =>
    run.activities.judgeMembers({ laneKey, laneName, n, kind, members }),
  );
  for (const { key, reason, message } of closed) {
    if (reason === 'newRevision') continue;
    run.members.setResult(key, { kind: 'gateClosed', reason, message });
  }
}

// — saving —

/** One Update after the other, because SecureChange runs one at a time; the member whose window closes first is first. */
async function saveAll(run: PushRun): Promise<void> {
  const unsaved = run.members
    .open()
    .filter((member) => !member.saved)
    .sort((a, b) => closesOf(run, a) - closesOf(run, b));
  for (const member of unsaved) {
    if (run.start.kind === 'commit' && run.tooLateToSave(member)) {
      run.members.setResult(
        memberKey(member),
        notSent('windowClosed', 'its window closes before its Update could be saved'),
      );
      continue;
    }
    await run.inUpdateSlot(member, async () => saveOne(run, member));
  }
  for (const { key, question, notBeforeMs } of run.unknownSaves.splice(0)) {
    const sent = await run.ask(question);
    const atMs = run.engine.nowMs();
    run.members.setResult(
      key,
      sent
        ? { kind: 'saved', message: question.answer, commitEvidence: '', notBeforeMs, atMs }
        : notSent('saidNotSent', question.answer),
    );
    await run.saved(key, sent ? 'saved' : 'notSaved');
    if (sent && run.start.kind === 'commit') run.members.reopen(key);
  }
}

function closesOf(run: PushRun, { window }: QueuedEnrolment): number {
  return closesAtMs(window, run.engine.nowMs());
}

async function saveOne(run: PushRun, member: QueuedEnrolment): Promise<void> {
  const key = memberKey(member);
  const notBeforeMs = run.engine.nowMs();
  const outcome = await makeCall(run, 'update', [member]);
  // A change window that SecureTrack begins from now on has it, whenever the ticket gets to know it.
  const atMs = run.engine.nowMs();
  switch (outcome.kind) {
    case 'there':
    case 'evidence': {
      const { evidence } = outcome;
      if (evidence.kind === 'done') {
        await run.saved(key, 'saved', evidence.commitEvidence);
        run.members.noteSaved(member, evidence.commitEvidence);
        if (run.start.kind === 'save')
          run.members.setResult(key, {
            kind: 'saved',
            message: evidence.message,
            commitEvidence: evidence.commitEvidence,
            // What was there before the call was saved at a time that is not known.
            ...(outcome.kind === 'evidence' && !evidence.joined && { notBeforeMs }),
            atMs,
          });
        return;
      }
      // A failed or partial Update may have saved something: the ledger keeps it as unknown.
      await run.saved(key, 'unknown');
      run.members.setResult(key, resultOfFailure('update', evidence));
      return;
    }
    case 'unknown':
      run.unknownSaves.push({ key, question: outcome.question, notBeforeMs });
      return;
    case 'closed':
      run.members.setResult(key, outcome.result);
      return;
  }
}

// — what makes it live —

async function enforce(run: PushRun): Promise<void> {
  const member = run.members.open()[0];
  if (member === undefined) return;
  const outcome = await run.inUpdateSlot(member, async () => makeCall(run, 'update', [member]));
  await concludeCall(run, 'update', [member], outcome);
}

/** One Commit for all saved members. A member with a closed gate is left out; its saved change then hinders the Commit. */
async function commitTogether(run: PushRun): Promise<void> {
  for (;;) {
    const members = run.members.open();
    if (members.length === 0) return;
    const outcome = await makeCall(run, 'commit', members);
    if (outcome.kind === 'closed' && outcome.result.kind !== 'notSent') {
      // The cause is in one member: the others are judged again without it.
      run.members.setResult(outcome.key, outcome.result);
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
      for (const member of members) run.members.setResult(memberKey(member), outcome.result);
      return;
    case 'there':
      run.members.live(
        members.filter((member) => memberKey(member) === outcome.key),
        outcome.evidence,
        null,
      );
      return;
    case 'unknown': {
      const sent = await run.ask(outcome.question);
      const { answer } = outcome.question;
      if (!sent)
        for (const member of members)
          run.members.setResult(memberKey(member), notSent('saidNotSent', answer));
      else
        run.members.live(
          members,
          { kind: 'done', joined: false, message: answer, commitEvidence: '' },
          outcome.baseline,
        );
      return;
    }
    case 'evidence': {
      const { evidence, baseline } = outcome;
      if (evidence.kind === 'failed' && evidence.locked === true) {
        // Proven not installed: the lane repeats it when the lock is gone, in an open window.
        for (const member of members)
          run.members.setResult(memberKey(member), notSent('locked', evidence.message));
        return;
      }
      if (evidence.kind === 'done') run.members.live(members, evidence, baseline);
      else run.members.fail(members, call, evidence, baseline);
    }
  }
}

/** The push that made these calls is gone: finds out how they ended, and sends nothing. */
async function resolveBegun(run: PushRun, calls: readonly BegunCall[]): Promise<void> {
  for (const begun of calls) {
    const baseline = baselineOf(begun);
    const members = run.members.open().filter((member) => begun.members.includes(memberKey(member)));
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
      if (saved) run.members.noteSaved(member, '');
    }
  }
}
