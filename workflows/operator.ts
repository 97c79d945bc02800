import { cleanLine } from '../src/domain/clean-text.js';
import { allowedUnverified, mayCommand, rolesFor } from '../src/domain/commands.js';
import type {
  Command,
  CommandResult,
  Parking,
  SignedCommand,
  TicketCommand,
} from '../src/domain/commands.js';
import type { CheckedActor } from '../activities/index.js';
import type { TicketRun } from './ticket-run.js';

const RESULTS_KEPT = 100;
const RECORDS_KEPT = 20;

/** Commands answered so far, by their idempotency key. */
export interface Answered {
  commandResults: readonly { readonly key: string; readonly result: CommandResult }[];
}

/** Carries out one command of a person; refusals are recorded results, and the same key gets the same answer. */
export async function carryOut<C extends Command>(
  signed: SignedCommand<C>,
  answered: Answered,
  checkActor: (signed: SignedCommand<Command>) => Promise<CheckedActor>,
  apply: (by: string) => CommandResult,
  record: (by: string, result: CommandResult) => void,
): Promise<CommandResult> {
  const known = (): CommandResult | undefined =>
    answered.commandResults.find(({ key }) => key === signed.key)?.result;
  const before = known();
  if (before) return before;
  const checked = await checkActor(signed);
  // The same command may have come twice, and the other one was faster.
  const meanwhile = known();
  if (meanwhile) return meanwhile;
  const by = checked.verified ? checked.actor.login : `unverified:${signed.actor.login}`;
  const result = refusalOf(signed, checked) ?? apply(by);
  answered.commandResults = [...answered.commandResults, { key: signed.key, result }].slice(-RESULTS_KEPT);
  record(by, result);
  return result;
}

/** One command on a ticket. */
export async function operate(run: TicketRun, signed: SignedCommand<TicketCommand>): Promise<CommandResult> {
  const { state, engine, activities } = run;
  const { command, reason } = signed;
  const record = (by: string, result: CommandResult): void => {
    state.commands = [
      ...state.commands,
      { atMs: engine.nowMs(), by, kind: command.kind, reason: cleanLine(reason), result },
    ].slice(-RECORDS_KEPT);
    run.note(
      result.accepted
        ? `${result.message} (${by}: ${cleanLine(reason, 200)})`
        : `${command.kind} by ${by} refused: ${result.message}`,
    );
    run.publish();
  };
  return await carryOut(
    signed,
    state,
    activities.checkActor,
    (by) => apply(run, command, by, reason),
    record,
  );
}

function refusalOf(signed: SignedCommand<Command>, checked: CheckedActor): CommandResult | null {
  const { command } = signed;
  if (!checked.verified) {
    if (allowedUnverified(command)) return null;
    return {
      accepted: false,
      code: 'unverified',
      message: `${command.kind} needs an authenticated person: ${checked.why}; use the gateway`,
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
    kind: Parameters<TicketRun['decide']>[1]['kind'],
    text: string,
  ): CommandResult => {
    const taken = state.parkings.filter(offers);
    return run.decide(offers, { kind, by, text }) > 0
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
        run.decide(offering('retry'), { kind: 'retry', by, text: reason });
        return done('the message is sent again');
      }
      return answer(offering('retry'), 'retry', reason);
    case 'skip':
      return answer(offering('skip'), 'skip', reason);
    case 'hold':
      if (state.held !== null) return wrongState(`already held by ${state.held.by}`);
      state.held = { by, reason: cleanLine(reason), sinceMs: run.engine.nowMs() };
      return done('held: nothing new is started; a push under way runs to its end');
    case 'resume':
      if (state.held === null) return wrongState(`it is not held; it ${stateText(run)}`);
      state.held = null;
      return done('resumed');
    case 'abort':
      if (state.aborted !== null) return wrongState(`already aborted by ${state.aborted.by}`);
      if (state.mode === 'observe') return wrongState('it is only observed; there is nothing to abort');
      state.aborted = { by, reason: cleanLine(reason) };
      run.commanded = true;
      return done(
        'we stop driving; the SecureChange ticket stays as it is and is only observed from here on',
      );
    case 'adopt':
      if (state.aborted === null && state.adopted) return wrongState('already adopted');
      if (state.aborted === null && state.mode !== 'observe')
        return wrongState(`it is in mode ${state.mode} already`);
      state.adopted = true;
      state.aborted = null;
      run.commanded = true;
      return done('adopted: the process definition drives it, if one in mode drive exists');
    case 'decideUnknownPush':
      return answer(offering('decideUnknownPush', command.target), command.answer, reason);
    case 'decidePartial':
      return answer(offering('decidePartial', command.target), command.answer, reason);
    case 'completeManual':
      return answer(offering('completeManual', command.target), 'manual', command.evidence);
    case 'dropMessage': {
      const before = state.outbox.length;
      state.outbox = state.outbox.filter(
        (message, index) => !(message.point === command.point && (index > 0 || state.outboxBlocked !== null)),
      );
      if (state.outbox.length === before) return wrongState(`no waiting message of point ${command.point}`);
      state.outboxBlocked = null;
      return done(`dropped ${before - state.outbox.length} message(s) of ${command.point}`);
    }
  }
}

/** What was recorded, for the person who said it. */
function takenText(run: TicketRun, command: TicketCommand, taken: readonly Parking[]): string {
  const reasons = taken.map(({ reason }) => reason).join('; ');
  const pushes = taken
    .map(({ phase, target }) => `${phase === 'commit' ? 'Commit' : 'Update'} of ${nameOf(run, target)}`)
    .join(', ');
  switch (command.kind) {
    case 'decideUnknownPush':
      return command.answer === 'wasSent'
        ? `recorded: the ${pushes} was sent; it counts as done and is not sent again`
        : `recorded: the ${pushes} was not sent; the lane is free, and it is sent again only in its window and after its gate`;
    case 'decidePartial':
      return command.answer === 'accept'
        ? `recorded: the ${pushes} is accepted as it is`
        : `recorded: the ${pushes} is made again`;
    case 'completeManual':
      return `recorded: the ${pushes} was done by hand: ${cleanLine(command.evidence, 200)}`;
    case 'skip':
      return `passed by: ${reasons}`;
    default:
      return `tried again: ${reasons}`;
  }
}

function nameOf({ state }: TicketRun, target: string | null): string {
  const known = state.targets.find(({ managementId }) => managementId === target)?.name;
  const asked = state.questions.find((held) => held.target === target)?.question?.targetName;
  return known ?? asked ?? target ?? '?';
}

/** A target may be named by management id or by device name. */
function isTarget(run: TicketRun, parked: Parking, named: string): boolean {
  if (parked.target === named) return true;
  return run.state.targets.some((target) => target.name === named && target.managementId === parked.target);
}

function stateText(run: TicketRun): string {
  const { state } = run;
  if (state.held !== null) return `is held by ${state.held.by}`;
  const parked = state.parkings[0];
  if (parked) return `is parked: ${parked.reason} (${parked.waysOut.map((way) => way.command).join(', ')})`;
  if (state.waiting !== null) return `waits for ${state.waiting.for}: ${state.waiting.what}`;
  return `is in phase ${state.phase ?? '-'}`;
}
