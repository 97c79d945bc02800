import { judgeApproval } from '../../src/domain/approval.js';
import { ensureAssessed, recordApproval } from '../assess.js';
import type { TicketRun } from '../ticket-run.js';

/** Done when a person approved for this epoch and these digests; the ticket usually leaves the step at that moment. */
export async function approvalPhase(run: TicketRun): Promise<void> {
  const assessment = await ensureAssessed(run);
  for (;;) {
    const policy = run.definition.approval;
    if (policy === null) return;
    recordApproval(run);
    if (run.state.approval?.epoch === run.state.epoch) return;
    const verdict = judgeApproval(run.facts, policy, run.state.serviceAccounts);
    switch (verdict.kind) {
      case 'approved':
        return;
      case 'waiting': {
        const tasks = verdict.tasks > 1 ? ` in ${verdict.tasks} tasks` : '';
        run.wait({
          for: 'approval',
          what: `somebody answers "${policy.field}"${tasks}: ${assessment.reason ?? 'the process asks for approval'}`,
          untilMs: null,
        });
        await run.nextFacts();
        break;
      }
      case 'rejected':
        await afterRejection(
          run,
          `rejected by ${verdict.by ?? 'somebody'}: ${verdict.reason ?? 'no reason given'}`,
        );
        break;
      case 'invalid':
        await run.park({
          code: 'approval.invalid',
          phase: 'approval',
          reason: verdict.reason,
          advice: `redo the ticket to step "${policy.step}" in SecureChange and have it approved there`,
          ways: ['retry', 'abort'],
        });
        await run.refresh('approval', { definitionToo: true });
        break;
    }
  }
}

async function afterRejection(run: TicketRun, reason: string): Promise<void> {
  if (run.definition.approval?.onReject === 'rejectTicket') {
    const { ticketId } = run.state;
    await run.attempt({ phase: 'approval' }, async () =>
      run.engine.protect(async () => run.activities.rejectTicket({ ticketId, comment: reason })),
    );
    run.rereadWanted = true;
    await run.nextFacts();
    return;
  }
  await run.park({
    code: 'approval.rejected',
    phase: 'approval',
    reason,
    advice: 'redo or reject the ticket in SecureChange, or retry when the answer there is another',
    ways: ['retry', 'abort'],
  });
  await run.refresh('approval', { definitionToo: true });
}
