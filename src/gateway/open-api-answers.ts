/** Answers as components of the OpenAPI document, each under the name that generated code gives its type. */
import { z } from 'zod';

import type { ScriptAnswer } from '../domain/script-reply.js';
import { answer, number, oneOf, text } from './answer-shape.js';
import { itsmAnswer, itsmTicketAnswer } from './itsm-answers.js';
import { controlAnswer, laneAnswer, laneListAnswer } from './lane-answers.js';
import type { ProblemBody } from './problem.js';
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
/** Of the mediator's wire contract. */
const scriptError = answer<NonNullable<ScriptAnswer['error']>>({
  output: text.describe('For the error output of the mediator.'),
  returnCode: number.describe('With which the mediator ends.'),
});
const scriptAnswer = answer<ScriptAnswer>({
  output: text.describe('For the output of the mediator: of a question, what SecureChange reads.'),
  error: scriptError.nullable().describe('null: it succeeded.'),
});
const problem = answer<ProblemBody>({
  type: text,
  title: text,
  status: number,
  detail: text.describe('What is wrong, and what to do next.'),
  code: text,
  output: text.describe('Empty; here and in `error`, the same for a mediator, in its wire contract.'),
  error: scriptError,
});

const ANSWERS = {
  Answer: itsmAnswer,
  CommandResult: commandResult,
  Control: controlAnswer,
  History: historyAnswer,
  ItsmTicket: itsmTicketAnswer,
  Lane: laneAnswer,
  LaneList: laneListAnswer,
  Problem: problem,
  Ready: readyAnswer,
  ScriptAnswer: scriptAnswer,
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

/** RFC 9457, for `content` of a response. */
export const PROBLEM_CONTENT = {
  'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
};

/** Of every call that the gateway refuses. */
export const REFUSAL = {
  description: 'Nothing was read or done, or the outcome is not known (504): RFC 9457.',
  content: PROBLEM_CONTENT,
};

/** A refusal of the gateway, or of the workflow that was asked: the content type says which. */
export function problemOr(name: AnswerName): object {
  return { ...PROBLEM_CONTENT, ...answerOf(name) };
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
