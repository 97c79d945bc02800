/** What operators, programs and mediators call, for the OpenAPI document; a test compares it with what is mounted. */
import { z } from 'zod';

import { payloadsBody } from './codec-routes.js';
import { controlCommandBody, laneCommandBody, pushCommandBody, ticketCommandBody } from './command-schema.js';
import { answerOf, type AnswerName, PROBLEM_CONTENT, problemOr, REFUSAL } from './open-api-answers.js';
import { scopeWords, ticketListWords } from './read-routes.js';
import { QUESTION_ROUTES } from './script-question.js';
import { triggerBody } from './trigger-payload.js';

interface Read {
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  readonly query?: z.ZodObject;
  /** Of JSON. */
  readonly answer?: AnswerName;
  readonly type?: string;
}

const CALENDAR = { query: scopeWords, type: 'text/calendar' };

const READS: readonly Read[] = [
  { path: '/v1/openapi.json', id: 'readOpenApi', summary: 'This document' },
  {
    path: '/v1/tickets',
    id: 'listTickets',
    summary: 'Tickets, running ones first',
    query: ticketListWords,
    answer: 'TicketList',
  },
  {
    path: '/v1/tickets/{id}',
    id: 'getTicket',
    summary: 'State of a ticket and what it waits for',
    answer: 'Ticket',
  },
  {
    path: '/v1/tickets/{id}/history',
    id: 'getHistory',
    summary: 'Every event of every run of a ticket',
    answer: 'History',
  },
  { path: '/v1/lanes', id: 'listLanes', summary: 'Every lane that runs', answer: 'LaneList' },
  { path: '/v1/lanes/{key}', id: 'getLane', summary: 'A lane by key or name', answer: 'Lane' },
  {
    path: '/v1/calendars/{name}/calendar.ics',
    id: 'getCalendar',
    summary: 'Openings of a calendar',
    ...CALENDAR,
  },
  {
    path: '/v1/processes/{name}/calendar.ics',
    id: 'getProcessCalendar',
    summary: 'Openings of a process',
    ...CALENDAR,
  },
  { path: '/v1/control', id: 'getControl', summary: 'The stop switch', answer: 'Control' },
];

const COMMANDS: readonly (readonly [path: string, id: string, body: z.ZodType])[] = [
  ['/v1/tickets/{id}/commands', 'commandTicket', ticketCommandBody],
  ['/v1/lanes/{key}/commands', 'commandLane', laneCommandBody],
  ['/v1/pushes/{key}/{n}/commands', 'commandPush', pushCommandBody],
  ['/v1/control/commands', 'commandControl', controlCommandBody],
];

const ok = (content: object): object => ({
  200: { description: 'The answer.', content },
  default: REFUSAL,
});

/** A command that the workflow refuses is answered with its result; one that the gateway refuses, with a problem. */
const COMMAND_REFUSED = {
  403: 'The caller may not give this command.',
  404: 'There is no such ticket, lane or push, or nothing in it that the command names.',
  429: 'Too much waits there already, or too many failed attempts from this address.',
} as const;

function contentOf({ type, answer }: Pick<Read, 'type' | 'answer'>): object {
  if (type !== undefined) return { [type]: { schema: { type: 'string' } } };
  return answer === undefined ? { 'application/json': { schema: { type: 'object' } } } : answerOf(answer);
}

function parametersOf(path: string, query?: z.ZodObject): object[] {
  const parts = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const { properties = {} } = query === undefined ? {} : z.toJSONSchema(query, { io: 'input' });
  const words = Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: false,
    schema,
  }));
  return [...parts, ...words];
}

const bodyOf = (schema: z.ZodType): { readonly required: true; readonly content: object } => ({
  required: true,
  content: { 'application/json': { schema: z.toJSONSchema(schema, { io: 'input' }) } },
});

const CODEC: readonly (readonly [path: string, id: string, summary: string])[] = [
  ['/codec/decode', 'decodePayloads', 'Payloads of Temporal in clear, where they are encrypted; for readers'],
  ['/codec/encode', 'encodePayloads', 'Payloads of Temporal encrypted; for operators and approvers'],
];

/** Paths of the OpenAPI document besides those of an ITSM. */
export function otherPaths(keyHeader: object): Record<string, object> {
  const mediator = (operationId: string, summary: string): object => ({
    post: {
      operationId,
      summary,
      security: [{ basic: [] }, { bearer: [] }],
      requestBody: bodyOf(triggerBody),
      responses: ok(answerOf('ScriptAnswer')),
    },
  });
  return {
    '/healthz': {
      get: { operationId: 'isUp', summary: 'The process runs', security: [], responses: ok(answerOf('Up')) },
    },
    '/readyz': {
      get: {
        operationId: 'isReady',
        summary: 'It reaches Temporal',
        security: [],
        responses: {
          ...ok(answerOf('Ready')),
          503: { description: 'Temporal is away.', content: answerOf('Ready') },
        },
      },
    },
    '/trigger_file': mediator('report', 'A mediator reports an event; 200 when it is stored'),
    ...Object.fromEntries(
      QUESTION_ROUTES.map(([kind, path]) => [path, mediator(kind, 'A script that SecureChange waits for')]),
    ),
    ...Object.fromEntries(
      CODEC.map(([path, operationId, summary]) => [
        path,
        {
          post: {
            operationId,
            summary,
            requestBody: bodyOf(payloadsBody),
            responses: {
              200: { description: 'The payloads, in the same order.', content: bodyOf(payloadsBody).content },
              413: { description: 'More than 8 MiB.', content: PROBLEM_CONTENT },
              default: REFUSAL,
            },
          },
        },
      ]),
    ),
    ...Object.fromEntries(
      READS.map(({ path, id, summary, query, ...read }) => [
        path,
        {
          get: {
            operationId: id,
            summary,
            parameters: parametersOf(path, query),
            responses: ok(contentOf(read)),
          },
        },
      ]),
    ),
    ...Object.fromEntries(
      COMMANDS.map(([path, operationId, body]) => [
        path,
        {
          post: {
            operationId,
            summary: 'Give a command; the answer says whether it was accepted, and why not',
            parameters: [...parametersOf(path), keyHeader],
            requestBody: bodyOf(body),
            responses: {
              ...ok(answerOf('CommandResult')),
              202: {
                description: 'Sent, and the outcome is not known: repeat it with the same key.',
                content: answerOf('UnknownOutcome'),
              },
              409: {
                description: 'Nothing was done: the message names the state.',
                content: answerOf('CommandResult'),
              },
              ...Object.fromEntries(
                Object.entries(COMMAND_REFUSED).map(([status, description]) => [
                  status,
                  { description, content: problemOr('CommandResult') },
                ]),
              ),
            },
          },
        },
      ]),
    ),
  };
}
