import {
  isGrpcServiceError,
  NamespaceNotFoundError,
  QueryNotRegisteredError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ClientError, type ClientErrorCode } from './contract.js';
import { DeadlinePassed } from './deadline.js';
import { KEY_MISSING } from '../../../src/domain/missing-key.js';
import { PayloadUnreadable } from '../../../src/temporal/payload-codec.js';

/** What was asked of Temporal, so that an error names the operation as the caller knows it. */
export interface Call {
  /** For a person: `ticket 4711: state`. */
  readonly what: string;
  /** A query and a command need a worker, a read and an event only the server. */
  readonly kind: 'read' | 'query' | 'event' | 'command';
  /** What NOT_FOUND means here. */
  readonly notFound: ClientErrorCode;
}

interface Row {
  readonly when: (facts: Facts, call: Call) => boolean;
  readonly code: ClientErrorCode | ((call: Call) => ClientErrorCode);
  readonly advice: string | ((facts: Facts) => string);
}

interface Facts {
  readonly error: unknown;
  /** gRPC status number, from the error or one of its causes. */
  readonly grpc: number | null;
  readonly text: string;
}

export const GRPC = {
  cancelled: 1,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  unimplemented: 12,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** At its deadline a server hangs up; where that is noticed before our own clock, gRPC says that the call was cancelled. */
function isOutOfTime({ error, grpc }: Facts): boolean {
  return error instanceof DeadlinePassed || grpc === GRPC.deadlineExceeded || grpc === GRPC.cancelled;
}

/** A release does not ask a task queue of the one before, or the server has not noticed yet that it does. */
function lacksQueues({ grpc, text }: Facts): boolean {
  return grpc === GRPC.failedPrecondition && /missing active task queues/i.test(text);
}

/** The only place that knows Temporal's errors: the first row that fits decides. */
const TABLE: readonly Row[] = [
  {
    when: ({ error }) => unreadableIn(error) !== undefined,
    code: 'payloadUnreadable',
    advice: ({ error }) => unreadableIn(error)?.message.replace(/^temporal: /, '') ?? '',
  },
  {
    when: ({ error, text }) => error instanceof WorkflowUpdateFailedError && text.includes(KEY_MISSING),
    code: 'payloadUnreadable',
    advice:
      'the worker does not have the key that this process encrypts with: add it to the file of SCO_PAYLOAD_KEYS_FILE of all workers as a further line and restart them; see docs/runbook.md, The payload keys',
  },
  {
    when: ({ error }) => error instanceof NamespaceNotFoundError,
    code: 'temporalAway',
    advice: 'the namespace does not exist: check TEMPORAL_NAMESPACE',
  },
  {
    when: ({ error, grpc }) => error instanceof WorkflowNotFoundError || grpc === GRPC.notFound,
    code: (call) => call.notFound,
    advice: 'there is none with this id: check it (older ones are removed after the retention)',
  },
  {
    when: ({ error }) => error instanceof WorkflowUpdateRPCTimeoutOrCancelledError,
    code: 'commandUnknown',
    advice: 'the command may have been accepted or not: send it again with the same key',
  },
  {
    when: ({ error, text }) =>
      error instanceof WorkflowUpdateFailedError && /completed before the update completed/i.test(text),
    code: 'commandUnknown',
    advice:
      'the workflow ended or continued as new while it handled the command: send it again with the same key',
  },
  {
    when: ({ error }) => error instanceof WorkflowUpdateFailedError,
    code: 'refused',
    advice: 'the workflow refused its form',
  },
  {
    when: ({ grpc, text }) => grpc === GRPC.failedPrecondition && /no poller/i.test(text),
    code: 'workerAway',
    advice: 'no worker answers: start one with `npm run worker`',
  },
  {
    when: ({ grpc, text }) => grpc === GRPC.failedPrecondition && /not scheduled yet|not ready/i.test(text),
    code: 'unexpected',
    advice:
      'it has not begun: it was started with a delay or a cron schedule, which this product does not do; look at it (sco doctor), then terminate it',
  },
  {
    when: ({ grpc, text }) => grpc === GRPC.failedPrecondition && /workflow task/i.test(text),
    code: 'unexpected',
    advice: 'its workflow code fails: look at the worker log, deploy a repaired release',
  },
  {
    when: lacksQueues,
    code: 'refused',
    advice:
      'the release before has workers on a task queue that none of this one asks: start its workers first',
  },
  {
    when: (facts, call) => call.kind === 'command' && isOutOfTime(facts),
    code: 'commandUnknown',
    advice: 'the command may have been accepted or not: send it again with the same key',
  },
  {
    when: (facts, call) => call.kind === 'query' && isOutOfTime(facts),
    code: 'workerAway',
    advice: 'no worker answers in time: start one with `npm run worker`, or look whether it is overloaded',
  },
  {
    when: (facts) => isOutOfTime(facts) || facts.grpc === GRPC.unavailable,
    code: 'temporalAway',
    advice: 'Temporal does not answer: check TEMPORAL_ADDRESS and that the server runs',
  },
  {
    when: ({ grpc }) => grpc === GRPC.resourceExhausted,
    code: 'temporalAway',
    advice: 'Temporal is overloaded: try again later',
  },
  {
    when: ({ grpc }) => grpc === GRPC.permissionDenied || grpc === GRPC.unauthenticated,
    code: 'notAllowed',
    advice: 'Temporal does not accept this client: check its TLS certificate or API key',
  },
  {
    when: ({ error }) => error instanceof QueryNotRegisteredError && isUnknownQuery(error),
    code: 'unexpected',
    advice: 'the worker is of another release than this client',
  },
  {
    when: ({ grpc, text }) => grpc === GRPC.invalidArgument && /search attribute/i.test(text),
    code: 'unexpected',
    advice: 'search attributes are missing: see `sco doctor`',
  },
];

/** Of `sco release use`: a moment after the first worker of a release has asked, the same call is accepted. */
export function isQueueNotCounted(error: unknown): boolean {
  return lacksQueues(factsOf(error));
}

/** Turns whatever a Temporal call threw into the client's closed union; the cause is kept. */
export function toClientError(error: unknown, call: Call): ClientError {
  if (error instanceof ClientError) return error;
  const facts = factsOf(error);
  const row = TABLE.find(({ when }) => when(facts, call));
  if (row === undefined) {
    return new ClientError('unexpected', `temporal: ${call.what}: ${firstLine(facts.text)}`, {
      cause: error,
    });
  }
  const code = typeof row.code === 'function' ? row.code(call) : row.code;
  const advice = typeof row.advice === 'function' ? row.advice(facts) : row.advice;
  return new ClientError(code, `temporal: ${call.what}: ${advice}`, { cause: error });
}

function unreadableIn(error: unknown): PayloadUnreadable | undefined {
  return [...causes(error)].find((link) => link instanceof PayloadUnreadable);
}

/**
 * The worker answered a query with an error. The SDK calls each of them "not registered", also when the worker had just
 * put the run out of its memory, or took longer than it allows itself: asked again it begins with the history.
 */
export function isFailedQuery(error: unknown): boolean {
  return error instanceof QueryNotRegisteredError && !isUnknownQuery(error);
}

/** The text with which the SDK's own code for workflows refuses it. */
function isUnknownQuery({ message }: QueryNotRegisteredError): boolean {
  return /did not register a handler/i.test(message);
}

/** gRPC status number of the error or one of its causes. */
export function grpcStatusOf(error: unknown): number | null {
  for (const link of causes(error)) if (isGrpcServiceError(link)) return link.code;
  return null;
}

function factsOf(error: unknown): Facts {
  return { error, grpc: grpcStatusOf(error), text: textOf(error) };
}

function textOf(error: unknown): string {
  return [...causes(error)].map((link) => link.message).join(': ');
}

function* causes(error: unknown): Generator<Error> {
  for (let link = error; link instanceof Error; link = link.cause) yield link;
}

function firstLine(text: string): string {
  const line = text.split('\n', 1)[0] ?? '';
  return line === '' ? 'unexpected error' : line.slice(0, 300);
}
