/** Who may let which device be pushed: a device in the scope of a rule needs a person with one of its roles. */
import type { ApprovalPeople } from './approval.js';
import type { TargetFilter } from './calendar-rules.js';
import { holdsOneOf } from './identities.js';
import { isLoginOf } from './login.js';

export interface PushRight {
  /** Shown to people: `PCI firewalls`. */
  readonly name: string;
  readonly for: TargetFilter;
  /** Under `approvers` of people.yaml, by login in SecureChange. */
  readonly roles: readonly string[];
}

/**
 * Which rule no person meets; null when all are met. `persons` approved the change, or let it be pushed outside its window. A
 * name that is not listed under a role of the rule is not proven to have it.
 */
export function unmetRight(
  rights: readonly PushRight[],
  persons: readonly string[],
  known: ApprovalPeople,
): string | null {
  const people = persons.filter((login) => !isLoginOf(known.serviceAccounts, login));
  for (const { name, roles } of rights) {
    if (people.some((login) => holdsOneOf(roles, login, known))) continue;
    const who = people.length === 0 ? 'no person approved it' : `${people.join(', ')} approved it`;
    return `${name}: a person with role ${roles.join(' or ')} must approve it or let it be pushed; ${who}`;
  }
  return null;
}
