import type { ApprovalPolicy } from '../src/domain/process.js';
import { approvalRejected, type approvalInvalid } from './parking-texts.js';
import type { TicketRun } from './ticket-run.js';

/** Rejects the ticket, sends it back or asks an operator, as the process says. Returns when the ticket was read again. */
export async function afterRejection(
  run: TicketRun,
  { onReject, redoTo }: ApprovalPolicy,
  reason: string,
): Promise<void> {
  if (onReject === 'rejectTicket') {
    const { ticketId } = run.state;
    await run.write('rejectTicket', { phase: 'approval' }, () => ({ ticketId, comment: reason }));
    run.news.requestReading();
    await run.nextFacts();
    return;
  }
  const { ticketId, stepInstance } = run.state;
  if (onReject === 'redo' && redoTo !== undefined && stepInstance !== null) {
    const { taskAccess } = run.definition;
    await run.write('redoStep', { phase: 'approval' }, () => ({
      ticketId,
      stepInstance,
      toStep: redoTo,
      comment: reason,
      taskAccess,
    }));
    run.news.requestReading();
    await run.nextFacts();
    return;
  }
  await parkUntilRead(run, approvalRejected(reason));
}

export async function parkUntilRead(run: TicketRun, text: ReturnType<typeof approvalInvalid>): Promise<void> {
  await run.parkings.park({ ...text, phase: 'approval' });
  await run.refresh('approval', { definitionToo: true });
}

/** What the approval is asked for. */
export function whyNeeded({ state }: TicketRun, { covers }: ApprovalPolicy): string {
  const reason = covers === 'request' ? null : state.assessment?.reason;
  return reason ?? 'the process definition asks for approval';
}
