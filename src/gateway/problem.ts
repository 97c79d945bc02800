import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';

import type { ScriptAnswer } from '../domain/script-reply.js';
import type { GatewayLog } from './gateway-settings.js';

/** Every reason for which the gateway says no: status, title and what to do next. Nothing of the input is ever in them. */
const PROBLEMS = {
  bad_request: [400, 'The request is not understood', 'Compare it with the documentation of this call.'],
  bad_json: [
    400,
    'The body is not the JSON this call expects',
    'Send one JSON object with the documented members.',
  ],
  bad_base64: [
    400,
    'ticket_info is not base64',
    'Encode the XML in the standard alphabet, for example with base64 -w0.',
  ],
  bad_xml: [
    400,
    'ticket_info is not a ticket_info document',
    'Send the XML that SecureChange gave the script, unchanged.',
  ],
  unauthorised: [
    401,
    'The caller is not known',
    'Check user, password, token, signature and the clock of the caller.',
  ],
  forbidden: [
    403,
    'The caller may not do this',
    'Ask for the role in people.yaml, or ask a person who has it.',
  ],
  sign_in_refused: [
    401,
    'The sign-in was refused',
    'Sign in again; when that fails too, ask who runs this gateway to look into its log.',
  ],
  unknown_person: [
    403,
    'No person is known under this account',
    'Ask who keeps people.yaml to add oidcSubject to your entry.',
  ],
  not_found: [404, 'There is nothing under this address', 'Check the path and the id.'],
  ticket_not_found: [
    404,
    'No workflow knows this ticket',
    'Check the id, or wait for the sweep to find the ticket.',
  ],
  push_not_found: [404, 'No workflow knows this push', 'Take lane and number from `sco lane show`.'],
  lane_not_found: [404, 'No workflow knows this lane', 'List the lanes and take a key or name from there.'],
  method_not_allowed: [405, 'This address does not take this method', 'See the Allow header.'],
  history_gone: [410, 'The history is past its retention', 'Look into the exports.'],
  too_large: [
    413,
    'The request is too large',
    'A body has at most 256 KiB, its ticket_info at most 192 KiB of XML.',
  ],
  payloads_too_large: [
    413,
    'The request is too large',
    'A call of the codec server has at most 8 MiB of JSON.',
  ],
  unsupported_media_type: [
    415,
    'The body has a wrong type',
    'Send application/json in UTF-8 without content encoding.',
  ],
  unknown_script: [
    422,
    'No script is registered under this name',
    'Add the name or legacy path to scripts.yaml.',
  ],
  payload_unreadable: [
    422,
    'A payload cannot be decrypted',
    'Its key is not in SCO_PAYLOAD_KEYS of the gateway, or it is not what was encrypted: see docs/runbook.md, The payload keys.',
  ],
  payload_key_missing: [
    503,
    'What Temporal stores cannot be decrypted',
    'Ask an operator of the orchestrator to add the key, then repeat the call.',
  ],
  too_many_failures: [
    429,
    'Too many failed attempts from this address',
    'Correct the credential and wait as long as Retry-After says.',
  ],
  internal: [500, 'The gateway failed', 'Look into its log.'],
  overloaded: [
    503,
    'The gateway has too many calls under way',
    'Repeat the call after the time in Retry-After.',
  ],
  sign_in_away: [
    503,
    'The OpenID provider did not answer',
    'Sign in with a token, or repeat it after the time in Retry-After.',
  ],
  temporal_away: [503, 'Temporal did not answer in time', 'Repeat the call after the time in Retry-After.'],
  worker_away: [
    503,
    'No worker answered',
    'Start a worker and repeat the call after the time in Retry-After.',
  ],
  deadline: [504, 'The answer did not come in time', 'Repeat the call.'],
} as const satisfies Record<string, readonly [number, string, string]>;

export type ProblemCode = keyof typeof PROBLEMS;

