/** How a change in ServiceNow says whose it is. */
import { CORRELATION_PREFIX, ticketOfCorrelation } from '../domain/ids.js';
import type { OutboundServer } from '../domain/outbound-server.js';
import type { Body } from './change-api.js';
import { valueOf } from './shown-fields.js';

export interface ChangeOwner {
  /** The field that says it. */
  readonly field: string;
  /** Of an encoded query; it may find changes of other tickets as well. */
  find(correlationId: string): string;
  /** Finds the changes of all our tickets. */
  readonly findAll: string;
  /** What has to stand in the field, for a person. */
  wanted(correlationId: string): string;
  owns(row: Body, correlationId: string): boolean;
  /** The row meets `find`: the condition was not ignored. */
  meets(row: Body, correlationId: string): boolean;
  tickets(row: Body): readonly string[];
}

/** By our correlation id, one ticket each; with `ticketsField` by the list of tickets that the ITSM keeps in the change. */
export function changeOwner({ name, ticketsField }: OutboundServer): ChangeOwner {
  if (ticketsField === null) return byCorrelation(name);
  const ticketOf = (correlationId: string): string => ticketOfCorrelation(correlationId, name) ?? '-';
  const tickets = (row: Body): readonly string[] =>
    (valueOf(row[ticketsField]) ?? '').split(/[\s,;]+/).filter((id) => id !== '');
  return {
    field: ticketsField,
    find: (id) => `${ticketsField}LIKE${ticketOf(id)}`,
    findAll: `${ticketsField}ISNOTEMPTY`,
    wanted: ticketOf,
    owns: (row, id) => tickets(row).includes(ticketOf(id)),
    // Ticket 14 is found with the changes of 1 and of 4.
    meets: (row, id) => (valueOf(row[ticketsField]) ?? '').includes(ticketOf(id)),
    tickets,
  };
}

function byCorrelation(server: string): ChangeOwner {
  const owns = (row: Body, id: string): boolean => valueOf(row['correlation_id']) === id;
  return {
    field: 'correlation_id',
    find: (id) => `correlation_id=${id}`,
    findAll: `correlation_idSTARTSWITH${CORRELATION_PREFIX}`,
    wanted: (id) => id,
    owns,
    meets: owns,
    // Another entry of servers.yaml may have the same table.
    tickets: (row) => [ticketOfCorrelation(valueOf(row['correlation_id']) ?? '', server) ?? []].flat(),
  };
}
