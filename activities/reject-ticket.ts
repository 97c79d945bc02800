import { CallFailure } from '../src/domain/failure.js';
import { isFinal } from '../src/domain/ticket.js';
import type { ActivityDeps } from './contract.js';
import { withHeartbeat } from './with-heartbeat.js';

export interface RejectTicketActivities {
  /**
   * Rejects the ticket in SecureChange and waits until the ticket shows it. A ticket that has ended is not changed.
   */
  rejectTicket: (input: { ticketId: string; comment: string }) => Promise<void>;
}

/** How long SecureChange may take to show the end. */
const ENDS_WITHIN_MS = 20_000;

export function createRejectTicketActivities({
  secureChange,
  clock,
  settings,
}: Pick<ActivityDeps, 'secureChange' | 'clock' | 'settings'>): RejectTicketActivities {
  return {
    async rejectTicket({ ticketId, comment }) {
      await withHeartbeat(async ({ signal }) => {
        const hasEnded = async (): Promise<boolean> =>
          isFinal((await secureChange.readTicket(ticketId, { requestField: null, signal })).status);
        if (await hasEnded()) return;
        await secureChange.rejectTicket(ticketId, comment, signal);
        const deadlineMs = clock.now() + ENDS_WITHIN_MS;
        while (!(await hasEnded())) {
          if (clock.now() >= deadlineMs) {
            throw new CallFailure({
              kind: 'ambiguous',
              system: 'securechange',
              operation: `reject ticket ${ticketId}`,
              code: 'securechange.not_rejected',
              message: 'SecureChange accepted the rejection and does not show it yet',
            });
          }
          await clock.sleep(Math.min(settings.pollEveryMs, 500), signal);
        }
      });
    },
  };
}
