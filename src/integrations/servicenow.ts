/** ServiceNow's Table API, as far as changes need it. Every write looks first, so that a repeated send adds nothing. */
import { createHash } from 'node:crypto';
import { CallFailure } from '../domain/failure.js';
import type { ItsmChange, RenderedMessage } from '../domain/outbox.js';
import type { OutboundServer } from '../domain/outbound-server.js';
import { isOk, notAnAnswer, readBody, unproven } from '../http/answer.js';
import type { Http, HttpRequest, HttpResponse } from '../http/http.js';
import { failureOfStatus } from '../http/status-failure.js';
import { WRITE_RULES } from '../http/write-rules.js';

/** Fields that ServiceNow appends to rather than overwrites: only these could show one message twice. */
const JOURNALS = ['work_notes', 'comments'] as const;

type Body = Readonly<Record<string, unknown>>;

export interface ServiceNow {
  find(correlationId: string, signal?: AbortSignal): Promise<ItsmChange | null>;
  create(message: RenderedMessage, body: Body, signal?: AbortSignal): Promise<ItsmChange>;
  update(message: RenderedMessage, body: Body, change: ItsmChange, signal?: AbortSignal): Promise<ItsmChange>;
}

export function createServiceNow(server: OutboundServer, http: Http): ServiceNow {
  const table = `/api/now/table/${server.table}`;

  /** Only a row that names our correlation id is ours: an instance that does not know a field of a query leaves it out. */
  async function find(correlationId: string, signal?: AbortSignal): Promise<ItsmChange | null> {
    const operation = `look for ${correlationId}`;
    const found = await request('GET', table, operation, {
      query: {
        sysparm_query: `correlation_id=${correlationId}`,
        sysparm_fields: 'sys_id,number,correlation_id',
        sysparm_limit: 1,
      },
      signal,
    });
    const [existing] = rowsOf(found, operation);
    if (existing === undefined) return null;
    if (existing['correlation_id'] !== correlationId) {
      throw unexpected(
        operation,
        "the answer is another ticket's change; does the instance search by correlation_id?",
      );
    }
    return toChange(existing, operation);
  }

  return {
    find,

    /** Adopts a record that carries our correlation id already: an earlier attempt may have come through unseen. */
    async create(message, body, signal) {
      const operation = `create the change of ${message.point}`;
      const existing = await find(message.correlationId, signal);
      if (existing !== null) return existing;
      const created = await request('POST', table, operation, {
        body: JSON.stringify({ ...body, correlation_id: message.correlationId }),
        signal,
      });
      return toChange(rowOf(created, operation), operation);
    },

    /** One PATCH. With a journal entry in it, the change's journal is read first: the marker says that it was sent. */
    async update(message, body, change, signal) {
      const operation = `${message.action} ${change.number}`;
      const path = `${table}/${encodeURIComponent(change.id)}`;
      const journal = JOURNALS.find((name) => typeof body[name] === 'string' && body[name] !== '');
      if (journal === undefined) {
        return await patch(path, body, change, operation, signal);
      }
      const marker = markerOf(message.key);
      const now = await request('GET', path, `read the journal of ${change.number}`, {
        query: { sysparm_fields: ['sys_id', ...JOURNALS].join(','), sysparm_display_value: 'true' },
        signal,
      });
      const row = rowOf(now, operation);
      expectChange(row, change, operation);
      if (JOURNALS.some((name) => textOf(row[name]).includes(marker))) return change;
      const marked = { ...body, [journal]: `${textOf(body[journal])}\n${marker}` };
      return await patch(path, marked, change, operation, signal);
    },
  };

  async function patch(
    path: string,
    body: Body,
    change: ItsmChange,
    operation: string,
    signal: AbortSignal | undefined,
  ): Promise<ItsmChange> {
    const answer = await request('PATCH', path, operation, { body: JSON.stringify(body), signal });
    expectChange(rowOf(answer, operation), change, operation);
    return change;
  }

  /** An answer may leave out whose it is. */
  function expectChange({ sys_id: id }: Body, change: ItsmChange, operation: string): void {
    if (typeof id !== 'string' || id === '' || id === change.id) return;
    throw unexpected(operation, 'the answer is about another change than the one asked for');
  }

  async function request(
    method: 'GET' | 'POST' | 'PATCH',
    path: string,
    operation: string,
    rest: Pick<HttpRequest, 'query' | 'body' | 'signal'>,
  ): Promise<HttpResponse> {
    const response = await http.request({
      method,
      path,
      operation,
      ...rest,
      headers: {
        accept: 'application/json',
        ...(rest.body !== undefined && { 'content-type': 'application/json' }),
        ...server.headers,
      },
      // A lost answer to a write is ambiguous; repeating the send is safe because it looks first.
      repeatable: method === 'GET',
    });
    if (!isOk(response)) throw refusalOf(response, operation);
    const failure =
      method === 'GET'
        ? readFailure(response, operation)
        : unproven(
            response,
            method === 'POST' ? WRITE_RULES.itsmCreate : WRITE_RULES.itsmUpdate,
            { system: http.name, operation, repeatable: false },
            'itsm.unproven',
          );
    if (failure !== null) throw failure;
    return response;
  }

  function readFailure(response: HttpResponse, operation: string): CallFailure | null {
    const isJson = readBody(response).kind === 'json';
    return isJson
      ? null
      : notAnAnswer(response, { system: http.name, operation, repeatable: true }, 'itsm.not_json');
  }

  function refusalOf(response: HttpResponse, operation: string): CallFailure {
    const { facts } = failureOfStatus(response, { system: http.name, operation, repeatable: true });
    if (facts.kind !== 'rejected') return new CallFailure(facts);
    if (response.status === 404) {
      const message =
        'the change or the table is not there, or our user may not see it; correct that, then retry';
      return new CallFailure({ ...facts, code: 'itsm.not_found', message });
    }
    const reason = reasonOf(response.text);
    const message = `refused with status ${response.status}${reason === '' ? '' : ` (${reason})`}; correct the template or the change, then retry`;
    return new CallFailure({ ...facts, code: 'itsm.refused', message });
  }

  function rowsOf(response: HttpResponse, operation: string): readonly Body[] {
    const result = resultOf(response.text);
    if (Array.isArray(result) && result.every(isBody)) return result;
    throw unexpected(operation);
  }

  function rowOf(response: HttpResponse, operation: string): Body {
    const result = resultOf(response.text);
    if (isBody(result)) return result;
    throw unexpected(operation);
  }

  function toChange(row: Body, operation: string): ItsmChange {
    const { sys_id: id, number } = row;
    if (typeof id === 'string' && id !== '' && typeof number === 'string' && number !== '') {
      return { server: server.name, number, id };
    }
    throw unexpected(operation);
  }

  function unexpected(
    operation: string,
    message = 'the answer is not what the Table API gives; is the address that of a ServiceNow instance?',
  ): CallFailure {
    return new CallFailure({
      kind: 'bug',
      system: http.name,
      operation,
      code: 'itsm.unexpected_answer',
      message,
    });
  }
}

/** Short, free of characters that mean something in queries, and the same for every attempt of one message. */
function markerOf(key: string): string {
  return `[sco ${createHash('sha256').update(key).digest('hex').slice(0, 16)}]`;
}

/** ServiceNow's own one-line message; the details are left out, because they may repeat what was sent. */
function reasonOf(text: string): string {
  const error = field(parse(text), 'error');
  const message = field(error, 'message');
  return typeof message === 'string' ? message.replace(/[\p{Cc}\s]+/gu, ' ').slice(0, 120) : '';
}

function resultOf(text: string): unknown {
  return field(parse(text), 'result');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function field(value: unknown, name: string): unknown {
  return isBody(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
