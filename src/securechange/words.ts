import type { TufinReason } from '../domain/codes.js';
import type { TaskStatus, TicketStatus } from '../domain/ticket.js';

/** An answer that follows the schema but says something we do not know; the reader makes a `bug` of it. */
export class UnknownVendorWord extends Error {
  readonly reason: TufinReason;

  constructor(reason: TufinReason, message: string) {
    super(message);
    this.name = 'UnknownVendorWord';
    this.reason = reason;
  }
}

const TICKET_STATUSES: ReadonlyMap<string, TicketStatus> = new Map([
  ['in progress', 'inProgress'],
  ['ticket resolved', 'resolved'],
  ['ticket closed', 'closed'],
  ['ticket rejected', 'rejected'],
  ['ticket cancelled', 'cancelled'],
]);

export function ticketStatusOf(text: string): TicketStatus | undefined {
  return TICKET_STATUSES.get(text.trim().toLowerCase());
}

const TASK_STATUSES: readonly TaskStatus[] = [
  'WAITING_TO_BE_ASSIGNED',
  'ASSIGNED',
  'WAITING_FOR_MORE_INFO',
  'DONE',
  'INVALID',
  'PENDING',
  'PENDING_LICENSE',
];

export function taskStatusOf(text: string): TaskStatus | undefined {
  return TASK_STATUSES.find((status) => status === text.trim().toUpperCase());
}
