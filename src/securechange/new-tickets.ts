import { isIP } from 'node:net';

import type { NewAccessRequest, NewField } from '../domain/new-ticket.js';
import { findUserRow } from './find-user.js';
import { API, ticketPath } from './paths.js';
import type { RestConnection } from './rest-connection.js';
import { expectSameId } from './same-object.js';
import type { SecureChange } from './secure-change.js';
import { searchSchema, shownSchema } from './wire.js';
import { ticketStatusOf } from './words.js';

type NewTickets = Pick<SecureChange, 'findUser' | 'findTickets' | 'readShown' | 'createTicket'>;

/** What opening a ticket for another user needs. */
export function createNewTickets({ system, securechange }: RestConnection): NewTickets {
  return {
    async findUser(login, signal) {
      const user = await findUserRow(securechange, login, signal);
      return user === undefined ? null : { login: user.name, id: user.id };
    },

    async findTickets(subject, signal) {
      const found = await securechange.find(searchSchema, {
        path: `${API}/tickets/search`,
        query: { subject },
        operation: `search tickets with ${subject}`,
        signal,
      });
      const { rows, odd } = found?.tickets_search_results?.ticket_result ?? { rows: [], odd: [] };
      return { rows: rows.map(({ id }) => ({ id })), odd };
    },

    async readShown(ticketId, signal) {
      const operation = `read ticket ${ticketId}`;
      const { ticket } = await securechange.get(shownSchema, {
        path: ticketPath(ticketId),
        operation,
        signal,
      });
      expectSameId({ system, operation, what: 'ticket' }, ticketId, ticket.id);
      return {
        id: ticket.id,
        subject: ticket.subject ?? '',
        inProgress: (ticketStatusOf(ticket.status) ?? 'inProgress') === 'inProgress',
        workflow: ticket.workflow.name,
        requester: ticket.requester,
        requesterId: ticket.requester_id,
        externalId: ticket.external_data?.request_id ?? null,
      };
    },

    async createTicket(
      { requesterId, requester, workflow, firstStep, subject, priority, fields, externalId },
      signal,
    ) {
      const field = fields.map(toWireField);
      const body = {
        ticket: {
          subject,
          priority,
          requester,
          requester_id: Number(requesterId),
          workflow: { name: workflow },
          external_data: { request_id: externalId, requester },
          steps: { step: [{ name: firstStep, tasks: { task: [{ fields: { field } }] } }] },
        },
      };
      const operation = `open the ticket of ${externalId}`;
      await securechange.write('createTicket', { path: `${API}/tickets`, body, operation, signal });
    },
  };
}

function toWireField(field: NewField): object {
  const { name } = field;
  switch (field.kind) {
    case 'textField':
      return { '@xsi.type': 'text_field', name, text: field.text };
    case 'textArea':
      return { '@xsi.type': 'text_area', name, text: field.text };
    case 'accessRequests':
      return {
        '@xsi.type': 'multi_access_request',
        name,
        access_request: field.requests.map(toWireRequest),
      };
  }
}

const ACTIONS = { accept: 'Accept', drop: 'Drop', remove: 'Remove' } as const;

function toWireRequest(request: NewAccessRequest, index: number): object {
  const { action, sources, destinations, services, comment } = request;
  return {
    order: `AR${index + 1}`,
    action: ACTIONS[action],
    use_topology: true,
    targets: { target: [{ '@type': 'ANY' }] },
    sources: { source: sources.map(toWireAddress) },
    destinations: { destination: destinations.map(toWireAddress) },
    services: { service: services.map(toWireService) },
    ...(comment !== '' && { comment }),
  };
}

function toWireAddress(text: string): object {
  if (text === 'any') return { '@type': 'ANY' };
  const [first = '', last] = text.split('-');
  if (last !== undefined && isIP(first) !== 0 && isIP(last) !== 0)
    return { '@type': 'RANGE', range_first_ip: first, range_last_ip: last };
  const [address = '', prefix] = text.split('/');
  if (isIP(address) === 0) return { '@type': 'DNS', host_name: text };
  const cidr = prefix === undefined ? (isIP(address) === 4 ? 32 : 128) : Number(prefix);
  return {
    '@type': 'IP',
    ip_address: address,
    ...(isIP(address) === 4 && { netmask: netmaskOf(cidr) }),
    cidr,
  };
}

function netmaskOf(cidr: number): string {
  return [0, 8, 16, 24].map((from) => 256 - 2 ** (8 - Math.min(8, Math.max(0, cidr - from)))).join('.');
}

function toWireService(text: string): object {
  if (text === 'any') return { '@type': 'ANY' };
  const [protocol = '', port] = text.split('/');
  return { '@type': 'PROTOCOL', protocol: protocol.toUpperCase(), ...(port !== undefined && { port }) };
}
