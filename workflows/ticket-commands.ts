import { cleanLine } from '../src/domain/clean-text.js';
import {
  done,
  wrongState,
  type CommandRecord,
  type CommandResult,
  type Parking,
  type SignedCommand,
  type TicketCommand,
  type WayOut,
} from '../src/domain/commands.js';
import { ticketWorkflowId } from '../src/domain/ids.js';
import { severalNamed, targetsNamed } from '../src/domain/named-target.js';
import { carryOut } from './carry-out.js';
import { askBackOut } from './back-out.js';
import { recordApproval } from './emergency.js';
import { applyFromItsm } from './itsm-commands.js';
import type { Decision } from './parkings.js';
import { dropMessage, retryMessage } from './send-messages.js';
import { askOverride, confirmOverride } from './ticket-overrides.js';
import type { TicketRun } from './ticket-run.js';

const RECORDS_KEPT = 20;
const UNVERIFIED_RECORDS_KEPT = 5;

/** The newest records; those of unverified commands displace no others. */
function newestRecords(records: readonly CommandRecord[]): CommandRecord[] {
  const unverified = records.filter(isUnverified).slice(-UNVERIFIED_RECORDS_KEPT);
  const verified = records.filter((record) => !isUnverified(record)).slice(-RECORDS_KEPT);
  return records.filter((record) => verified.includes(record) || unverified.includes(record));
}

function isUnverified({ fingerprint }: CommandRecord): boolean {
  return fingerprint === undefined;
}

/** One command on a ticket. */
export async function operate(run: TicketRun, signed: SignedCommand<TicketCommand>): Promise<CommandResult> {
  const { state, engine, activities } = run;
  const { command, key } = signed;
  const reason = cleanLine(signed.reason);
  if (command.kind === 'backOut') await untilKnown(run, signed);
  return await carryOut(signed, {
    workflowId: ticketWorkflowId(state.ticketId),
    state,
    checkActor: activities.checkActor,
    nowMs: () => engine.nowMs(),
    apply: (by) => apply(run, signed, by),
    standing: ({ kind }) => ({ holds: stillHolds(run, kind), now: `it ${stateText(run)}` }),
    record: (answered) => {
      const { by, result } = answered;
      // Its sender repeats it: it must not displace what others were answered.
      if (result.code === 'tooMany') return;
      const record = { atMs: engine.nowMs(), key, kind: command.kind, reason, ...answered };
      state.commands = newestRecords([...state.commands, record]);
      if (result.accepted) run.display.note(`${result.message} (${by}: ${cleanLine(reason, 200)})`);
      else if (!isUnverified(record)) run.display.note(`${command.kind} by ${by} refused: ${result.message}`);
      run.display.publish();
    },
  });
}

/** The command may have started this run, of a ticket that has ended: it is carried out once the ticket is read. */
async function untilKnown(run: TicketRun, { issuedAtMs }: SignedCommand): Promise<void> {
  if (run.isKnown) return;
  const { state } = run;
  const { notBeforeMs } = state.commandMemory;
  state.commandMemory = { ...state.commandMemory, notBeforeMs: Math.min(notBeforeMs, issuedAtMs) };
  run.asked += 1;
  try {
    await run.engine.condition(() => run.isKnown);
  } finally {
    run.asked -= 1;
  }
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
    case 'override':
    case 'confirm':
    case 'backOut':
    case 'recordApproval':
    case 'retryMessage':
    case 'dropMessage':
    case 'itsmApprove':
    case 'itsmReject':
    case 'itsmComment':
    case 'itsmPlannedDates':
    case 'itsmCancel':
    case 'itsmChanged':
    case 'itsmAdvance':
      return true;
  }
}

function apply(run: TicketRun, signed: SignedCommand<TicketCommand>, by: string): CommandResult {
  const { state } = run;
  const { command, reason } = signed;
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
  const offering = (way: WayOut['command'], target?: string) => (parked: Parking) =>
    parked.waysOut.some((offered) => offered.command === way) &&
    (target === undefined || isTarget(run, parked, target));

  if (command.kind === 'decidePartial' || command.kind === 'completeManual') {
    // One answer is for one device, also where two of them wait for one.
    const named = targetsNamed(state.targets, command.target);
    if (named.length > 1) return wrongState(severalNamed(named, command.target));
  }
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
    case 'override':
      return askOverride(run, { ...signed, command });
    case 'confirm':
      return confirmOverride(run, { ...signed, command });
    case 'backOut':
      return askBackOut(run, { ...signed, command });
    case 'recordApproval':
      return recordApproval(run, { ...signed, command });
    case 'retryMessage':
      return retryMessage(run, command.message);
    case 'dropMessage':
      return dropMessage(run, command.message, by, reason);
    case 'itsmApprove':
    case 'itsmReject':
    case 'itsmComment':
    case 'itsmPlannedDates':
    case 'itsmCancel':
    case 'itsmChanged':
    case 'itsmAdvance':
      return applyFromItsm(run, { ...signed, command });
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
  return targetsNamed(run.state.targets, named).some(({ managementId }) => managementId === parked.target);
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
