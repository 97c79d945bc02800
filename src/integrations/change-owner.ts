/** How a change in ServiceNow says whose it is. */
import { canonicalTicketId } from '../domain/canonical-id.js';
import { cleanLine } from '../domain/clean-text.js';
import { CORRELATION_PREFIX, ticketOfCorrelation } from '../domain/ids.js';
import type { OutboundServer } from '../domain/outbound-server.js';
import type { Body } from './change-api.js';
import { valueOf } from './shown-fields.js';

/** Each of them is read in SecureChange before the change is closed. */
export const MOST_TICKETS = 200;
/** Ids of 18 digits with what stands between them. */
const MOST_LIST_LENGTH = MOST_TICKETS * 20;

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
  /** Throws `NoTicketList` for a list that is not one of ticket ids, or is too long. */
  tickets(row: Body): readonly string[];
}

/** The message says what is wrong with the list, and what to do. */
export class NoTicketList extends Error {}

/** By our correlation id, one ticket each; with `ticketsField` by the list of tickets that the ITSM keeps in the change. */
export function changeOwner({ name, ticketsField }: OutboundServer): ChangeOwner {
  if (ticketsField === null) return byCorrelation(name);
  const ticketOf = (correlationId: string): string => ticketOfCorrelation(correlationId, name) ?? '-';
  const listed = (row: Body): readonly string[] =>
    (valueOf(row[ticketsField]) ?? '').split(/[\s,;]+/).filter((id) => id !== '');
  return {
    field: ticketsField,
    find: (id) => `${ticketsField}LIKE${ticketOf(id)}`,
    findAll: `${ticketsField}ISNOTEMPTY`,
    wanted: ticketOf,
    // A mistake in the list does not hide the ticket from its change: only who needs all of them asks for the whole list.
    owns: (row, id) => listed(row).some((one) => canonicalTicketId(one) === ticketOf(id)),
    // Ticket 14 is found with the changes of 1 and of 4.
    meets: (row, id) => (valueOf(row[ticketsField]) ?? '').includes(ticketOf(id)),
    tickets: (row) => ticketsOf(ticketsField, valueOf(row[ticketsField]) ?? '', listed(row)),
  };
}

function ticketsOf(field: string, text: string, listed: readonly string[]): readonly string[] {
  const advice = `write the ids of its tickets into ${field}, such as "214, 215", at most ${MOST_TICKETS}; then retry`;
  if (text.length > MOST_LIST_LENGTH)
    throw new NoTicketList(
      `${field} has ${text.length} characters, at most ${MOST_LIST_LENGTH} are read; ${advice}`,
    );
  const ids = new Set<string>();
  for (const one of listed) {
    const id = canonicalTicketId(one);
    if (id === null)
      throw new NoTicketList(`${field} has "${cleanLine(one, 40)}", which is no ticket id; ${advice}`);
    ids.add(id);
  }
  if (ids.size > MOST_TICKETS) throw new NoTicketList(`${field} lists ${ids.size} tickets; ${advice}`);
  return [...ids];
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
