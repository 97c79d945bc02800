import { signReport } from '../packages/client/src/sign.js';
import type { TicketEvent } from '../src/domain/event.js';
import type { ActivityDeps } from './contract.js';

/** A reason for a ticket to read that a worker found itself; signed where it has a key. The same `key` counts as a duplicate. */
export function ownReport(
  { clock, settings }: Pick<ActivityDeps, 'clock' | 'settings'>,
  { key, name, ticketId }: Pick<TicketEvent, 'key' | 'name' | 'ticketId'>,
): TicketEvent {
  const event: TicketEvent = { key, name, ticketId, source: 'sweep', receivedAtMs: clock.now(), info: null };
  const [actorKey] = settings.actorKeys;
  return actorKey === undefined ? event : signReport(event, actorKey);
}
