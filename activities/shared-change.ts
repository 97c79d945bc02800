import { fewAtOnce } from '../src/domain/few-at-once.js';
import { ticketOfCorrelation } from '../src/domain/ids.js';
import type { RenderedMessage } from '../src/domain/outbox.js';
import { isFinal } from '../src/domain/ticket.js';
import type { ActivityDeps } from './contract.js';
import type { SentMessage } from './message.js';

/** How long the change may stay open when all its tickets have ended, before a ticket other than the newest closes it. */
const NEWEST_FIRST_MS = 20_000;

/**
 * What a ticket does with the change that owns it and others: null when it closes it. The other tickets are read in
 * SecureChange and the change in the ITSM. Of tickets that ended at the same moment each sees the others ended: the newest
 * closes the change, and the others only when it is still open after 20 seconds.
 */
export async function leftByTicket(
  { secureChange, itsm, clock }: Pick<ActivityDeps, 'secureChange' | 'itsm' | 'clock'>,
  message: RenderedMessage,
  signal: AbortSignal,
): Promise<SentMessage | null> {
  const ticketId = ticketOfCorrelation(message.correlationId, message.server);
  for (let untilMs: number | null = null; ;) {
    const shared = await itsm.sharedChange(message, signal);
    if (shared === null) return null;
    const { tickets, isOpen, ...change } = shared;
    if (!isOpen) return change;
    const others = tickets.filter((id) => id !== ticketId);
    const statuses = await fewAtOnce(others, async (id) => {
      const { status } = await secureChange.readTicket(id, { requestField: null, signal });
      return { id, status };
    });
    const running = statuses.filter(({ status }) => !isFinal(status));
    if (running.length > 0)
      return {
        ...change,
        leftOpen: `${change.number} stays open for ${running.length} of its tickets: ${running
          .slice(0, 5)
          .map(({ id, status }) => `${id} (${status})`)
          .join(', ')}; the last one closes it`,
      };
    untilMs ??= clock.now() + NEWEST_FIRST_MS;
    const isNewest = others.every((id) => Number(id) < Number(ticketId));
    if (isNewest || clock.now() >= untilMs) return null;
    await clock.sleep(1_000, signal);
  }
}
