import { effectKey } from '../src/domain/ids.js';
import { enqueueMessages, pointsFor } from './outbox.js';
import type { TicketRun } from './ticket-run.js';
import { recordReverted, type Reverted } from './went-live.js';

/** Makes known to others that changes were reverted: the integration points for it, and a comment in SecureChange. */
export async function reportReverted(run: TicketRun, reverted: readonly Reverted[]): Promise<void> {
  const { state } = run;
  if (reverted.length === 0) return;
  const points = state.definition?.integrationPoints ?? [];
  await enqueueMessages(run, pointsFor(points, { left: null, passed: [], events: ['REVERTED'] }));
  if (state.mode === 'drive' && state.definition?.commentPushes === true)
    for (const each of reverted) await comment(run, each);
}

/** In a run that the lane started for a ticket that has ended: earlier runs have its devices and its change in the ITSM. */
export async function reportRevertedAfterEnd(run: TicketRun, reverted: readonly Reverted[]): Promise<void> {
  const { state } = run;
  const { ticketId } = state;
  const context = { phase: null, runsWhileHeld: true } as const;
  const { change, targets } = await run.read('findEarlierRuns', context, () => ({ ticketId }));
  state.itsm ??= change;
  state.targets = [...targets];
  // A lane that was not sure whether its signal had arrived repeats it: the run before this one has made it known.
  const isKnown = ({ managementId, n }: Reverted): boolean =>
    targets.some((one) => one.managementId === managementId && one.push === n && one.reverted === true);
  const unknown = reverted.filter((each) => !isKnown(each));
  for (const each of unknown)
    // Terminated runs, and those past their retention, say nothing of their devices.
    if (!recordReverted(run, each)) run.display.note(`reverted: ${each.message} (push ${each.n})`);
  await reportReverted(run, unknown);
}

async function comment(run: TicketRun, { managementId, n, message }: Reverted): Promise<void> {
  const { ticketId, epoch } = run.state;
  const target = `${managementId}/reverted/${n}`;
  const { refused } = await run.write('commentPushes', { phase: 'commit', runsWhileHeld: true }, () => ({
    ...run.stepRef(),
    ended: run.facts.step === null,
    taskAccess: run.definition.taskAccess,
    lines: [message],
    key: effectKey({ ticketId, epoch, stepName: run.state.stepName ?? '-', phase: 'commit', target }),
  }));
  if (refused !== null) run.display.note(`no comment in SecureChange: ${refused}`);
}