/** A refusal on its way to the caller. */
export class Problem extends Error {
  readonly code: ProblemCode;
  /** Our own words about what exactly is wrong; never the caller's. */
  readonly note: string | null;
  readonly retryAfterSeconds: number | null;

  constructor(
    code: ProblemCode,
    options: { note?: string; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(PROBLEMS[code][1], { cause: options.cause });
    this.name = 'Problem';
    this.code = code;
    this.note = options.note ?? null;
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
  }
}

export function statusOfProblem({ code }: Problem): number {
  return PROBLEMS[code][0];
}

/** What exactly is wrong, and what to do next. */
export function problemText({ code, note }: Problem): string {
  return [note, PROBLEMS[code][2]].filter((part) => part !== null).join(' ');
}

/** RFC 9457, with `code` for programs and `output` and `error` for mediators that print what they got. */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly output: string;
  readonly error: NonNullable<ScriptAnswer['error']>;
}

function problemBody(problem: Problem): ProblemBody {
  const [status, title] = PROBLEMS[problem.code];
  const detail = problemText(problem);
  return {
    type: `urn:securechange-orchestrator:problem:${problem.code}`,
    title,
    status,
    detail,
    code: problem.code,
    output: '',
    error: { output: `${title}. ${detail}\n`, returnCode: 1 },
  };
}

function send(request: Request, response: Response, problem: Problem): void {
  const status = statusOfProblem(problem);
  if (problem.retryAfterSeconds !== null) response.set('Retry-After', String(problem.retryAfterSeconds));
  if (status === 401) {
    response.set('WWW-Authenticate', 'Basic realm="securechange-orchestrator", charset="UTF-8", Bearer');
  }
  const body = Buffer.from(JSON.stringify(problemBody(problem)));
  response.status(status).type('application/problem+json').set('Content-Length', String(body.length));
  if (request.complete || !announcesBody(request)) response.end(body);
  else endWithoutBody(request, response, body);
}

function announcesBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** How long a caller whose body is not wanted may go on sending. */
const DISCARD_MS = 500;

/**
 * Answers at once and closes the connection. What the caller still sends is discarded for a moment: a connection that is
 * closed while data arrives is reset, and the answer is lost on its way.
 */
function endWithoutBody(request: Request, response: Response, body: Buffer): void {
  response.set('Connection', 'close').write(body);
  const close = (): void => {
    clearTimeout(timer);
    request.off('end', close).off('close', close);
    response.end();
  };
  const timer = setTimeout(close, DISCARD_MS);
  request.once('end', close).once('close', close).resume();
}

/** Errors of the router, by the status they carry. */
function fromStatus(error: unknown): Problem {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : 500;
  if (status === 413) return new Problem('too_large', { cause: error });
  if (status === 415) return new Problem('unsupported_media_type', { cause: error });
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new Problem('bad_request', { cause: error });
  }
  return new Problem('internal', { cause: error });
}

export function toProblem(error: unknown): Problem {
  return error instanceof Problem ? error : fromStatus(error);
}

/** What only the operator of the gateway can repair stands in its log. */
export function logInternal(log: GatewayLog, { code, cause, ...problem }: Problem): void {
  if (code !== 'internal' && code !== 'payload_key_missing') return;
  const reason = cause ?? problem;
  log.error(
    { code, error: reason instanceof Error ? `${reason.name}: ${reason.message}` : typeof reason },
    'request failed',
  );
}

export function answerProblems(log: GatewayLog): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const problem = toProblem(error);
    logInternal(log, problem);
    send(request, response, problem);
  };
}

export const nothingHere: RequestHandler = () => {
  throw new Problem('not_found');
};

/** For the other methods of a known address. */
export function onlyMethods(...methods: readonly string[]): RequestHandler {
  return (_request, response) => {
    response.set('Allow', methods.join(', '));
    throw new Problem('method_not_allowed');
  };
}
