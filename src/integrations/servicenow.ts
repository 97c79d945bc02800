/** ServiceNow's Table API, as far as changes need it. Every write looks first, so that a repeated send adds nothing. */
import { CORRELATION_PREFIX } from '../domain/ids.js';
import { cleanLine } from '../domain/clean-text.js';
import { CallFailure } from '../domain/failure.js';
import type { ItsmChange } from '../domain/outbox.js';
import { hasMark, marked } from '../domain/marked-text.js';
import type { OutboundServer } from '../domain/outbound-server.js';
import type { Code } from '../domain/codes.js';
import { hasError, isOk, notAnAnswer, readBody, wordsOf } from '../http/answer.js';
import type { Http, HttpRequest, HttpResponse } from '../http/http.js';
import { failureOfStatus } from '../http/status-failure.js';
import type { Body, ChangeApi } from './change-api.js';
import { changeOwner, NoTicketList } from './change-owner.js';
import { marksOf } from './marker.js';
import { differenceText, differing, valueOf } from './shown-fields.js';

/** Fields that ServiceNow appends to rather than overwrites: only these could show one message twice. */
export const JOURNALS = ['work_notes', 'comments'] as const;

/** Of one answer; more open changes are not compared. */
const MOST_LISTED = 5_000;

/** `ownKeys`: see `marksOf`. */
export function createServiceNow(server: OutboundServer, http: Http, ownKeys: readonly string[]): ChangeApi {
  const table = `/api/now/table/${server.table}`;
  const owner = changeOwner(server);

  async function findRow(correlationId: string, signal?: AbortSignal): Promise<Body | null> {
    const operation = `look for ${correlationId}`;
    const rows = rowsOf(
      await read(table, operation, signal, {
        sysparm_query: owner.find(correlationId),
        sysparm_fields: ['sys_id', 'number', owner.field].join(','),
        sysparm_limit: MOST_LISTED,
      }),
      operation,
    );
    const wanted = owner.wanted(correlationId);
    const [own, second] = rows.filter((row) => owner.owns(row, correlationId));
    if (own !== undefined && second !== undefined) {
      const both = [own, second].map((row) => valueOf(row['number']) ?? 'a record').join(' and ');
      throw refuse(
        operation,
        'itsm.foreign_record',
        `${both} have our id: leave ${wanted} in the ${owner.field} of the one that belongs to this ticket, then retry`,
      );
    }
    if (own !== undefined) return own;
    const other = rows.find((row) => !owner.meets(row, correlationId));
    if (other === undefined) return null;
    throw ignoresCondition(operation, other);
  }

  /** ServiceNow drops a condition on a field that our user cannot read, without a word, and answers with any rows. */
  function ignoresCondition(operation: string, row: Body): CallFailure {
    const number = valueOf(row['number']) ?? 'a record';
    return refuse(
      operation,
      'itsm.foreign_record',
      `it answered with ${number}, which is not ours: it ignores the condition on ${owner.field}; let our user read that field of ${server.table}, then retry`,
    );
  }

  return {
    async find(correlationId, signal) {
      const row = await findRow(correlationId, signal);
      return row === null ? null : toChange(row, `look for ${correlationId}`);
    },

    async openChanges(signal) {
      const operation = 'list the open changes of our tickets';
      const rows = rowsOf(
        await read(table, operation, signal, {
          sysparm_query: `${owner.findAll}^active=true^ORDERBYnumber`,
          sysparm_fields: ['sys_id', 'number', owner.field].join(','),
          sysparm_limit: MOST_LISTED,
        }),
        operation,
      );
      const other = rows.find((row) => {
        const value = valueOf(row[owner.field]) ?? '';
        return server.ticketsField === null ? !value.startsWith(CORRELATION_PREFIX) : value === '';
      });
      if (other !== undefined) throw ignoresCondition(operation, other);
      return rows.flatMap((row) =>
        ticketsOf(row, toChange(row, operation), operation).map((ticketId) => ({
          ...toChange(row, operation),
          ticketId,
        })),
      );
    },

    async ticketsOf(change, signal) {
      if (server.ticketsField === null) return null;
      const row = await readRecord(change, [owner.field, 'active'], signal);
      const tickets = ticketsOf(row, change, `read ${change.number}`);
      return { ...change, tickets, isOpen: valueOf(row['active']) !== 'false' };
    },

    async readFields(change, names, signal) {
      const record = await readRecord(change, names, signal);
      const absent = names.find((name) => record[name] === undefined);
      if (absent !== undefined)
        throw refuse(
          `read ${change.number}`,
          'itsm.unexpected_answer',
          `it does not show ${absent}: let our user read that field of ${server.table}, then retry`,
        );
      return Object.fromEntries(names.map((name) => [name, valueOf(record[name]) ?? '']));
    },

    /** Adopts a record that carries our correlation id already: an earlier attempt may have come through unseen. */
    async create(message, body, signal) {
      const operation = `create the change of ${message.point}`;
      const existing = await findRow(message.correlationId, signal);
      if (existing !== null) return toChange(existing, operation);
      const wanted = { ...body, correlation_id: message.correlationId };
      const response = await write('itsmCreate', table, operation, wanted, signal);
      const row = rowOf(response, operation);
      const change = toChange(row, operation);
      if (valueOf(row['correlation_id']) !== message.correlationId) {
        throw refuse(
          operation,
          'itsm.id_not_stored',
          `${change.number} was created and does not keep our id: write ${message.correlationId} into its correlation_id and let our user write that field, then retry`,
        );
      }
      await expectShown(change, row, { fields: plainFields(body), note: null, operation }, signal);
      return change;
    },

    /**
     * Reads the record, then one PATCH, done when the record shows it. Notes carry a marker: one that is there already is
     * not written again.
     */
    async update(message, body, change, signal) {
      const operation = `${message.action} ${change.number}`;
      const fields = plainFields(body);
      const journal = JOURNALS.find((name) => textOf(body[name]) !== '') ?? null;
      const names = [
        owner.field,
        ...(server.states === null ? [] : ['state']),
        ...Object.keys(fields),
        ...(journal === null ? [] : [journal]),
      ];
      const now = await readRecord(change, names, signal);
      const shown = valueOf(now[owner.field]);
      if (shown !== null && !owner.owns(now, message.correlationId)) {
        throw refuse(
          operation,
          'itsm.foreign_record',
          `${change.number} is not ours: its ${owner.field} is "${cleanLine(shown, 60)}"; write ${owner.wanted(message.correlationId)} into it if it belongs to this ticket, or drop the message`,
        );
      }
      const note = journal === null ? null : { journal, marks: marksOf(message.key, ownKeys) };
      const isNoted = note !== null && hasMark(journalOf(now, note.journal, change, operation), note.marks);
      if (isNoted && differing(now, fields).length === 0) return change;
      for (const state of statesBefore(now, fields, change, operation)) {
        const moved = await write('itsmUpdate', pathOf(change), operation, { state }, signal);
        await expectShown(
          change,
          rowOf(moved, operation),
          { fields: { state }, note: null, operation },
          signal,
        );
      }
      const wanted =
        note === null || isNoted
          ? fields
          : { ...fields, [note.journal]: marked(textOf(body[note.journal]), note.marks[0]) };
      const response = await write('itsmUpdate', pathOf(change), operation, wanted, signal);
      await expectShown(change, rowOf(response, operation), { fields, note, operation }, signal);
      return change;
    },
  };

  function ticketsOf(row: Body, { number }: ItsmChange, operation: string): readonly string[] {
    try {
      return owner.tickets(row);
    } catch (error) {
      if (!(error instanceof NoTicketList)) throw error;
      throw refuse(operation, 'itsm.ticket_list', `${number}: ${error.message}`);
    }
  }

  /** The states that lie between the present one and the one that is written; a model lets none be left out. */
  function statesBefore(now: Body, fields: Body, change: ItsmChange, operation: string): readonly string[] {
    const { states } = server;
    const to = states?.indexOf(textOf(fields['state'])) ?? -1;
    if (states === null || to < 0) return [];
    const from = valueOf(now['state']) ?? '';
    const at = states.indexOf(from);
    if (at >= 0 && at <= to) return states.slice(at + 1, to);
    throw refuse(
      operation,
      'itsm.no_way',
      `${change.number} is in state "${cleanLine(from, 60)}", from which its model has no way to "${states[to] ?? ''}"; move it in the ITSM and retry, or drop the message`,
    );
  }

  /** The answer to a write may come before rules of the instance have run, so a difference is read again. */
  async function expectShown(
    change: ItsmChange,
    answer: Body,
    { fields, note, operation }: Written,
    signal?: AbortSignal,
  ): Promise<void> {
    const missing = (row: Body): string[] => [
      ...differing(row, fields).map(differenceText),
      ...(note === null || hasMark(journalText(row[note.journal]) ?? '', note.marks)
        ? []
        : [`${note.journal} does not have the note`]),
    ];
    if (missing(answer).length === 0) return;
    const names = [...Object.keys(fields), ...(note === null ? [] : [note.journal])];
    const still = missing(await readRecord(change, names, signal));
    if (still.length === 0) return;
    throw refuse(
      operation,
      'itsm.not_shown',
      `it accepted the message, and ${change.number} does not show it: ${still.slice(0, 5).join(', ')}; correct the change, the rights of our user or the template, then retry`,
    );
  }

  function pathOf(change: ItsmChange): string {
    return `${table}/${encodeURIComponent(change.id)}`;
  }

  async function readRecord(
    change: ItsmChange,
    names: readonly string[],
    signal?: AbortSignal,
  ): Promise<Body> {
    const operation = `read ${change.number}`;
    const query = {
      sysparm_fields: [...new Set(['sys_id', ...names])].join(','),
      sysparm_display_value: 'all',
    };
    return rowOf(await read(pathOf(change), operation, signal, query), operation);
  }

  async function read(
    path: string,
    operation: string,
    signal: AbortSignal | undefined,
    query: NonNullable<HttpRequest['query']>,
  ): Promise<HttpResponse> {
    const headers = { accept: 'application/json', ...server.headers };
    const response = await http.read({ path, operation, query, headers, signal });
    if (!isOk(response)) throw refusalOf(response, operation);
    if (readBody(response).kind === 'json' && !hasError(response)) return response;
    const code = hasError(response) ? 'itsm.failed_inside' : 'itsm.not_json';
    throw notAnAnswer(response, { system: http.name, operation, repeatable: true }, code);
  }

  async function write(
    name: 'itsmCreate' | 'itsmUpdate',
    path: string,
    operation: string,
    body: Body,
    signal: AbortSignal | undefined,
  ): Promise<HttpResponse> {
    const response = await http.write(name, {
      path,
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
    if (response === null) throw unexpected(operation);
    return response;
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
    const id = valueOf(row['sys_id']);
    const number = valueOf(row['number']);
    if (id === null || id === '' || number === null || number === '') throw unexpected(operation);
    return { server: server.name, number, id };
  }

  /** A journal that the answer does not have is unknown: the note may be there, so it is not written. */
  function journalOf(row: Body, journal: string, change: ItsmChange, operation: string): string {
    const text = journalText(row[journal]);
    if (text !== null) return text;
    throw refuse(
      operation,
      'itsm.journal_unreadable',
      `${journal} of ${change.number} cannot be read, so it is not known whether the note is there; let our user read it, then retry`,
    );
  }

  function refuse(operation: string, code: Code, message: string): CallFailure {
    return new CallFailure({ kind: 'rejected', system: http.name, operation, code, message });
  }

  function unexpected(operation: string): CallFailure {
    return new CallFailure({
      kind: 'bug',
      system: http.name,
      operation,
      code: 'itsm.unexpected_answer',
      message: 'the answer is not what the Table API gives; is the address that of a ServiceNow instance?',
    });
  }
}

interface Written {
  readonly fields: Body;
  readonly note: { readonly journal: string; readonly marks: ReturnType<typeof marksOf> } | null;
  readonly operation: string;
}

/** ServiceNow shows entries in the display value only. Null: the field is not there. */
function journalText(cell: unknown): string | null {
  if (typeof cell === 'string') return cell;
  return isBody(cell) ? `${textOf(cell['value'])}\n${textOf(cell['display_value'])}` : null;
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

function plainFields(body: Body): Body {
  return Object.fromEntries(
    Object.entries(body).filter(([name]) => !(JOURNALS as readonly string[]).includes(name)),
  );
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
