import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { workflowInfo, type WorkflowInterceptors } from '@temporalio/workflow';

import {
  continuedOf,
  headerValue,
  isTraceparent,
  NOTHING_CONTINUED,
  TRACE_HEADER,
} from '../src/domain/traces.js';
import { WORKFLOW_TYPES } from './messages.js';

/** Of a lane: what it carries of each ticket is 100 bytes. */
const MOST_TICKETS = 200;

/**
 * Hands on which spans an activity or a push continues. It changes headers only, so no command depends on it, and it adds none where
 * nothing came: without traces a history is what it was. Decision: traces.decision.md.
 */
export const interceptors = (): WorkflowInterceptors =>
  workflowInfo().workflowType === WORKFLOW_TYPES.lane ? ofLane() : ofOneStory();

/** A ticket, a push, a script: one story at a time. */
function ofOneStory(): WorkflowInterceptors {
  let continued = NOTHING_CONTINUED;
  let atStart = NOTHING_CONTINUED;
  const take = (headers: Headers): void => {
    const given = continuedOf(valueIn(headers));
    if (given.follows.length > 0) continued = given;
  };
  /** A push goes on for its members, also after a person has answered it. */
  const takeBesideMembers = (headers: Headers): void => {
    const { follows } = continuedOf(valueIn(headers));
    if (follows.length === 0) return;
    continued = continuedOf([...follows, ...headerValue(atStart)]);
  };
  const handOn = <T extends { readonly headers: Headers }>(input: T): T =>
    continued.follows.length === 0
      ? input
      : { ...input, headers: withValue(input.headers, headerValue(continued)) };
  return {
    inbound: [
      {
        execute: async (input, next) => {
          take(input.headers);
          atStart = continued;
          return next(input);
        },
        // All other messages are parts of the same story.
        handleSignal: async (input, next) => {
          if (input.signalName === 'ticketReported') take(input.headers);
          return next(input);
        },
        handleUpdate: async (input, next) => {
          if (input.name === 'operateTicket') take(input.headers);
          if (input.name === 'operatePush') takeBesideMembers(input.headers);
          return next(input);
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: async (input, next) => next(handOn(input)),
        continueAsNew: async (input, next) => next(handOn(input)),
      },
    ],
  };
}

/** A lane has many tickets: a push continues what enrolled its members, the first one's first. */
function ofLane(): WorkflowInterceptors {
  const byTicket = new Map<string, string>();
  const remember = (ticketId: string, span: string): void => {
    byTicket.delete(ticketId);
    byTicket.set(ticketId, span);
    const [oldest] = byTicket.keys();
    if (byTicket.size > MOST_TICKETS && oldest !== undefined) byTicket.delete(oldest);
  };
  return {
    inbound: [
      {
        execute: async (input, next) => {
          for (const [ticketId, span] of pairsIn(input.headers)) remember(ticketId, span);
          return next(input);
        },
        handleSignal: async (input, next) => {
          const [span] = input.signalName === 'laneEnrol' ? continuedOf(valueIn(input.headers)).follows : [];
          if (span !== undefined)
            for (const ticketId of ticketsOf(input.args[0], 'enrolments')) remember(ticketId, span);
          return next(input);
        },
      },
    ],
    outbound: [
      {
        startChildWorkflowExecution: async (input, next) => {
          const members = [...new Set(ticketsOf(input.options.args[0], 'members'))];
          const spans = members.flatMap((id) => byTicket.get(id) ?? []);
          if (spans.length === 0) return next(input);
          const value = headerValue(continuedOf([...spans, members.length - spans.length]));
          return next({ ...input, headers: withValue(input.headers, value) });
        },
        continueAsNew: async (input, next) => {
          if (byTicket.size === 0) return next(input);
          return next({ ...input, headers: withValue(input.headers, [...byTicket]) });
        },
      },
    ],
  };
}

function withValue(headers: Headers, value: unknown): Headers {
  return { ...headers, [TRACE_HEADER]: defaultPayloadConverter.toPayload(value) };
}

/** Any caller of Temporal may have written it. */
function valueIn(headers: Headers): unknown {
  const header = headers[TRACE_HEADER];
  if (header === undefined) return null;
  try {
    return defaultPayloadConverter.fromPayload(header);
  } catch {
    return null;
  }
}

function pairsIn(headers: Headers): readonly (readonly [string, string])[] {
  const value = valueIn(headers);
  if (!Array.isArray(value)) return [];
  return value.slice(0, MOST_TICKETS).flatMap((pair: unknown) => {
    const [ticketId, span] = Array.isArray(pair) ? (pair as readonly unknown[]) : [];
    return typeof ticketId === 'string' && isTraceparent(span) ? [[ticketId, span] as const] : [];
  });
}

/** Before the form of the message has been checked. */
function ticketsOf(message: unknown, list: 'enrolments' | 'members'): readonly string[] {
  if (typeof message !== 'object' || message === null) return [];
  const rows = (message as Readonly<Record<string, unknown>>)[list];
  if (!Array.isArray(rows)) return [];
  return rows.flatMap((row: unknown) => {
    const ticketId = typeof row === 'object' && row !== null && 'ticketId' in row ? row.ticketId : null;
    return typeof ticketId === 'string' ? [ticketId] : [];
  });
}
