import type { TicketEvent } from '../../src/domain/event.js';

/** What a mediator's event says of its ticket; on ADVANCE `stage` is the step that is left. */
export function reportedInfo(id: string, stage: string | null): NonNullable<TicketEvent['info']> {
  return {
    id,
    subject: 'Access',
    priority: null,
    createDate: null,
    updateDate: null,
    requester: null,
    stage: stage === null ? null : { id: null, name: stage, task: null },
    openRequestStage: null,
    comment: null,
  };
}
