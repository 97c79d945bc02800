/** What changed between two readings of a ticket, in the words of the lifecycle: derived from facts, never from events. */
import type { TicketFacts, TicketStatus } from './ticket.js';
import { stepInstanceOf } from './ticket.js';

/** What was known after the previous reading. */
export interface Known {
  readonly status: TicketStatus | 'unread';
  readonly epoch: number;
  readonly stepInstance: string | null;
  readonly stepName: string | null;
  readonly automationFailed: boolean;
}

export interface Transition {
  /** The step instance or the status is another one: waits and reads of the old one are cancelled. */
  readonly changed: boolean;
  readonly left: string | null;
  /** Steps that were entered and left between the two readings, in order: their events were lost or late. */
  readonly passed: readonly string[];
  readonly entered: string | null;
  readonly newEpoch: boolean;
  /** Lifecycle events this change amounts to, for integration points: `CLOSE`, `AUTOCLOSE`, `REDO`, … */
  readonly events: readonly string[];
}

export function judgeTransition(known: Known, facts: TicketFacts): Transition {
  const instance = stepInstanceOf(facts);
  const statusChanged = known.status !== facts.status;
  const stepChanged = instance !== known.stepInstance;
  const newEpoch = known.status !== 'unread' && facts.epoch > known.epoch;
  const events: string[] = [];
  if (known.status === 'unread' && facts.previousStepName === null && facts.status === 'inProgress')
    events.push('CREATE');
  if (newEpoch) events.push(known.status === 'resolved' || known.status === 'closed' ? 'REOPEN' : 'REDO');
  else if (stepChanged && known.stepInstance !== null && instance !== null) events.push('ADVANCE');
  if (statusChanged) events.push(...eventsOfStatus(facts));
  if (facts.automationFailure !== null && !known.automationFailed) events.push('AUTOMATION_FAILED');
  return {
    changed: statusChanged || stepChanged,
    left: stepChanged ? known.stepName : null,
    passed: stepChanged && !newEpoch ? passedSteps(known, facts) : [],
    entered: stepChanged ? (facts.step?.name ?? null) : null,
    newEpoch,
    events,
  };
}

function eventsOfStatus(facts: TicketFacts): string[] {
  switch (facts.status) {
    case 'inProgress':
      return [];
    case 'resolved':
      return ['RESOLVE'];
    case 'closed':
      return [facts.autoClosed ? 'AUTOCLOSE' : 'CLOSE'];
    case 'rejected':
      return ['REJECT'];
    case 'cancelled':
      return ['CANCEL'];
  }
}

function passedSteps(known: Known, { path, status }: TicketFacts): readonly string[] {
  const before = status === 'inProgress' ? path.slice(0, -1) : path;
  if (known.status === 'unread') return before;
  const at = known.stepName === null ? -1 : path.lastIndexOf(known.stepName);
  return at < 0 ? [] : before.slice(at + 1);
}
