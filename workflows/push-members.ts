import { cleanLine } from '../src/domain/clean-text.js';
import type { QueuedEnrolment } from '../src/domain/lane.js';
import {
  memberKey,
  type Baseline,
  type MemberResult,
  type NotSentCause,
  type PushCall,
  type PushResults,
} from '../src/domain/push.js';
import type { PushEvidence } from '../activities/index.js';
import type { PushView } from './push-run.js';

type FailedEvidence = Exclude<PushEvidence, { kind: 'done' }>;

/** The result of one ticket whose call failed. */
export function resultOfFailure(call: PushCall, { kind, message }: FailedEvidence): MemberResult {
  return { kind, call, message };
}

/** The members of one push, and the result of each. */
export class PushMembers {
  private readonly changed: () => void;
  private readonly nowMs: () => number;
  private readonly resultOf = new Map<string, MemberResult>();
  private members: readonly QueuedEnrolment[];
  private sharedFailure: string | null = null;
  private sent = false;

  constructor(members: readonly QueuedEnrolment[], nowMs: () => number, changed: () => void) {
    this.members = members;
    this.nowMs = nowMs;
    this.changed = changed;
  }

  all(): readonly QueuedEnrolment[] {
    return this.members;
  }

  /** The members without a result. */
  open(): readonly QueuedEnrolment[] {
    return this.members.filter((member) => !this.resultOf.has(memberKey(member)));
  }

  setResult(key: string, result: MemberResult): void {
    this.resultOf.set(key, withShortTexts(result));
    this.changed();
  }

  reopen(key: string): void {
    this.resultOf.delete(key);
  }

  noteSaved(saved: QueuedEnrolment, commitEvidence: string): void {
    const claim = commitEvidence === '' ? saved.claim : { ...saved.claim, commitBaseline: commitEvidence };
    this.members = this.members.map((member) =>
      memberKey(member) === memberKey(saved) ? { ...member, saved: true, claim } : member,
    );
  }

  restNotSent(cause: NotSentCause, message: string): void {
    for (const member of this.open()) this.setResult(memberKey(member), { kind: 'notSent', cause, message });
  }

  live(
    members: readonly QueuedEnrolment[],
    evidence: Extract<PushEvidence, { kind: 'done' }>,
    baseline: Baseline | null,
  ): void {
    this.sent ||= baseline !== null;
    const leader = baseline?.leader.split('/')[0] ?? members[0]?.ticketId ?? '-';
    for (const member of members) {
      this.setResult(memberKey(member), {
        kind: 'live',
        joined: evidence.joined,
        message: evidence.message,
        leader,
        otherTickets: members
          .map(({ ticketId }) => ticketId)
          .filter((ticketId) => ticketId !== leader)
          .slice(0, 50),
        atMs: this.nowMs(),
        commitEvidence: evidence.commitEvidence,
        revisionBefore: baseline?.revision ?? null,
        committedUntil: evidence.committedUntil ?? null,
        ...(evidence.liveSinceMs !== undefined && { liveSinceMs: evidence.liveSinceMs }),
        ...(baseline?.foreign !== undefined && { foreign: baseline.foreign }),
      });
    }
  }

  /** With one member the ticket parks; with several the lane shows one item for all whose firewalls do not have it. */
  fail(
    members: readonly QueuedEnrolment[],
    call: PushCall,
    evidence: FailedEvidence,
    baseline: Baseline,
  ): void {
    this.sent = true;
    const shared = members.length > 1;
    const { finished } = evidence;
    const has = (member: QueuedEnrolment): boolean => finished?.members.includes(memberKey(member)) === true;
    if (finished !== undefined) this.live(members.filter(has), finished.evidence, baseline);
    const rest = members.filter((member) => !has(member));
    if (shared && rest.length > 0) this.sharedFailure = evidence.message;
    for (const member of rest) {
      this.setResult(
        memberKey(member),
        shared
          ? { kind: 'notSent', cause: 'sharedFailure', message: evidence.message }
          : resultOfFailure(call, evidence),
      );
    }
  }

  /** `restMs`: how long the lane rests after a call was sent. */
  results(restMs: number): PushResults {
    return {
      members: this.members.map((member) => {
        const { ticketId, target } = member;
        const result = this.resultOf.get(memberKey(member)) ?? {
          kind: 'notSent' as const,
          cause: 'stale' as const,
          message: 'no result',
        };
        return { ticketId, target, result };
      }),
      sharedFailure: this.sharedFailure,
      restMs: this.sent ? restMs : 0,
    };
  }

  requestFieldOf({ leader }: Baseline): string {
    const member = this.members.find((candidate) => memberKey(candidate) === leader) ?? this.members[0];
    return member?.claim.requestField ?? '';
  }

  view(): PushView['members'] {
    return this.members.map((member) => {
      const { ticketId, target } = member;
      const state = this.resultOf.get(memberKey(member))?.kind ?? (member.saved ? 'saved' : 'open');
      return { ticketId, target, state };
    });
  }
}

/** Messages of firewalls can be long, and a lane keeps the results of many tickets. */
function withShortTexts(result: MemberResult): MemberResult {
  if (result.kind !== 'refused') return { ...result, message: cleanLine(result.message, 500) };
  const { failure } = result;
  return { ...result, failure: { ...failure, message: cleanLine(failure.message, 500) } };
}
