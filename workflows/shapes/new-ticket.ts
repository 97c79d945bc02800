/** The form of a ticket that an ITSM opens. */

import type { NewAccessRequest, SignedNewTicket } from '../../src/domain/new-ticket.js';
import { integer, list, object, oneOf, text, variants } from '../../src/domain/shape.js';

const TEXT = { name: text(255, 1), text: text(20_000) };
const WORDS = list(text(255, 1), 500);

export const newTicket = object<SignedNewTicket>({
  externalId: text(64, 1),
  onBehalfOf: text(255, 1),
  workflow: text(255, 1),
  subject: text(500, 1),
  priority: oneOf('Low', 'Normal', 'High', 'Critical'),
  by: text(128, 1),
  fields: list(
    variants<SignedNewTicket['fields'][number]>({
      textField: TEXT,
      textArea: TEXT,
      accessRequests: {
        name: text(255, 1),
        requests: list(
          object<NewAccessRequest>({
            action: oneOf('accept', 'drop', 'remove'),
            sources: WORDS,
            destinations: WORDS,
            services: WORDS,
            comment: text(2_000),
          }),
          500,
        ),
      },
    }),
    100,
  ),
  issuedAtMs: integer(),
  signature: text(128, 1),
});
