/**
 * An override lets named devices of one ticket be pushed outside their window, once. Two authenticated persons give it, neither of
 * them the requester: one asks for it, another one confirms it. Both signed commands are kept, so that the gate checks them itself.
 */
import type { Role, SignedCommand, TicketCommand } from './commands.js';
import { ticketWorkflowId } from './ids.js';
import { samePerson, type Identities } from './identities.js';

export type OverrideCommand = Extract<TicketCommand, { kind: 'override' }>;
export type ConfirmCommand = Extract<TicketCommand, { kind: 'confirm' }>;

export interface OverrideGrant {
  readonly ask: SignedCommand<OverrideCommand>;
  readonly confirm: SignedCommand<ConfirmCommand>;
}

/** As the ticket keeps it. */
export interface TicketOverride {
  readonly ask: SignedCommand<OverrideCommand>;
  readonly epoch: number;
  confirm: SignedCommand<ConfirmCommand> | null;
  /** Management ids for which it cannot be used any more. */
  spent: readonly string[];
  /** The owners of the managers were alerted. */
  noticed: boolean;
}

/** What counts of a grant, for one target: it opens from and until these instants, but for freezes that name none of the roles. */
export interface OverrideSpan {
  readonly key: string;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly roles: readonly Role[];
  readonly by: string;
  readonly confirmedBy: string;
  readonly reason: string;
}

export const MOST_OVERRIDE_HOURS = 24;
export const SHORTEST_OVERRIDE_REASON = 10;
const HOUR_MS = 3_600_000;

export function overrideUntilMs({ command, issuedAtMs }: SignedCommand<OverrideCommand>): number {
  return issuedAtMs + command.hours * HOUR_MS;
}

/** Devices are named by management id or by name. */
export function namesTarget(
  { devices }: OverrideCommand,
  { target, targetName }: { readonly target: string; readonly targetName: string },
): boolean {
  return devices.some((named) => named === target || named === targetName);
}

/** Why a person may not ask for an override or confirm one; null when they may. `others`: who must be another person. */
export function notAllowedToOverride(
  { actor }: Pick<SignedCommand, 'actor'>,
  others: readonly { readonly login: string; readonly as: string }[],
  identities: Identities,
): string | null {
  const { login, machine = false } = actor;
  if (machine) return `${login} is a service account, and an override needs two persons`;
  const same = others.find((other) => samePerson(identities, other.login, login));
  if (same !== undefined) return `${login} ${same.as}: another person must do it`;
  if (others.some((other) => other.login.trim() === ''))
    return 'the ticket names no requester, so it is unknown whether the requester overrides';
  return null;
}

export interface OverrideQuestion {
  readonly ticketId: string;
  /** null: not known here; the gate compares it. */
  readonly requester: string | null;
  readonly target: string;
  readonly targetName: string;
  /** Another device of the ticket has the same name: only the management id names this one. */
  readonly sharesName?: boolean;
  /** Of the process definition in use. */
  readonly mayOverride: readonly Role[];
  readonly identities: Identities;
  readonly nowMs: number;
}

/** Everything but the signatures, which an activity checks. A text says why it does not count. */
export function judgeOverride(
  { ask, confirm }: OverrideGrant,
  { ticketId, requester, target, targetName, sharesName, mayOverride, identities, nowMs }: OverrideQuestion,
): OverrideSpan | string {
  const workflowId = ticketWorkflowId(ticketId);
  if (ask.workflowId !== workflowId || confirm.workflowId !== workflowId) return 'it is for another ticket';
  if (confirm.command.override !== ask.key) return 'another override was confirmed';
  if (!namesTarget(ask.command, { target, targetName })) return 'it is for other devices';
  if (sharesName === true && !ask.command.devices.includes(target))
    return `two devices of the ticket are named ${targetName}, and it gives no management id`;
  const roles = ask.actor.roles.filter((role) => mayOverride.includes(role));
  if (roles.length === 0) return `${ask.actor.login} has no role that may override`;
  const requested = requester === null ? [] : [{ login: requester, as: 'requested the change' }];
  const refused =
    notAllowedToOverride(ask, requested, identities) ??
    notAllowedToOverride(
      confirm,
      [...requested, { login: ask.actor.login, as: 'asked for the override' }],
      identities,
    );
  if (refused !== null) return refused;
  if (ask.reason.trim().length < SHORTEST_OVERRIDE_REASON) return 'its reason is too short';
  const untilMs = overrideUntilMs(ask);
  if (nowMs >= untilMs || confirm.issuedAtMs >= untilMs) return 'it has expired';
  return {
    key: ask.key,
    fromMs: Math.min(nowMs, confirm.issuedAtMs),
    untilMs,
    roles,
    by: ask.actor.login,
    confirmedBy: confirm.actor.login,
    reason: ask.reason.slice(0, 200),
  };
}

/** The override of a target that can be used now; null when there is none. */
export function usableGrant(
  overrides: readonly TicketOverride[],
  place: { readonly target: string; readonly targetName: string },
  { epoch, nowMs }: { readonly epoch: number; readonly nowMs: number },
): OverrideGrant | null {
  const found = overrides.findLast(
    (one) =>
      one.confirm !== null &&
      one.epoch === epoch &&
      namesTarget(one.ask.command, place) &&
      !one.spent.includes(place.target) &&
      nowMs < overrideUntilMs(one.ask),
  );
  return found?.confirm ? { ask: found.ask, confirm: found.confirm } : null;
}
