import { tufinCode } from '../domain/codes.js';
import type { z } from 'zod';
import { CallFailure } from '../domain/failure.js';
import { hasError, isOk, notAnAnswer, readBody } from '../http/answer.js';
import type { Http, HttpRequest, HttpResponse } from '../http/http.js';
import type { WriteName } from '../http/write-rules.js';
import { isNestedDeeperThan } from '../domain/json-depth.js';
import { readRefusal, saysRefused } from './refusal.js';
import { UnknownVendorWord } from './words.js';

/** JSON calls to one Tufin system: every answer is either what the schema says or a `CallFailure`. */
export interface Caller {
  /** Its name in failures. */
  readonly system: string;
  /** Reads and checks. */
  get<T>(schema: z.ZodType<T>, request: ReadRequest): Promise<T>;
  /** Like `get`, null where the server says 404 or answers nothing: some searches without a hit do. */
  find<T>(schema: z.ZodType<T>, request: ReadRequest): Promise<T | null>;
  /** Writes; done only where the answer proves it by `WRITE_RULES`. `noOp` when there was nothing to do. */
  write(name: WriteName, request: WriteRequest): Promise<'done' | 'noOp'>;
}

export interface ReadRequest {
  readonly path: string;
  readonly query?: NonNullable<HttpRequest['query']>;
  readonly operation: string;
  readonly signal?: AbortSignal | undefined;
}

export interface WriteRequest extends ReadRequest {
  readonly body?: unknown;
}

const DEEPEST = 64;
const PARTIAL = 206;

export function createCaller(http: Http): Caller {
  const contextOf = ({ operation }: ReadRequest, repeatable: boolean) => ({
    system: http.name,
    operation,
    repeatable,
  });

  const refusal = (response: HttpResponse, request: ReadRequest, repeatable: boolean): 'noOp' => {
    const meaning = readRefusal(response, contextOf(request, repeatable));
    if (meaning instanceof CallFailure) throw meaning;
    return 'noOp';
  };

  async function read(request: ReadRequest): Promise<HttpResponse> {
    const response = await http.read({ ...request, headers: { accept: 'application/json' } });
    const isPage = response.status === 404 && readBody(response).kind === 'other';
    // A page that says 404 is a proxy's or a starting server's: it does not prove that the thing is not there.
    // Of an answer that is not complete nothing is missing for certain. SecureChange gives one while it builds its index.
    if (response.status === PARTIAL)
      throw new CallFailure({
        kind: 'transient',
        system: http.name,
        operation: request.operation,
        code: tufinCode(http.name, 'incomplete'),
        message: 'the answer is not complete (status 206): SecureChange builds its search index',
        status: PARTIAL,
      });
    if (isPage) throw notAnAnswer(response, contextOf(request, true), tufinCode(http.name, 'not_json'));
    return response;
  }

  function check<T>(schema: z.ZodType<T>, response: HttpResponse, request: ReadRequest): T {
    // Everything behind this walks the answer level by level.
    if (isNestedDeeperThan(DEEPEST, response.text)) {
      throw new CallFailure({
        kind: 'bug',
        system: http.name,
        operation: request.operation,
        code: tufinCode(http.name, 'wrong_schema'),
        message: `the answer is nested in more than ${DEEPEST} levels`,
        status: response.status,
      });
    }
    const { kind, json } = readBody(response);
    if (kind !== 'json')
      throw notAnAnswer(response, contextOf(request, true), tufinCode(http.name, 'not_json'));
    if (hasError(response))
      throw notAnAnswer(response, contextOf(request, true), tufinCode(http.name, 'foreign_answer'));
    const checked = schema.safeParse(json);
    if (checked.success) return checked.data;
    // Without the member that every answer of this call has, another program wrote this JSON.
    const foreign = checked.error.issues.some((issue) => issue.path.length <= 1);
    const places = checked.error.issues.slice(0, 3).map((issue) => issue.path.join('.') || 'the root');
    throw new CallFailure({
      kind: foreign ? 'transient' : 'bug',
      system: http.name,
      operation: request.operation,
      code: tufinCode(http.name, foreign ? 'foreign_answer' : 'wrong_schema'),
      message: `the answer is not what the API describes, at ${places.join(', ')}`,
      status: response.status,
      ...(!foreign && { mayPass: true }),
    });
  }

  return {
    system: http.name,
    async get(schema, request) {
      const response = await read(request);
      if (!isOk(response) || saysRefused(response)) refusal(response, request, true);
      return check(schema, response, request);
    },
    async find(schema, request) {
      const response = await read(request);
      if (response.status === 404) return null;
      if (!isOk(response) || saysRefused(response)) refusal(response, request, true);
      if (readBody(response).kind === 'empty') return null;
      return check(schema, response, request);
    },
    async write(name, request) {
      const { body, ...rest } = request;
      const response = await http.write(name, {
        ...rest,
        headers: {
          accept: 'application/json',
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        meaning: (answer, { repeatable }) =>
          !isOk(answer) || saysRefused(answer) ? refusal(answer, request, repeatable) : null,
        unproven: tufinCode(http.name, 'unproven'),
      });
      return response === null ? 'noOp' : 'done';
    },
  };
}

/** Runs a translation of a checked answer; a word we do not know becomes a `bug`. */
export function understood<T>(system: string, operation: string, translate: () => T): T {
  try {
    return translate();
  } catch (error) {
    if (!(error instanceof UnknownVendorWord)) throw error;
    const { reason, message } = error;
    throw new CallFailure({
      kind: 'bug',
      system,
      operation,
      code: tufinCode(system, reason),
      message,
      mayPass: true,
    });
  }
}
