/** Answers as components of the OpenAPI document, each under the name that generated code gives its type. */
import { z } from 'zod';

import { answer, oneOf, text } from './answer-shape.js';
import { itsmTicketAnswer } from './itsm-answers.js';
import { controlAnswer, laneAnswer, laneListAnswer } from './lane-answers.js';
import { commandResult, historyAnswer, ticketAnswer, ticketListAnswer } from './ticket-answers.js';

const upAnswer = answer<{ status: 'up' }>({ status: oneOf({ up: true }) });
const readyAnswer = answer<{ status: 'ready' | 'temporalAway' }>({
  status: oneOf({ ready: true, temporalAway: true }),
});
const unknownOutcome = answer<{ state: 'unknown'; key: string; message: string }>({
  state: oneOf({ unknown: true }),
  key: text,
  message: text,
});

const ANSWERS = {
  CommandResult: commandResult,
  Control: controlAnswer,
  History: historyAnswer,
  ItsmTicket: itsmTicketAnswer,
  Lane: laneAnswer,
  LaneList: laneListAnswer,
  Ready: readyAnswer,
  Ticket: ticketAnswer,
  TicketList: ticketListAnswer,
  UnknownOutcome: unknownOutcome,
  Up: upAnswer,
} as const;

export type AnswerName = keyof typeof ANSWERS;

/** For `content` of a response. */
export function answerOf(name: AnswerName): object {
  return { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } };
}

/** Open for members of later releases: a program takes those it knows. */
export function answerComponents(): Record<string, object> {
  const registry = z.registry<{ id?: string }>();
  for (const [id, schema] of Object.entries(ANSWERS)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { io: 'input', uri: (id) => `#/components/schemas/${id}` });
  return Object.fromEntries(
    // A `$id` would make each one a document of its own, in which references to the others lead nowhere.
    Object.entries(schemas).map(([id, { $id: _id, $schema: _schema, ...schema }]) => [id, schema]),
  );
}
