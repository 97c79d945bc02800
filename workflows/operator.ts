import { cleanLine } from '../src/domain/clean-text.js';
import {
  recall,
  remember,
  requestText,
  type AnsweredCommand,
  type CommandMemory,
} from '../src/domain/command-memory.js';
import { allowedUnverified, mayCommand, rolesFor } from '../src/domain/commands.js';
import type {
  Command,
  CommandRecord,
  CommandResult,
  Parking,
  SignedCommand,
  TicketCommand,
} from '../src/domain/commands.js';
import { ticketWorkflowId } from '../src/domain/ids.js';
import type { CheckedActor } from '../activities/index.js';
import type { Decision } from './parkings.js';
import type { TicketRun } from './ticket-run.js';

/** How one workflow answers commands. */
export interface CommandTarget<C extends Command> {
  /** This workflow's own id: a command that was signed for another one is unverified here. */
  readonly workflowId: string;
  /** Holds what was answered so far. */
  readonly state: { commandMemory: CommandMemory };
  readonly checkActor: (signed: SignedCommand) => Promise<CheckedActor>;
  readonly nowMs: () => number;
  readonly apply: (by: string) => CommandResult;
  /** Whether what the command did still holds, and what is true now. */
  readonly standing: (command: C) => Standing;
  readonly record: (by: string, result: CommandResult) => void;
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
  const by = verified ? checked.actor.login : `unverified:${signed.actor.login}`;
  const known = recall(state.commandMemory, verified, signed.key);
  if (known?.fingerprint === fingerprint) return repeated(known, target.standing(signed.command));
  const refusal = known ? keyReused(known) : refusalOf(signed, checked, state.commandMemory);
  const { message, ...rest } = refusal ?? target.apply(by);
  const result = { ...rest, message: message.slice(0, 500) };
  const { key, issuedAtMs } = signed;
  // A refused command without a signature is not kept.
  if (!known && (verified || allowedUnverified(signed.command))) {
    const answered = { key, fingerprint, issuedAtMs, atMs: target.nowMs(), result };
    state.commandMemory = remember(state.commandMemory, verified, answered, target.nowMs());
  }
  target.record(by, result);
  return result;
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
    message: `nothing was done: the key was given to another request at ${instant(atMs)}; give a new key`,
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

const RECORDS_KEPT = 20;
const UNVERIFIED_RECORDS_KEPT = 5;

/** The newest records; those of unverified commands displace no others. */
function newestRecords(records: readonly CommandRecord[]): CommandRecord[] {
  const unverified = records.filter(isUnverified).slice(-UNVERIFIED_RECORDS_KEPT);
  const verified = records.filter((record) => !isUnverified(record)).slice(-RECORDS_KEPT);
  return records.filter((record) => verified.includes(record) || unverified.includes(record));
}

function isUnverified({ by }: CommandRecord): boolean {
  return by.startsWith('unverified:');
}

/** One command on a ticket. */
export async function operate(run: TicketRun, signed: SignedCommand<TicketCommand>): Promise<CommandResult> {
  const { state, engine, activities } = run;
  const { command, key } = signed;
  const reason = cleanLine(signed.reason);
  return await carryOut(signed, {
    workflowId: ticketWorkflowId(state.ticketId),
    state,
    checkActor: activities.checkActor,
    nowMs: () => engine.nowMs(),
    apply: (by) => apply(run, command, by, signed.reason),
    standing: ({ kind }) => ({ holds: stillHolds(run, kind), now: `it ${stateText(run)}` }),
    record: (by, result) => {
      const record = { atMs: engine.nowMs(), key, by, kind: command.kind, reason, result };
      state.commands = newestRecords([...state.commands, record]);
      if (result.accepted) run.display.note(`${result.message} (${by}: ${cleanLine(reason, 200)})`);
      else if (!isUnverified(record)) run.display.note(`${command.kind} by ${by} refused: ${result.message}`);
      run.display.publish();
    },
  });
}

/** Whether the effect of a command still holds: a hold ends with resume, an answer stays. */
function stillHolds({ state }: TicketRun, kind: TicketCommand['kind']): boolean {
  switch (kind) {
    case 'hold':
      return state.held !== null;
    case 'resume':
      return state.held === null;
    case 'abort':
      return state.aborted !== null;
    case 'adopt':
      return state.aborted === null && state.adopted;
    case 'retry':
    case 'skip':
    case 'decidePartial':
    case 'completeManual':
    case 'dropMessage':
      return true;
  }
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

function apply(run: TicketRun, command: TicketCommand, by: string, reason: string): CommandResult {
  const { state } = run;
  const done = (message: string): CommandResult => ({ accepted: true, code: 'done', message });
  const wrongState = (message: string): CommandResult => ({ accepted: false, code: 'wrongState', message });
  const answer = (
    offers: (parked: Parking) => boolean,
    kind: Decision['kind'],
    text: string,
  ): CommandResult => {
    const taken = state.parkings.filter(offers);
    return run.parkings.decide(offers, { kind, by, text }) > 0
      ? done(takenText(run, command, taken))
      : wrongState(`the ticket does not wait for ${command.kind}; it ${stateText(run)}`);
  };
  const offering = (way: TicketCommand['kind'], target?: string) => (parked: Parking) =>
    parked.waysOut.some((offered) => offered.command === way) &&
    (target === undefined || isTarget(run, parked, target));

  switch (command.kind) {
    case 'retry':
      if (state.outboxBlocked !== null) {
        state.outboxBlocked = null;
        run.parkings.decide(offering('retry'), { kind: 'retry', by, text: reason });
        return done('the message is sent again');
      }
      return answer(offering('retry'), 'retry', reason);
    case 'skip':
      return answer(offering('skip'), 'skip', reason);
    case 'hold':
      if (state.held !== null) return wrongState(`already held by ${state.held.by}`);
      state.held = { by, reason: cleanLine(reason), sinceMs: run.engine.nowMs() };
      return done('held: no write is started; a push whose call was made runs to its end');
    case 'resume':
      if (state.held === null) return wrongState(`it is not held; it ${stateText(run)}`);
      state.held = null;
      return done('resumed');
    case 'abort':
      if (state.aborted !== null) return wrongState(`already aborted by ${state.aborted.by}`);
      if (state.mode === 'observe')
        return wrongState('the ticket is only observed; there is nothing to abort');
      state.aborted = { by, reason: cleanLine(reason) };
      run.news.commandArrived();
      return done('aborted: the ticket stays as it is in SecureChange and is only observed from now on');
    case 'adopt':
      if (state.aborted === null && state.adopted) return wrongState('already adopted');
      if (state.aborted === null && state.mode !== 'observe')
        return wrongState(`the ticket is already in mode ${state.mode}`);
      state.adopted = true;
      state.aborted = null;
      run.news.commandArrived();
      return done('adopted: the ticket is driven if it has a process definition in mode drive');
    case 'decidePartial':
      return answer(offering('decidePartial', command.target), command.answer, reason);
    case 'completeManual':
      return answer(offering('completeManual', command.target), 'manual', command.evidence);
    case 'dropMessage': {
      const before = state.outbox.length;
      state.outbox = state.outbox.filter(
        (message, index) => !(message.point === command.point && (index > 0 || state.outboxBlocked !== null)),
      );
      if (state.outbox.length === before) return wrongState(`no message of point ${command.point} waits`);
      state.outboxBlocked = null;
      return done(`dropped ${before - state.outbox.length} message(s) of ${command.point}`);
    }
  }
}

/** The answer to the operator. */
function takenText(run: TicketRun, command: TicketCommand, taken: readonly Parking[]): string {
  const reasons = taken.map(({ reason }) => reason).join('; ');
  const pushes = taken
    .map(({ phase, target }) => `${phase === 'commit' ? 'Commit' : 'Update'} of ${nameOf(run, target)}`)
    .join(', ');
  switch (command.kind) {
    case 'decidePartial':
      return command.answer === 'accept'
        ? `recorded: the ${pushes} is accepted as it is`
        : `recorded: the ${pushes} is made again`;
    case 'completeManual':
      return `recorded: the ${pushes} was done by hand: ${cleanLine(command.evidence, 200)}`;
    case 'skip':
      return `recorded: the ticket skips what it was parked for (${reasons})`;
    default:
      return `recorded: the ticket tries again what it was parked for (${reasons})`;
  }
}

function nameOf({ state }: TicketRun, target: string | null): string {
  const known = state.targets.find(({ managementId }) => managementId === target)?.name;
  return known ?? target ?? '?';
}

/** A target may be named by management id or by device name. */
function isTarget(run: TicketRun, parked: Parking, named: string): boolean {
  if (parked.target === named) return true;
  return run.state.targets.some((target) => target.name === named && target.managementId === parked.target);
}

function stateText(run: TicketRun): string {
  const { state } = run;
  if (state.aborted !== null) return `is aborted by ${state.aborted.by}`;
  if (state.held !== null) return `is held by ${state.held.by}`;
  const parked = state.parkings[0];
  if (parked) return `is parked: ${parked.reason} (${parked.waysOut.map((way) => way.command).join(', ')})`;
  if (state.waiting !== null) return `waits for ${state.waiting.for}: ${state.waiting.what}`;
  return `is in phase ${state.phase ?? '-'}`;
}
