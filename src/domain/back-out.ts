/** What is live is taken back by a new ticket that asks for the reverse: SecureChange has no call that undoes a change. */
import { severalNamed, targetsNamed } from './named-target.js';
import { isDone, type Target } from './provisioning.js';

/** One that was asked for, as the ticket keeps it. */
export interface BackOut {
  readonly by: string;
  readonly reason: string;
  readonly atMs: number;
  /** Management ids and names of the devices whose change it takes back. */
  readonly devices: readonly { readonly id: string; readonly name: string }[];
  /** All devices of the ticket are among them. */
  readonly all: boolean;
  /** The new ticket; null while it is being opened, or when it was refused. */
  ticket: string | null;
  /** Why none was opened: a person takes the change back by hand. */
  refused: string | null;
}

/** For people: what is taken back, for whom, and by which ticket. Texts of others in it are not cleaned. */
export function backOutText({ ticket, refused, devices, by, reason }: BackOut): string {
  const what = `${devices.map(({ name }) => name).join(', ')}, by ${by}: ${reason}`;
  if (refused !== null) return `${what}; no ticket: ${refused}`;
  return ticket === null ? `${what}; a ticket is being opened` : `${what}; ticket ${ticket} takes it back`;
}

/** Subject of the new ticket: it names the old one, and the search finds it by it. */
export function backOutSubject(ticketId: string, subject: string): string {
  return `${backOutMark(ticketId)} ${subject}`.trim().slice(0, 200);
}

/** `external_data.request_id` of the new ticket: with its requester, who is our user, it proves that we opened it. */
export function backOutId(ticketId: string): string {
  return `back-out-of-${ticketId}`;
}

export function backOutMark(ticketId: string): string {
  return `Back-out of ticket ${ticketId}:`;
}

/** The devices whose change our pushes made live, or why one of those that are named cannot be taken back by a ticket. */
export function devicesToTakeBack(
  targets: readonly Target[],
  named: readonly string[],
): readonly Target[] | string {
  for (const name of named) {
    const found = targetsNamed(targets, name);
    if (found.length !== 1)
      return found.length === 0 ? `the ticket has no device ${name}` : severalNamed(found, name);
  }
  const meant = new Set(named.flatMap((name) => targetsNamed(targets, name)));
  const asked = targets.filter((target) => named.length === 0 || meant.has(target));
  const reasons = asked.flatMap((target) => whyNot(target) ?? []);
  const live = asked.filter((target) => whyNot(target) === null);
  // A device that had the access before this ticket keeps it.
  if (live.length > 0 && (named.length === 0 || live.length === asked.length)) return live;
  return reasons.join('; ') || 'the ticket has no device whose change a push made live';
}

function whyNot(target: Target): string | null {
  const { name, update, commit, enforcedBy, push, manualEvidence } = target;
  if (manualEvidence !== null) return `${name} was done by hand, and is taken back by hand`;
  if (update === 'notNeeded' && commit === 'notNeeded') return `${name} had it before this ticket`;
  if (isDone(target) && push !== null) return null;
  if (enforcedBy === 'commit' && update === 'done')
    return `${name} is saved and not live: discard it on the manager (runbook, Back-out)`;
  return `${name} is not live`;
}
