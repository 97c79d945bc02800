/**
 * A ticket of an emergency process is pushed because two authenticated persons let it, now: they take the place of its approvals
 * and of its window. The ITSM approves afterwards, until a due date.
 */
import type { SignedCommand } from './commands.js';
import { instantText } from './instant-text.js';
import type { Enrolment, LaneState } from './lane.js';
import { samePerson, type Identities } from './identities.js';
import type { OverrideGrant } from './override.js';
import { inScope } from './scope.js';

/** Tickets that one emergency may carry. */
export const MOST_CARRIED = 50;

/** Of a place in the queue: before every other, see `inOrder`. */
export const EMERGENCY_PRIORITY = 0;

/** Where the approval that the ITSM gives afterwards is found. */
export interface LaterApproval {
  /** Of `config/servers.yaml`: the record of the ticket's change there. */
  readonly server: string;
  readonly field: string;
  readonly approvedValues: readonly string[];
  readonly rejectedValues: readonly string[];
}

export interface EmergencyPolicy {
  readonly approval: LaterApproval;
  /** How long after the second person confirmed the approval is due. */
  readonly dueInMs: number;
}

/** The approval that is owed, as the ticket keeps it. */
export interface OwedApproval {
  readonly approval: LaterApproval;
  /** The two persons. */
  readonly persons: readonly string[];
  readonly dueMs: number;
  isOverdue: boolean;
  /** The ITSM rejected it: a person decides. */
  rejected: string | null;
  /** Given by the ITSM, recorded by a person, or not needed because nothing was pushed. */
  answer: { readonly by: string; readonly text: string; readonly atMs: number } | null;
}

/** Why a person may not record the approval; null when they may. */
export function notAllowedToRecord(
  { actor: { login, machine = false } }: Pick<SignedCommand, 'actor'>,
  { persons }: OwedApproval,
  requester: string,
  identities: Identities,
): string | null {
  if (machine) return `${login} is a service account, and a person records the approval`;
  if (persons.some((one) => samePerson(identities, one, login)))
    return `${login} let the emergency go ahead: another person records its approval`;
  if (samePerson(identities, login, requester))
    return `${login} requested the change: another person records its approval`;
  return null;
}

/** For people: what is owed, or how it was given. */
export function owedText({ approval, dueMs, isOverdue, rejected, answer }: OwedApproval): string {
  if (answer !== null) return `${answer.text} (${answer.by})`;
  const due = `${isOverdue ? 'overdue since' : 'due'} ${instantText(dueMs)}`;
  return rejected === null
    ? `${approval.server} approves the emergency afterwards, ${due}`
    : `${approval.server} rejected the emergency after it was pushed, ${due}`;
}

/** The same for a view: two persons are still needed where nothing is owed. */
export function emergencyText({ owed }: { readonly owed: { readonly text: string } | null }): string {
  return owed?.text ?? 'needs two persons: sco ticket override, and confirm by another';
}

/** Whom two persons named to be carried with an emergency. */
export interface NamedToCarry {
  readonly override: string;
  readonly tickets: readonly string[];
  readonly by: string;
  readonly reason: string;
}

export function namedToCarry({ ask, confirm }: OverrideGrant): NamedToCarry | null {
  const { carries = [] } = ask.command;
  if (carries.length === 0) return null;
  const by = `${ask.actor.login} and ${confirm.actor.login}`;
  return { override: ask.key, tickets: carries, by, reason: ask.reason };
}

/**
 * What the named tickets have saved in the scope of the emergency, as it is now, may go live with it: once for each device, so
 * that a change that is saved or sent back later is not accepted unseen.
 */
export function acceptNamed(state: LaneState, { carries, path, target }: Enrolment, nowMs: number): void {
  if (carries === undefined) return;
  const { override, tickets, by, reason } = carries;
  const known = state.overrides.find(({ key }) => key === override);
  if (known === undefined || known.acceptedFor?.includes(target) === true) return;
  state.overrides = state.overrides.map((one) =>
    one === known ? { ...one, acceptedFor: [...(one.acceptedFor ?? []), target] } : one,
  );
  let accepted = 0;
  state.ledger = state.ledger.map((entry) => {
    if (!tickets.includes(entry.ticketId) || !inScope(path, entry.path)) return entry;
    // What is accepted for every Commit stays so.
    if (entry.accepted !== null && entry.accepted.onlyWith === undefined) return entry;
    accepted += 1;
    return { ...entry, accepted: { by, reason, atMs: nowMs, onlyWith: override } };
  });
  if (accepted > 0) state.version += 1;
}
