import { isFor } from '../src/calendar/expand.js';
import { standingOf, type Content } from '../src/domain/approvals.js';
import type { ApprovalPeople, ApprovalRecord } from '../src/domain/approval.js';
import type { OverrideSpan } from '../src/domain/override.js';
import type { ProcessDefinition } from '../src/domain/process.js';
import { unmetRight } from '../src/domain/push-rights.js';
import type { WindowQuestion } from '../src/domain/window.js';
import type { ActivityDeps } from './contract.js';

/** Whose approval counts, by people.yaml. */
export function peopleOf(definitions: ActivityDeps['definitions']): ApprovalPeople {
  return {
    serviceAccounts: definitions.serviceAccounts(),
    approvers: definitions.approvers(),
    identities: definitions.identities(),
  };
}

/** Why people.yaml does not let this device be pushed; null when it does. Without a target every rule counts. */
export function whyNotEntitled(
  { definitions, managers }: Pick<ActivityDeps, 'definitions' | 'managers'>,
  {
    definition,
    target,
    epoch,
    approvals,
    content,
    override,
  }: {
    readonly definition: ProcessDefinition;
    readonly target: WindowQuestion['target'] | null;
    readonly epoch: number;
    readonly approvals: readonly ApprovalRecord[];
    readonly content: Content;
    readonly override: OverrideSpan | null;
  },
): string | null {
  const tagged = target === null ? null : { ...target, tags: managers.tagsOf(target) };
  const rights = definitions.pushRights().filter((right) => isFor(right.for, tagged, true));
  if (rights.length === 0) return null;
  const approved = definition.approvals.flatMap((policy) => {
    const standing = standingOf(policy, approvals, epoch, content);
    return standing.state === 'given' ? standing.by : [];
  });
  const persons = override === null ? approved : [...approved, override.by, override.confirmedBy];
  return unmetRight(rights, [...new Set(persons)], peopleOf(definitions));
}
