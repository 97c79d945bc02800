import { cleanLine } from '../src/domain/clean-text.js';
import { done, notAllowed, wrongState } from '../src/domain/commands.js';
import type { CommandResult, SignedCommand, TicketCommand } from '../src/domain/commands.js';
import { notAllowedToRecord, owedText, type OwedApproval } from '../src/domain/emergency.js';
import { usableGrant, type OverrideGrant, type TicketOverride } from '../src/domain/override.js';
import { isDone, type Target } from '../src/domain/provisioning.js';
import { askUnless } from './ask-unless.js';
import { approvalOwed, OWED_CODES, twoPersonsNeeded } from './parking-texts.js';
import { placed } from './placed.js';
import type { TicketRun } from './ticket-run.js';

/** The override of this target that can be used now. */
export function grantOf({ state, engine }: TicketRun, target: Target): OverrideGrant | null {
  return usableGrant(state.overrides, placed(target), { epoch: state.epoch, nowMs: engine.nowMs() });
}

/** Of an emergency: waits until two persons let one of these targets go ahead; returns those they did. */
export async function letAhead(run: TicketRun, targets: readonly Target[]): Promise<readonly Target[]> {
  if (run.definition.emergency === undefined) return targets;
  for (;;) {
    const ahead = targets.filter((target) => grantOf(run, target) !== null);
    if (ahead.length > 0 || targets.every(isDone)) return ahead;
    const [first, ...more] = targets;
    await run.parkings.park({
      ...twoPersonsNeeded(
        run.state.ticketId,
        targets.map(({ name }) => name),
      ),
      phase: 'changeWindow',
      target: more.length === 0 ? (first?.managementId ?? null) : null,
      news: () => targets.some((target) => isDone(target) || grantOf(run, target) !== null),
    });
  }
}

/** Two persons let an emergency go ahead: from now on the approval of the ITSM is owed. */
export function oweApproval({ state, engine }: TicketRun, { ask, confirm }: TicketOverride): void {
  const policy = state.definition?.emergency;
  // The due date of the first one stands.
  if (policy === undefined || confirm === null || state.owed != null) return;
  state.owed = {
    approval: policy.approval,
    persons: [ask.actor.login, confirm.actor.login],
    dueMs: engine.nowMs() + policy.dueInMs,
    isOverdue: false,
    rejected: null,
    answer: null,
  };
}

/** Looks for the approval that is owed, and asks a person once it is rejected or overdue. */
export async function followOwed(run: TicketRun): Promise<void> {
  const { state, engine } = run;
  await engine.condition(() => state.owed != null);
  const owed = state.owed;
  while (owed != null && owed.answer === null) {
    const reading = await askUnless(
      run,
      async () =>
        run.read('awaitLaterApproval', { phase: null, runsWhileHeld: true }, () => ({
          ticketId: state.ticketId,
          approval: owed.approval,
          untilMs: owed.isOverdue ? null : owed.dueMs,
          rejected: owed.rejected !== null,
        })),
      () => isAnswered(owed),
    );
    // A person recorded it meanwhile.
    if (reading === null) break;
    switch (reading.kind) {
      case 'approved':
        answer(run, owed, owed.approval.server, `the emergency was approved afterwards: ${reading.text}`);
        break;
      case 'rejected':
        owed.rejected = reading.text;
        break;
      case 'missing':
        owed.isOverdue = true;
        break;
    }
    if (!isAnswered(owed)) showOwed(run, owed, reading.text);
  }
  for (const code of OWED_CODES) run.parkings.end(code, null);
}

function showOwed(run: TicketRun, owed: OwedApproval, seen: string): void {
  for (const code of OWED_CODES) run.parkings.end(code, null);
  run.display.note(`${owedText(owed)}: ${seen}`);
  run.parkings.show({ ...approvalOwed(owed, seen), phase: null });
}

function isAnswered(owed: OwedApproval): boolean {
  return owed.answer !== null;
}

function answer(run: TicketRun, owed: OwedApproval, by: string, text: string): void {
  owed.answer = { by, text: cleanLine(text, 500), atMs: run.engine.nowMs() };
  run.display.note(`${owed.answer.text} (${by})`);
}

/** A person records the approval that the ITSM does not show. */
export function recordApproval(
  run: TicketRun,
  signed: SignedCommand<Extract<TicketCommand, { kind: 'recordApproval' }>>,
): CommandResult {
  const { owed, requester, identities = [] } = run.state;
  if (owed == null)
    return wrongState('the ticket owes no approval: it is no emergency, or two persons did not allow it');
  if (owed.answer !== null) return wrongState(`nothing is owed any more: ${owedText(owed)}`);
  const refused = notAllowedToRecord(signed, owed, requester, identities);
  if (refused !== null) return notAllowed(refused);
  const text = `the approval of the emergency is recorded: ${signed.command.evidence}`;
  answer(run, owed, signed.actor.login, text);
  return done(cleanLine(text, 300));
}

/** The ticket has ended: its run stays until the approval is there. Nothing is owed for what was never pushed. */
export async function untilApprovedAfterwards(run: TicketRun): Promise<void> {
  const { state, engine } = run;
  const { owed } = state;
  if (owed == null || owed.answer !== null) return;
  // A push that it rode has reported by now: one that is still noted as running has sent nothing for it.
  const isTouched = (progress: Target['update']): boolean =>
    progress === 'done' || progress === 'failed' || progress === 'unknown';
  const wasPushed =
    Object.keys(state.live).length > 0 ||
    state.targets.some(({ update, commit }) => isTouched(update) || isTouched(commit));
  if (!wasPushed) {
    answer(run, owed, 'securechange-orchestrator', 'no approval is owed: nothing was pushed');
    return;
  }
  run.display.wait({ for: 'itsm', what: owedText(owed), untilMs: owed.isOverdue ? null : owed.dueMs });
  await engine.condition(() => isAnswered(owed));
}
