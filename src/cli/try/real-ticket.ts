/** A ticket as it is now, for a look without a write. */
import { ClientError } from '../../../packages/client/src/contract.js';
import type { OperatorConfig } from '../../config/operator-config.js';
import { CallFailure } from '../../domain/failure.js';
import type { TicketContent } from '../../domain/ticket-content.js';
import type { TicketFacts } from '../../domain/ticket.js';
import type { TicketView } from '../../domain/view.js';
import type { Asked } from '../act.js';
import { UsageError } from '../exit-codes.js';

export interface RealTicket {
  readonly facts: TicketFacts;
  readonly content: TicketContent;
  /** What its workflow knows; null where it has none, or Temporal does not answer. */
  readonly view: TicketView | null;
}

export async function readRealTicket(asked: Asked, config: OperatorConfig): Promise<RealTicket> {
  const { context } = asked;
  const ticketId = asked.text('ticket') ?? '';
  const opened = await context.openSecureChange(context.settings());
  if (opened === null)
    throw new UsageError(
      'set SECURECHANGE_URL, SECURECHANGE_USER and SECURECHANGE_PASSWORD (or _FILE): the ticket is read there',
    );
  try {
    const requestField = (workflow: string): string | null =>
      config.processes.find((process) => process.workflow === workflow)?.requestField ?? null;
    const facts = await opened.secureChange.readTicket(ticketId, { requestField });
    const content = await opened.secureChange.readContent(ticketId, undefined, { withMails: true });
    return { facts, content, view: await viewOf(asked, ticketId) };
  } catch (error) {
    if (error instanceof CallFailure) throw new UsageError(`ticket ${ticketId}: ${error.facts.message}`);
    throw error;
  } finally {
    await opened.close();
  }
}

async function viewOf({ context }: Asked, ticketId: string): Promise<TicketView | null> {
  const client = await context.openClient();
  try {
    return await client.tickets.get(ticketId);
  } catch (error) {
    if (error instanceof ClientError) return null;
    throw error;
  } finally {
    await client.close();
  }
}
