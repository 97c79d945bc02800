import { cleanLine } from '../src/domain/clean-text.js';
import {
  recall,
  remember,
  requestText,
  type AnsweredCommand,
  type CommandMemory,
} from '../src/domain/command-memory.js';
import { allowedUnverified, mayCommand, rolesFor } from '../src/domain/commands.js';
import type { Command, CommandRecord, CommandResult, SignedCommand } from '../src/domain/commands.js';
import type { CheckedActor } from '../activities/index.js';

/** How one workflow answers commands. */
export interface CommandTarget<C extends Command> {
  /** This workflow's own id: a command that was signed for another one is unverified here. */
  readonly workflowId: string;
  /** Holds what was answered so far. */
  readonly state: { commandMemory: CommandMemory };
  readonly checkActor: (signed: SignedCommand) => Promise<CheckedActor>;
  readonly nowMs: () => number;
  readonly apply: (by: string, verified: boolean) => CommandResult;
  /** Whether what the command did still holds, and what is true now. */
  readonly standing: (command: C) => Standing;
  /** `answered` is what its record says of it. */
  readonly record: (answered: Pick<CommandRecord, 'by' | 'result' | 'fingerprint'>) => void;
}

export interface Standing {
  readonly holds: boolean;
  /** A clause: "it is stopped by olga". */
  readonly now: string;
}

/**
 * Carries out one command after it has checked who gave it. A command with the same key and request is carried out once
 * and gets the same answer; the same key for another request is refused. Refusals are results.
 */
export async function carryOut<C extends Command>(
  signed: SignedCommand<C>,
  target: CommandTarget<C>,
): Promise<CommandResult> {
  const checked = await checkedFor(signed, target);
  const { state } = target;
  const { verified } = checked;
  const fingerprint = verified ? checked.fingerprint : requestText(signed);
  const by = verified ? checked.actor.login : `unverified:${cleanLine(signed.actor.login, 128)}`;
  const known = recall(state.commandMemory, verified, signed.key);
  if (known?.fingerprint === fingerprint) return cleaned(repeated(known, target.standing(signed.command)));
  const refusal = known ? keyReused(known) : refusalOf(signed, checked, state.commandMemory);
  const result = cleaned(refusal ?? target.apply(by, verified));
  const { key, issuedAtMs } = signed;
  // A refused command without a signature is not kept, and neither is one that may be sent again.
  const isKept = verified || allowedUnverified(signed.command);
  if (!known && isKept && result.code !== 'tooMany') {
    const answered = { key, fingerprint, issuedAtMs, atMs: target.nowMs(), result };
    state.commandMemory = remember(state.commandMemory, verified, answered, target.nowMs());
  }
  target.record({ by, result, ...(verified && { fingerprint }) });
  return result;
}

/** The message may name people who are not verified and their reasons; it is printed, logged and sent. */
function cleaned({ message, ...rest }: CommandResult): CommandResult {
  return { ...rest, message: cleanLine(message, 500) };
}

async function checkedFor<C extends Command>(
  signed: SignedCommand<C>,
  { workflowId, checkActor }: CommandTarget<C>,
): Promise<CheckedActor> {
  // Without an activity: many unsigned commands must cost little, and a stop must not wait.
  if (signed.signature === null) return { verified: false, why: 'the command is not signed by a gateway' };
  if (signed.workflowId !== workflowId) {
    return { verified: false, why: `it was signed for another workflow than ${workflowId}` };
  }
  return await checkActor(signed);
}

function keyReused({ atMs }: AnsweredCommand): CommandResult {
  return {
    accepted: false,
    code: 'keyReused',
    message: `nothing was done: this key was used for another command at ${instant(atMs)}; give a new key`,
  };
}

/** The recorded result, marked as an earlier one. */
function repeated({ atMs, result }: AnsweredCommand, { holds, now }: Standing): CommandResult {
  const { accepted, message } = result;
  if (!accepted) {
    const again = `answered at ${instant(atMs)} under this key; to ask again give a new key`;
    return { ...result, message: `${message} (${again})` };
  }
  if (holds) {
    const then = `carried out at ${instant(atMs)} under this key, nothing was done now; ${now}`;
    return { ...result, message: `${message} (${then})` };
  }
  return {
    accepted: false,
    code: 'undone',
    message: `carried out at ${instant(atMs)} under this key, and undone since: ${now}; to do it again give a new key`,
  };
}

function instant(atMs: number): string {
  return new Date(atMs).toISOString();
}

function refusalOf(
  { command, issuedAtMs }: SignedCommand,
  checked: CheckedActor,
  { notBeforeMs }: CommandMemory,
): CommandResult | null {
  if (!checked.verified) {
    if (allowedUnverified(command)) return null;
    return {
      accepted: false,
      code: 'unverified',
      message: `${command.kind} needs an authenticated person: ${checked.why}; use the gateway`,
    };
  }
  if (issuedAtMs < notBeforeMs) {
    return {
      accepted: false,
      code: 'tooOld',
      message: `nothing was done: the command was signed before ${instant(notBeforeMs)}, and this workflow has no record of commands from then; send it again`,
    };
  }
  if (mayCommand(checked.actor, command)) return null;
  const roles = rolesFor(command);
  return {
    accepted: false,
    code: 'notAllowed',
    message: `${command.kind} needs the role ${roles.join(' or ')}; ${checked.actor.login} has ${checked.actor.roles.join(', ')}`,
  };
}
