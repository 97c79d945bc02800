import { isFinal } from '../src/domain/ticket.js';
import type { ActivityDeps } from './contract.js';
import { patiently } from './patience.js';

export interface RejectTicketActivities {
  /** Rejects the ticket in SecureChange, where the process says so; a ticket that ended already is left alone. */
  rejectTicket: (input: { ticketId: string; comment: string }) => Promise<void>;
}

export function createRejectTicketActivities({
  secureChange,
}: Pick<ActivityDeps, 'secureChange'>): RejectTicketActivities {
  return {
    async rejectTicket({ ticketId, comment }) {
      await patiently(async ({ signal }) => {
        const facts = await secureChange.readTicket(ticketId, { requestField: null, signal });
        if (!isFinal(facts.status)) await secureChange.rejectTicket(ticketId, comment, signal);
      });
    },
  };
}
