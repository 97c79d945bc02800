import type { TicketView } from '../../src/domain/view.js';

/** A ticket of which nothing is known yet, but for what the test says. */
export function ticketViewOf(part: Partial<TicketView> = {}): TicketView {
  return {
    ticketId: '4711',
    subject: 'Web shop',
    requester: 'j.meier',
    workflow: 'Firewall change',
    process: null,
    mode: 'drive',
    modeReason: null,
    status: 'inProgress',
    step: null,
    epoch: 1,
    phase: null,
    donePhases: [],
    waiting: null,
    held: null,
    targets: [],
    moreTargets: 0,
    risk: null,
    approval: null,
    window: null,
    savedNotPushed: [],
    itsm: null,
    outbox: [],
    needsAttention: null,
    proposals: [],
    outcome: null,
    lastEvents: [],
    timeline: [],
    commands: [],
    ...part,
  };
}
