import { judgeApproval } from '../../src/domain/approval.js';
import { ensureAssessed, recordApproval } from '../assess.js';
import { approvalInvalid, approvalRejected } from '../parking-texts.js';
import type { TicketRun } from '../ticket-run.js';

/** Done when this epoch and these digests are approved; usually the ticket then leaves the step. */
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
        run.display.wait({
          for: 'approval',
          what: `an approver answers "${policy.field}"${tasks}: ${assessment.reason ?? 'the process definition asks for approval'}`,
          untilMs: null,
        });
        await run.nextFacts();
        break;
      }
      case 'rejected':
        await afterRejection(
          run,
          `rejected by ${verdict.by ?? 'an approver'}: ${verdict.reason ?? 'no reason given'}`,
        );
        break;
      case 'invalid':
        await run.parkings.park({
          ...approvalInvalid(policy.step, verdict.reason),
          phase: 'approval',
        });
        await run.refresh('approval', { definitionToo: true });
        break;
    }
  }
}

async function afterRejection(run: TicketRun, reason: string): Promise<void> {
  if (run.definition.approval?.onReject === 'rejectTicket') {
    const { ticketId } = run.state;
    await run.write('rejectTicket', { phase: 'approval' }, () => ({ ticketId, comment: reason }));
    run.news.requestReading();
    await run.nextFacts();
    return;
  }
  await run.parkings.park({ ...approvalRejected(reason), phase: 'approval' });
  await run.refresh('approval', { definitionToo: true });
}
