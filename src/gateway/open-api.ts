import { z } from 'zod';

import { ITSM_CALLS, newTicketBody } from './itsm-schema.js';
import { answerComponents, answerOf, problemOr, PROBLEM_CONTENT, REFUSAL } from './open-api-answers.js';
import { otherPaths } from './open-api-routes.js';

const ANSWERED = {
  200: 'Done.',
  202: 'Stored: it waits for its turn (queued) or for an operator (held), or the outcome is not known (unknown).',
  409: 'Nothing was done; the message names the state of the ticket.',
} as const;

const REFUSED = {
  400: 'A member is missing, unknown or wrong.',
  401: 'The caller is not known.',
  503: 'Temporal is away: repeat it after Retry-After.',
} as const;

/** By the gateway, as a problem, or by the workflow of the ticket, as an answer with `accepted: false`. */
const REFUSED_BY_EITHER = {
  403: 'The caller has not the role itsm, or the ticket does not take this call from it.',
  404: 'No workflow knows this ticket, or the ticket does not know what the call names.',
  429: 'Too many messages wait in the ticket: nothing was done, repeat it after Retry-After under the same key. Or too many failed attempts from this address.',
} as const;

const RESPONSES = {
  ...each(ANSWERED, answerOf('Answer')),
  ...each(REFUSED, PROBLEM_CONTENT),
  default: REFUSAL,
};

/** OpenAPI 3.1 of what programs call, from the schemas that check it. */
export function openApi(): object {
  const id = { name: 'id', in: 'path', required: true, schema: { type: 'string', pattern: '^[1-9][0-9]*$' } };
  const calls = ITSM_CALLS.map(({ name, summary, schema }): [string, object] => [
    `/v1/itsm/tickets/{id}/${name}`,
    {
      post: {
        operationId: operationOf(name),
        summary,
        parameters: [id, KEY],
        requestBody: { required: true, content: jsonOf(z.toJSONSchema(schema, { io: 'input' })) },
        responses: { ...RESPONSES, ...each(REFUSED_BY_EITHER, problemOr('Answer')) },
      },
    },
  ]);
  return {
    openapi: '3.1.0',
    info: {
      title: 'securechange-orchestrator',
      version: '1',
      description:
        'Made by `npm run schemas` from the schemas that check the calls. See docs/commands.md and docs/itsm.md.',
    },
    security: [{ bearer: [] }, { signature: [] }],
    paths: {
      ...otherPaths(KEY),
      '/v1/itsm/tickets': {
        post: {
          operationId: 'openTicket',
          summary: 'Open a ticket on behalf of a user; the same external id is the same ticket',
          requestBody: { required: true, content: jsonOf(z.toJSONSchema(newTicketBody, { io: 'input' })) },
          responses: {
            201: { description: 'Opened.', content: answerOf('Answer') },
            ...RESPONSES,
          },
        },
      },
      '/v1/itsm/tickets/{id}': {
        get: {
          operationId: 'readTicket',
          summary: 'What the ticket waits for, and what the ITSM is asked to approve',
          parameters: [id],
          responses: {
            200: { description: 'The ticket.', content: answerOf('ItsmTicket') },
            default: REFUSAL,
          },
        },
      },
      ...Object.fromEntries(calls),
    },
    components: {
      schemas: answerComponents(),
      securitySchemes: {
        basic: { type: 'http', scheme: 'basic' },
        bearer: { type: 'http', scheme: 'bearer' },
        signature: {
          type: 'apiKey',
          in: 'header',
          name: 'webhook-signature',
          description: 'As in Standard Webhooks, with webhook-id and webhook-timestamp.',
        },
      },
    },
  };
}

let text: string | undefined;

/** The document as it is served: made once, when it is first asked for. */
export function openApiText(): string {
  text ??= JSON.stringify(openApi());
  return text;
}

const KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'Sent again under it, a request is done once. Of a signed request, webhook-id names it.',
  schema: { type: 'string', pattern: '^[A-Za-z0-9._:-]{8,128}$' },
};

function jsonOf(schema: object): object {
  return { 'application/json': { schema } };
}

function each(statuses: Readonly<Record<number, string>>, content: object): object {
  return Object.fromEntries(
    Object.entries(statuses).map(([status, description]) => [status, { description, content }]),
  );
}

/** `planned-dates` becomes `plannedDates`. */
function operationOf(name: string): string {
  return name.replace(/-(\w)/g, (_all, letter: string) => letter.toUpperCase());
}
