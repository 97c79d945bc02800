import type { TicketRun } from '../../packages/client/src/ticket-runs.js';

/** A run of a list of which nothing special is known, but for what the test says. */
export function ticketRunOf(part: Partial<TicketRun> = {}): TicketRun {
  return {
    ticketId: '1',
    runId: 'r1',
    running: true,
    continuedAsNew: false,
    startedAtMs: 0,
    closedAtMs: null,
    subject: null,
    workflow: null,
    step: null,
    phase: null,
    waitingFor: null,
    requester: null,
    risk: null,
    itsmId: null,
    devices: [],
    windowOpensAtMs: null,
    needsAttention: false,
    outcome: null,
    ...part,
  };
}
