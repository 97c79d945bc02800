import type { NewTicket } from '../../src/domain/new-ticket.js';

/** What an ITSM asks for. */
export const NEW_TICKET: NewTicket = {
  externalId: 'CHG0030001',
  onBehalfOf: 'j.meier',
  workflow: 'Firewall change',
  subject: 'Web shop',
  priority: 'Normal',
  fields: [{ kind: 'textArea', name: 'Reason', text: 'go live' }],
  by: 'snow',
};
