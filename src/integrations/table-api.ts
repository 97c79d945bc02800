import type { Code } from '../domain/codes.js';
import { CallFailure } from '../domain/failure.js';
import type { OutboundServer } from '../domain/outbound-server.js';
import { hasError, isOk, notAnAnswer, readBody, wordsOf } from '../http/answer.js';
import type { Http, HttpRequest, HttpResponse } from '../http/http.js';
import { failureOfStatus } from '../http/status-failure.js';
import { isBody, type Body } from './change-api.js';

type Query = NonNullable<HttpRequest['query']>;

/** ServiceNow's Table API: what an answer means is decided here. Everything else is thrown as a `CallFailure`. */
export interface TableApi {
  rows(table: string, operation: string, query: Query, signal?: AbortSignal): Promise<readonly Body[]>;
  row(path: string, operation: string, query: Query, signal?: AbortSignal): Promise<Body>;
  /** The record as the answer shows it, with display values. */
  write(
    name: 'itsmCreate' | 'itsmUpdate',
    path: string,
    operation: string,
    body: Body,
    signal?: AbortSignal,
  ): Promise<Body>;
  readonly refuse: (operation: string, code: Code, message: string) => CallFailure;
  readonly unexpected: (operation: string) => CallFailure;
}

/** `path`: below `/api/now/table/`. */
export function createTableApi(server: Pick<OutboundServer, 'headers'>, http: Http): TableApi {
  const at = (path: string): string => `/api/now/table/${path}`;
  const refuse = (operation: string, code: Code, message: string): CallFailure =>
    new CallFailure({ kind: 'rejected', system: http.name, operation, code, message });
  const unexpected = (operation: string): CallFailure =>
    new CallFailure({
      kind: 'bug',
      system: http.name,
      operation,
      code: 'itsm.unexpected_answer',
      message: 'the answer is not what the Table API gives; is the address that of a ServiceNow instance?',
    });

  async function read(
    path: string,
    operation: string,
    query: Query,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const headers = { accept: 'application/json', ...server.headers };
    const response = await http.read({ path: at(path), operation, query, headers, signal });
    if (!isOk(response)) throw refusalOf(response, operation);
    if (readBody(response).kind === 'json' && !hasError(response)) return resultOf(response.text);
    const code = hasError(response) ? 'itsm.failed_inside' : 'itsm.not_json';
    throw notAnAnswer(response, { system: http.name, operation, repeatable: true }, code);
  }

  function refusalOf(response: HttpResponse, operation: string): CallFailure {
    const words = wordsOf(response);
    const call = { system: http.name, operation, repeatable: true };
    const { facts } = failureOfStatus(response, call, words);
    // A reason beside 403 is a rule of the table (a mandatory field); without one it is the right of our user.
    const byRule = response.status === 403 && words !== null;
    if ((facts.kind !== 'rejected' && !byRule) || facts.code === 'http.redirect')
      return new CallFailure(facts);
    const said = words === null ? '' : ` (it says: ${words})`;
    if (response.status === 404) {
      const message = `the change or the table is not there, or our user may not see it${said}; correct that, then retry`;
      return new CallFailure({ ...facts, code: 'itsm.not_found', message });
    }
    const message = `refused with status ${response.status}${said}; correct the template, the change or the rights of our user, then retry`;
    return new CallFailure({ ...facts, kind: 'rejected', code: 'itsm.refused', message });
  }

  return {
    refuse,
    unexpected,

    async rows(table, operation, query, signal) {
      const result = await read(table, operation, query, signal);
      if (Array.isArray(result) && result.every(isBody)) return result;
      throw unexpected(operation);
    },

    async row(path, operation, query, signal) {
      const result = await read(path, operation, query, signal);
      if (isBody(result)) return result;
      throw unexpected(operation);
    },

    async write(name, path, operation, body, signal) {
      const response = await http.write(name, {
        path: at(path),
        operation,
        signal,
        query: { sysparm_display_value: 'all' },
        body: JSON.stringify(asStored(body)),
        headers: { accept: 'application/json', 'content-type': 'application/json', ...server.headers },
        // Repeating a send is safe, because it looks first.
        meaning: (answer) => {
          if (!isOk(answer)) throw refusalOf(answer, operation);
          return null;
        },
        unproven: 'itsm.unproven',
      });
      const result = response === null ? undefined : resultOf(response.text);
      if (isBody(result)) return result;
      throw unexpected(operation);
    },
  };
}

/** The Table API takes instants in UTC, without a zone. */
function asStored(body: Body): Body {
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => {
      const [, day, time] =
        (typeof value === 'string' ? /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)Z$/.exec(value) : null) ?? [];
      return [name, day === undefined ? value : `${day} ${time ?? ''}`];
    }),
  );
}

function resultOf(text: string): unknown {
  try {
    const answer: unknown = JSON.parse(text);
    return isBody(answer) && Object.hasOwn(answer, 'result') ? answer['result'] : undefined;
  } catch {
    return undefined;
  }
}
