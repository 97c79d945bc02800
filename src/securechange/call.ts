import type { z } from 'zod';
import { CallFailure } from '../domain/failure.js';
import type { Http, HttpRequest, HttpResponse } from '../http/http.js';
import { isNestedDeeperThan } from './json-depth.js';
import { readRefusal } from './refusal.js';
import { UnknownVendorWord } from './to-facts.js';

/** JSON calls to one Tufin system: every answer is either what the schema says or a `CallFailure`. */
export interface Caller {
  /** Its name in failures. */
  readonly system: string;
  /** Reads and checks. */
  get<T>(schema: z.ZodType<T>, request: ReadRequest): Promise<T>;
  /** Like `get`, null where the server says 404. */
  find<T>(schema: z.ZodType<T>, request: ReadRequest): Promise<T | null>;
  /** Writes; the answer's body is not read. `noOp` when there was nothing to do. */
  write(request: WriteRequest): Promise<'done' | 'noOp'>;
}

export interface ReadRequest {
  readonly path: string;
  readonly query?: NonNullable<HttpRequest['query']>;
  readonly operation: string;
  readonly signal?: AbortSignal | undefined;
}

export interface WriteRequest extends ReadRequest {
  readonly method: 'PUT' | 'POST';
  readonly body?: unknown;
  readonly repeatable: boolean;
}

const DEEPEST = 64;

export function createCaller(http: Http): Caller {
  const refusal = (response: HttpResponse, request: ReadRequest, repeatable: boolean): 'noOp' => {
    const meaning = readRefusal(response, { system: http.name, operation: request.operation, repeatable });
    if (meaning instanceof CallFailure) throw meaning;
    return 'noOp';
  };

  async function read(request: ReadRequest): Promise<HttpResponse> {
    return http.request({
      ...request,
      method: 'GET',
      headers: { accept: 'application/json' },
      repeatable: true,
      answers: 'all',
    });
  }

  function check<T>(schema: z.ZodType<T>, response: HttpResponse, request: ReadRequest): T {
    const bug = (code: string, message: string): CallFailure =>
      new CallFailure({
        kind: 'bug',
        system: http.name,
        operation: request.operation,
        code: `${http.name}.${code}`,
        message,
        status: response.status,
      });
    // Everything behind this walks the answer level by level.
    if (isNestedDeeperThan(DEEPEST, response.text)) {
      throw bug('wrong_schema', `the answer is nested in more than ${DEEPEST} levels`);
    }
    let body: unknown;
    try {
      // No hit is an empty body on some searches.
      body = response.text.trim() === '' ? {} : JSON.parse(response.text);
    } catch {
      throw bug('not_json', 'the answer is no JSON; is something in between answering for it?');
    }
    const checked = schema.safeParse(body);
    if (checked.success) return checked.data;
    const places = checked.error.issues.slice(0, 3).map((issue) => issue.path.join('.') || 'the root');
    throw bug('wrong_schema', `the answer is not what the API describes, at ${places.join(', ')}`);
  }

  return {
    system: http.name,
    async get(schema, request) {
      const response = await read(request);
      if (!isOk(response)) refusal(response, request, true);
      return check(schema, response, request);
    },
    async find(schema, request) {
      const response = await read(request);
      if (response.status === 404) return null;
      if (!isOk(response)) refusal(response, request, true);
      return check(schema, response, request);
    },
    async write(request) {
      const { body, ...rest } = request;
      const response = await http.request({
        ...rest,
        headers: {
          accept: 'application/json',
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        answers: 'all',
      });
      return isOk(response) ? 'done' : refusal(response, request, request.repeatable);
    },
  };
}

/** Runs a translation of a checked answer; a word we do not know becomes a `bug`. */
export function understood<T>(system: string, operation: string, translate: () => T): T {
  try {
    return translate();
  } catch (error) {
    if (!(error instanceof UnknownVendorWord)) throw error;
    const { code, message } = error;
    throw new CallFailure({ kind: 'bug', system, operation, code: `${system}.${code}`, message });
  }
}

function isOk(response: HttpResponse): boolean {
  return response.status >= 200 && response.status < 300;
}
