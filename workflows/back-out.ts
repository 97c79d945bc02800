import { devicesToTakeBack, type BackOut } from '../src/domain/back-out.js';
import { cleanLine } from '../src/domain/clean-text.js';
import { done, wrongState } from '../src/domain/commands.js';
import type { CommandResult, SignedCommand, TicketCommand } from '../src/domain/commands.js';
import { effectKey } from '../src/domain/ids.js';
import type { TicketRun } from './ticket-run.js';
import { MOST_TARGETS } from './ticket-state.js';

const KEPT = 5;

/** A person asks to take back what is live. The new ticket goes through design, risk, approval and window as every other. */
export function askBackOut(
  { state, engine }: TicketRun,
  { command, actor, reason }: SignedCommand<Extract<TicketCommand, { kind: 'backOut' }>>,
): CommandResult {
  const { backOuts = [], definition, targets, mode, held } = state;
  // A hold starts no write.
  if (held !== null) return wrongState(`the ticket is held by ${held.by}: resume it first`);
  if (definition === null || mode !== 'drive')
    return wrongState('the ticket is only observed: what it made live is not known here');
  const open = backOuts.find(({ refused }) => refused === null);
  if (open !== undefined)
    return wrongState(
      open.ticket === null ? 'its back-out is being opened' : `ticket ${open.ticket} takes it back already`,
    );
  const found = devicesToTakeBack(targets, command.devices);
  if (typeof found === 'string') return wrongState(found);
  const devices = found.map(({ managementId: id, name }) => ({ id, name }));
  const one: BackOut = {
    by: actor.login,
    reason: cleanLine(reason),
    atMs: engine.nowMs(),
    devices,
    // An earlier run may have had more devices than it left.
    all: found.length === targets.length && targets.length < MOST_TARGETS,
    ticket: null,
    refused: null,
  };
  state.backOuts = [...backOuts, one].slice(-KEPT);
  return done(
    `a new ticket is opened that takes it back on ${devices.map(({ name }) => name).join(', ')}: sco ticket show ${state.ticketId}`,
  );
}

export function isOpening({ state }: TicketRun): boolean {
  return dueOf(state.backOuts) !== undefined;
}

function dueOf(backOuts: readonly BackOut[] | undefined): BackOut | undefined {
  return backOuts?.find(({ ticket, refused }) => ticket === null && refused === null);
}

/** Opens each back-out that was asked for, and says so in both tickets. */
export async function openBackOuts(run: TicketRun): Promise<void> {
  for (;;) {
    await run.engine.condition(() => isOpening(run));
    const due = dueOf(run.state.backOuts);
    if (due !== undefined) await open(run, due);
  }
}

async function open(run: TicketRun, due: BackOut): Promise<void> {
  const { state } = run;
  const { ticketId, epoch } = state;
  const opened = await run.write('openBackOut', { phase: null, runsWhileHeld: true }, () => ({
    ticketId,
    workflow: run.facts.workflow,
    requestField: run.definition.requestField,
    // A run that was started for it has no assessment.
    requestDigest: state.assessment?.epoch === epoch ? state.assessment.requestDigest : null,
    devices: due.devices.map(({ id }) => id),
    all: due.all,
  }));
  if (opened.kind === 'refused') {
    due.refused = cleanLine(opened.message, 500);
    run.display.note(`no back-out: ${due.refused}; take it back by hand (runbook, Back-out)`);
    return;
  }
  const text = `ticket ${opened.ticketId} takes it back on ${due.devices.map(({ name }) => name).join(', ')}, asked for by ${due.by}: ${due.reason}`;
  run.display.note(opened.opened ? text : `${text} (it was open already)`);
  const { refused } = await run.write('commentPushes', { phase: null, runsWhileHeld: true }, () => ({
    ...run.stepRef(),
    ended: run.facts.step === null,
    taskAccess: run.definition.taskAccess,
    lines: [`Back-out: ${text}`],
    key: effectKey({
      ticketId,
      epoch,
      stepName: state.stepName ?? '-',
      phase: 'commit',
      target: `back-out-${opened.ticketId}`,
    }),
  }));
  if (refused !== null) run.display.note(`back-out: no comment in SecureChange: ${refused}`);
  due.ticket = opened.ticketId;
}
