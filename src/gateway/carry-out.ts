import { ClientError } from '../../packages/client/src/contract.js';
import type { IntakeClient, OrchestratorClient } from '../../packages/client/src/contract.js';
import { signCommand } from '../../packages/client/src/sign.js';
import type { Actor, Command, CommandResult } from '../domain/commands.js';
import { mayCommand } from '../domain/commands.js';
import { problemOf } from './client-problems.js';
import type { GatewayClock, GatewayLimits, GatewayLog } from './gateway-settings.js';
import { Problem } from './problem.js';
import { actorFor, type IsOpen, type SecondPersonRules } from './second-person.js';
import { TooLate, orTooLate } from './too-late.js';

export interface CommandDeps {
  readonly intake: IntakeClient;
  readonly client: OrchestratorClient;
  readonly clock: GatewayClock;
  readonly log: GatewayLog;
  readonly limits: GatewayLimits;
  readonly actorKey: string;
  /** Who may do alone what needs a second person. */
  readonly secondPerson: { readonly rules: () => SecondPersonRules; readonly isOpen: IsOpen };
}

export const OUTCOME_UNKNOWN =
  'The command was sent and its outcome is not known yet: send it again with the same key.';

/** Throws Problem `forbidden` for who may not give the command. */
export function mustBeAllowed({ log }: Pick<CommandDeps, 'log'>, actor: Actor, command: Command): void {
  if (mayCommand(actor, command)) return;
  log.warn({ login: actor.login, kind: command.kind }, 'command refused: role missing');
  throw new Problem('forbidden');
}

/** Signs the command for one workflow and sends it; `unknown` when no answer came in time. */
export async function carryOut(
  deps: CommandDeps,
  caller: Actor,
  { command, reason, key }: { command: Command; reason: string; key: string },
  workflowId: string,
): Promise<CommandResult | 'unknown'> {
  const { intake, clock, log, limits, actorKey, secondPerson } = deps;
  const actor = actorFor(caller, command, secondPerson.rules(), secondPerson.isOpen);
  const { login } = actor;
  const signed = signCommand({ command, reason, key, workflowId, actor, issuedAtMs: clock.now() }, actorKey);
  try {
    const deadlineMs = limits.commandDeadlineMs;
    // A little more than the client gets, so that its own answer wins.
    const result = await orTooLate(deadlineMs + 500, intake.operate(signed, { deadlineMs }));
    const { accepted, code, message } = result;
    const facts = { login, kind: command.kind, workflowId, key, code };
    if (accepted) log.info(facts, 'command accepted');
    else log.info({ ...facts, why: message }, 'command refused');
    return result;
  } catch (error) {
    if (!outcomeUnknown(error)) throw problemOf(error);
    log.warn({ login, kind: command.kind, workflowId, key }, 'command sent, outcome unknown');
    return 'unknown';
  }
}

/** The call may have been carried out: the same key or id answers it later. */
export function outcomeUnknown(error: unknown): boolean {
  if (error instanceof TooLate) return true;
  return (
    error instanceof ClientError && (error.code === 'commandUnknown' || error.code === 'deadlineExceeded')
  );
}
