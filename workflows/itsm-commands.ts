import { cleanLines } from '../src/domain/clean-text.js';
import { done, tooMany, wrongState, type CommandResult, type SignedCommand } from '../src/domain/commands.js';
import { correlationId, effectKey } from '../src/domain/ids.js';
import type { ItsmAct, ItsmCommand } from '../src/domain/itsm-commands.js';
import { isOwnNote } from '../src/domain/marked-text.js';
import { takesMore } from '../src/domain/most-waiting.js';
import { ITSM_POINT } from '../src/domain/outbox.js';
import type { TicketChange } from '../src/domain/point-action.js';
import { answerFromItsm } from './itsm-approval.js';
import { plannedAgain } from './ticket-changes.js';
import type { TicketRun } from './ticket-run.js';

/** One request of an ITSM. What changes the ticket goes through its outbox; the result names the message. */
export function applyFromItsm(run: TicketRun, signed: SignedCommand<ItsmCommand>): CommandResult {
  const { state } = run;
  const { command, reason } = signed;
  if (state.status !== 'inProgress') return wrongState(`the ticket is ${state.status}`);
  if (state.mode !== 'drive' || state.definition === null)
    return wrongState(
      `the ticket is only observed: ${state.modeReason ?? `its process is in mode ${state.mode}`}`,
    );
  switch (command.kind) {
    case 'itsmApprove':
    case 'itsmReject':
      return answerFromItsm(run, command, reason);
    case 'itsmComment':
      if (isOwnNote(command.text))
        return done(
          'it is a note that came from this ticket: nothing was done, for it would go round in circles',
        );
      return ifAllowed(run, 'comment', () =>
        queue(run, signed, 'the comment', (key) => ({
          kind: 'comment',
          text: cleanLines(command.text),
          key,
        })),
      );
    case 'itsmPlannedDates':
      return ifAllowed(run, 'plannedDates', () => queueDates(run, signed, command));
    case 'itsmCancel':
      return ifAllowed(run, 'cancel', () =>
        queue(run, signed, 'the cancellation', () => ({ kind: 'action', action: 'cancel_ticket' })),
      );
    case 'itsmChanged':
      return readChangeAgain(run);
    case 'itsmAdvance':
      if (command.step !== state.stepName)
        return wrongState(`the ticket is in step ${state.stepName ?? '-'}, not in ${command.step}`);
      return ifAllowed(run, 'advance', () =>
        queue(run, signed, 'completing the step', () => ({ kind: 'action', action: 'advance' })),
      );
  }
}

/** Nothing is taken from the caller: the change itself says what counts, so the process need not allow it. */
function readChangeAgain(run: TicketRun): CommandResult {
  const { definition, approvals, epoch } = run.state;
  const datesOf = definition?.window.plannedDates?.server ?? null;
  const polls = (definition?.approvals ?? []).filter(
    ({ poll, name }) =>
      poll !== undefined && !approvals.some((record) => record.name === name && record.epoch === epoch),
  );
  const read = [
    ...(definition?.itsmGate === undefined ? [] : ['the state that a push needs (gate.itsmChange)']),
    ...(datesOf === null ? [] : ['the planned dates']),
    ...polls.map(({ name }) => `the answer to approval ${name}`),
  ];
  if (read.length === 0)
    return wrongState(
      'the process reads nothing from the change; it lacks gate.itsmChange, planned dates of a server and an approval with poll',
    );
  run.changeReports += 1;
  if (datesOf !== null) plannedAgain(run);
  return done(`read again from the change: ${read.join(', ')}`);
}

function ifAllowed({ state }: TicketRun, act: ItsmAct, then: () => CommandResult): CommandResult {
  const { itsmMay = [], name } = state.definition ?? {};
  if (itsmMay.includes(act)) return then();
  return wrongState(`process ${name ?? '-'} does not let the ITSM do it; it lacks itsmMay: [${act}]`);
}

function queueDates(
  run: TicketRun,
  signed: SignedCommand<ItsmCommand>,
  { start, end }: Extract<ItsmCommand, { kind: 'itsmPlannedDates' }>,
): CommandResult {
  const dates = run.state.definition?.window.plannedDates ?? null;
  if (dates === null) return wrongState('the process has no planned dates (window.itsmPlannedDates)');
  if (dates.server !== null) {
    plannedAgain(run);
    return done(`the planned dates are read again from the change on ${dates.server}`);
  }
  const values = [
    { field: dates.start, text: start },
    { field: dates.end, text: end },
  ];
  return queue(run, signed, 'writing the planned dates', () => ({
    kind: 'writeFields',
    values,
    problems: [],
    planned: true,
  }));
}

/** In order with all other messages of the ticket. */
function queue(
  run: TicketRun,
  { key: commandKey }: SignedCommand<ItsmCommand>,
  what: string,
  changeOf: (key: string) => TicketChange,
): CommandResult {
  const { state, engine } = run;
  const { ticketId, epoch, stepInstance, stepName } = state;
  const waiting = state.outbox.filter(({ point }) => point === ITSM_POINT).length;
  if (!takesMore('itsmMessages', waiting))
    return tooMany(
      `${waiting} messages of the ITSM wait in the ticket, and nothing was done: send it again later, under the same key`,
    );
  const key = effectKey({
    ticketId,
    epoch,
    stepName: stepName ?? '-',
    phase: 'itsmSync',
    target: `itsm/${commandKey}`,
  });
  const change = changeOf(key);
  state.renderings += 1;
  state.outbox.push({
    key,
    point: ITSM_POINT,
    server: 'securechange',
    action: 'ticket',
    ticket: change,
    correlationId: correlationId(ticketId, 'securechange'),
    body: '',
    blocking: false,
    number: state.renderings,
    queuedAtMs: engine.nowMs(),
    stepInstance: change.kind === 'action' && change.action === 'advance' ? stepInstance : null,
  });
  return { ...done(`${what} is message ${state.renderings} of the ticket`), queued: state.renderings };
}
