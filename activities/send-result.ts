/** What a send is asked for and how it can end: sent, proven not sent, or refused. */

import type { FailureFacts } from '../src/domain/failure.js';
import type { SendFacts } from '../src/domain/fence.js';
import { hindranceText } from '../src/domain/ledger.js';
import type { Baseline, NotSentCause, PushCall, PushKind } from '../src/domain/push.js';
import type { DoneEvidence } from './push-evidence.js';
import type { RequestTask } from './task-access.js';
import type { ClosedGate } from './judge-member.js';

export interface SendInput {
  readonly laneKey: string;
  readonly laneName: string;
  readonly n: number;
  readonly kind: PushKind;
  readonly call: PushCall;
  readonly effectKey: string;
  readonly target: string;
  readonly targetName: string;
  /** `ticket/target` of each member that the call is made for; one for an Update. */
  readonly members: readonly string[];
}

export type SendResult =
  /** The call was made (`accepted`), or may have been made: from here on only evidence counts. */
  | { readonly kind: 'sent'; readonly accepted: boolean; readonly baseline: Baseline; readonly atMs: number }
  /** An earlier attempt began this call. */
  | { readonly kind: 'begunBefore'; readonly baseline: Baseline }
  /** Nothing to send: the change of this member is there already. */
  | { readonly kind: 'alreadyThere'; readonly key: string; readonly evidence: DoneEvidence }
  /** Proven not sent: the gates of these members are closed. */
  | { readonly kind: 'gatesClosed'; readonly closed: readonly ClosedGate[] }
  /** Proven not sent, for a cause that is in no member. */
  | { readonly kind: 'notSent'; readonly cause: NotSentCause; readonly message: string }
  /** SecureChange refused the call, or the call was not sent. */
  | { readonly kind: 'refused'; readonly key: string; readonly failure: FailureFacts };

export function reasonNotToSend({ current, paused, hindrances }: SendFacts): SendResult | null {
  if (!current) return notSent('stale', 'the lane has ended this push, or the push was reset');
  if (paused !== null) return notSent('paused', `the lane is paused by ${paused}`);
  return hindrances.length === 0 ? null : notSent('hindered', hindranceText(hindrances));
}

export function notSent(cause: NotSentCause, message: string): SendResult {
  return { kind: 'notSent', cause, message: message.slice(0, 500) };
}

export function operationOf({ call, targetName }: Pick<SendInput, 'call' | 'targetName'>): string {
  return `${call === 'commit' ? 'Commit' : 'Update'} ${targetName}`;
}

export function busyTask(
  input: SendInput,
  { requestTask }: { readonly requestTask: RequestTask },
): FailureFacts {
  return {
    kind: 'locked',
    system: 'securechange',
    operation: operationOf(input),
    code: 'securechange.task_pending',
    message: `SecureChange works on task ${requestTask.task.name} of ticket ${requestTask.facts.id}`,
  };
}

/** The lane repeats after a failure that ends by itself; any other failure is a result of the leader. */
export function refusedBy(
  input: SendInput,
  leader: { readonly key: string },
  facts: FailureFacts,
): SendResult {
  const failure = { ...facts, operation: operationOf(input) };
  switch (failure.kind) {
    case 'locked':
      return notSent('locked', failure.message);
    case 'busy':
    case 'transient':
    case 'ambiguous':
      return notSent('busy', failure.message);
    case 'rejected':
    case 'auth':
    case 'bug':
      return { kind: 'refused', key: leader.key, failure };
  }
}

/** A refusal proves that nothing happened; a lost connection, an unreadable answer or a server error after sending does not. */
export function mayHaveHappened(facts: FailureFacts): boolean {
  if (facts.kind === 'ambiguous' || facts.kind === 'bug') return true;
  return facts.kind === 'transient' && facts.status !== undefined;
}
