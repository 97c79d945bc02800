import { effectKey } from '../src/domain/ids.js';
import type { TicketRun } from './ticket-run.js';

/** Comments in SecureChange which push made each device's change live. The step goes on when the comment is refused. */
export async function commentPushes(run: TicketRun): Promise<void> {
  const { state } = run;
  const pushed = state.targets.filter(({ push, message }) => push !== null && message !== null);
  if (!run.definition.commentPushes || pushed.length === 0) return;
  const { ticketId, epoch } = state;
  const { refused } = await run.write('commentPushes', { phase: 'commit' }, () => ({
    ...run.stepRef(),
    taskAccess: run.definition.taskAccess,
    lines: pushed.map(({ name, message, laneName }) => `${name} (manager ${laneName}): ${message ?? ''}`),
    key: effectKey({ ticketId, epoch, stepName: state.stepName ?? '-', phase: 'commit', target: 'comment' }),
  }));
  if (refused !== null) run.display.note(`no comment in SecureChange: ${refused}`);
}
