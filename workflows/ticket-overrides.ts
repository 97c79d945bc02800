import { cleanLine } from '../src/domain/clean-text.js';
import {
  done,
  notAllowed,
  wrongState,
  type CommandResult,
  type SignedCommand,
} from '../src/domain/commands.js';
import { instantText } from '../src/domain/instant-text.js';
import { severalNamed, targetsNamed } from '../src/domain/named-target.js';
import {
  namesTarget,
  notAllowedToOverride,
  overrideUntilMs,
  SHORTEST_OVERRIDE_REASON,
  type ConfirmCommand,
  type OverrideCommand,
  type TicketOverride,
} from '../src/domain/override.js';
import { isDone, type Target } from '../src/domain/provisioning.js';
import { oweApproval } from './emergency.js';
import { placed } from './placed.js';
import type { TicketRun } from './ticket-run.js';

/** Used, expired and not confirmed ones are kept for the views. */
const KEPT = 10;

/** A person asks to push devices outside their window. Nothing changes before another person confirms it. */
export function askOverride(run: TicketRun, signed: SignedCommand<OverrideCommand>): CommandResult {
  const { state, engine } = run;
  const { command, actor } = signed;
  const refused = notAllowedToOverride(signed, [requesterOf(run)], state.identities ?? []);
  if (refused !== null) return notAllowed(refused);
  const roles = state.mode === 'drive' ? (state.definition?.window.overrideRoles ?? []) : [];
  if (!actor.roles.some((role) => roles.includes(role)))
    return notAllowed(
      roles.length === 0
        ? 'its process lets no person override the window (window.override of the process definition)'
        : `an override needs the role ${roles.join(' or ')}; ${actor.login} has ${actor.roles.join(', ')}`,
    );
  if (signed.reason.trim().length < SHORTEST_OVERRIDE_REASON)
    return wrongState(`the reason of an override has at least ${SHORTEST_OVERRIDE_REASON} characters`);
  for (const named of command.devices) {
    const found = targetsNamed(state.targets, named);
    if (found.length === 0)
      return wrongState(
        `the ticket has no device ${cleanLine(named, 100)}: sco ticket show ${state.ticketId}`,
      );
    if (found.length > 1) return wrongState(severalNamed(found, named));
    if (found.every(isDone)) return wrongState(`${cleanLine(named, 100)} is done already`);
  }
  const { carries = [] } = command;
  if (carries.length > 0 && state.definition?.emergency === undefined)
    return wrongState('only an emergency carries what other tickets have saved: leave out --carry');
  const needsMs = state.definition?.window.minimumRemainingMs ?? 0;
  const untilMs = overrideUntilMs(signed);
  if (untilMs - engine.nowMs() <= needsMs)
    return wrongState(
      'the override is shorter than the time that must remain of a window (minimumRemaining of the process)',
    );
  const one: TicketOverride = { ask: signed, epoch: state.epoch, confirm: null, spent: [], noticed: false };
  state.overrides = [...state.overrides, one].slice(-KEPT);
  return done(
    `override asked for ${command.devices.join(', ')} until ${instantText(untilMs)}; it counts when another person confirms it: sco ticket confirm ${state.ticketId} --override ${signed.key} --reason "…"`,
  );
}

/** The second person. From now on the devices enrol with the override. */
export function confirmOverride(run: TicketRun, signed: SignedCommand<ConfirmCommand>): CommandResult {
  const { state, engine } = run;
  const found = state.overrides.find(({ ask }) => ask.key === signed.command.override);
  if (found === undefined) return wrongState('the ticket has no such override, or it has ended');
  const { ask } = found;
  if (found.confirm !== null) return wrongState(`it was confirmed by ${found.confirm.actor.login}`);
  const asked = { login: ask.actor.login, as: 'asked for the override' };
  const refused = notAllowedToOverride(signed, [asked, requesterOf(run)], state.identities ?? []);
  if (refused !== null) return notAllowed(refused);
  if (found.epoch !== state.epoch) return wrongState('the ticket was sent back since it was asked for');
  const needsMs = state.definition?.window.minimumRemainingMs ?? 0;
  const untilMs = overrideUntilMs(ask);
  if (engine.nowMs() >= untilMs - needsMs)
    return wrongState(
      `it ends ${instantText(untilMs)}, and ${needsMs / 60_000} minutes must remain (minimumRemaining of the process)`,
    );
  found.confirm = signed;
  oweApproval(run, found);
  for (const place of state.places) {
    const target = state.targets.find(({ managementId }) => managementId === place.target);
    // A place that rides a push has its result first. Any other one enrols again, with the override.
    if (place.n === null && target !== undefined && namesTarget(ask.command, placed(target)))
      place.missed = true;
  }
  return done(
    `override of ${ask.actor.login} confirmed by ${signed.actor.login}: ${ask.command.devices.join(', ')} may be pushed once until ${instantText(untilMs)}; a third person closes its review: sco lane review`,
  );
}

/** The override of this target counts for one push, and this one has ended: by its result, or because its gate refused it. */
export function spendOverride({ state }: TicketRun, target: Target): void {
  for (const one of state.overrides) {
    if (one.confirm === null || !namesTarget(one.ask.command, placed(target))) continue;
    one.spent = [...new Set([...one.spent, target.managementId])];
  }
}

/** How many overrides count: one more is news for a ticket that found no window. */
export function confirmedCount({ state }: TicketRun): number {
  return state.overrides.filter(({ confirm }) => confirm !== null).length;
}

function requesterOf({ state }: TicketRun): { readonly login: string; readonly as: string } {
  return { login: state.requester, as: 'requested the change' };
}
