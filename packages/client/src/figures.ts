import { SEARCH_ATTRIBUTES } from '../../../workflows/search-attributes.js';
import { fewAtOnce } from '../../../src/domain/few-at-once.js';
import { WAITS, type WaitingFor } from '../../../src/domain/phase.js';
import { askTemporal, type TemporalReader } from './ask-temporal.js';
import type { TicketFigures } from './contract.js';
import { quote, ticketQuery } from './visibility-query.js';

/** A handful of counts, however many tickets there are. Needs no worker. */
export async function countTickets(reader: TemporalReader): Promise<TicketFigures> {
  const count = async (query: string): Promise<number> => {
    const call = { what: 'count of tickets', kind: 'read', notFound: 'unexpected' } as const;
    return (await askTemporal(reader, call, () => reader.client.workflow.count(query))).count;
  };
  const { name } = SEARCH_ATTRIBUTES.waitingFor;
  const open = ticketQuery({ open: true });
  const counts = await fewAtOnce(
    WAITS,
    async (reason) => await count(`${open} AND ${name} = ${quote(reason)}`),
  );
  return {
    open: await count(open),
    parked: await count(ticketQuery({ open: true, needsAttention: true })),
    waiting: Object.fromEntries(WAITS.map((reason, index) => [reason, counts[index]])) as Record<
      WaitingFor,
      number
    >,
  };
}
