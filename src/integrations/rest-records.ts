/** A REST system that is described by its `RecordRules`. Every write looks first, so that a repeated send adds nothing. */
import { cleanLine } from '../domain/clean-text.js';
import type { Code } from '../domain/codes.js';
import { CallFailure } from '../domain/failure.js';
import { ticketOfCorrelation } from '../domain/ids.js';
import type { ItsmChange, RenderedMessage } from '../domain/outbox.js';
import { endsWithMark, marked } from '../domain/marked-text.js';
import type { OutboundServer } from '../domain/outbound-server.js';
import type { RecordCall, RecordRules } from '../domain/record-rules.js';
import { hasError, isOk, notAnAnswer, readBody, wordsOf } from '../http/answer.js';
import type { Http, HttpResponse } from '../http/http.js';
import { failureOfStatus } from '../http/status-failure.js';
import type { Body, ChangeApi } from './change-api.js';
import { pointed, withPointed } from './json-pointer.js';
import { marksOf } from './marker.js';
import { differenceText, differingWithin, type Difference } from './shown-fields.js';

type WriteName = 'recordCreate' | 'recordChange' | 'recordNote';
type Call = Pick<RecordCall, 'method' | 'path' | 'accept'>;

/** `ownKeys`: see `marksOf`. */
export function createRestRecords(
  server: OutboundServer,
  rules: RecordRules,
  http: Http,
  ownKeys: readonly string[],
): ChangeApi {
  const { name } = server;

  async function findRecord(correlationId: string, signal?: AbortSignal): Promise<unknown> {
    const operation = `look for ${correlationId}`;
    const found = pointed(
      await read(filled(rules.find.path, { correlationId }), operation, signal),
      rules.find.records,
    );
    if (!Array.isArray(found)) throw unexpected(operation, `there is no list at "${rules.find.records}"`);
    const [own, second] = found.filter((record) => keepsId(record, correlationId)) as unknown[];
    if (second !== undefined) {
      const both = [own, second].map((record) => numberOf(record) ?? 'a record').join(' and ');
      throw refuse(
        operation,
        'itsm.foreign_record',
        `${both} have our id: leave ${correlationId} at ${rules.correlation} of the one that belongs to this ticket, then retry`,
      );
    }
    if (own !== undefined) return own;
    if (found.length === 0) return null;
    // It answers with whatever there is when it ignores or blurs the condition: nothing of that may be adopted or changed.
    throw refuse(
      operation,
      'itsm.foreign_record',
      `it answered with ${found.length} record(s), none with our id at ${rules.correlation}: it ignores the condition, or does not show that field; correct find in the description of its records, then retry`,
    );
  }

  return {
    async find(correlationId, signal) {
      const record = await findRecord(correlationId, signal);
      return record === null ? null : toChange(record, `look for ${correlationId}`);
    },

    async openChanges(signal) {
      if (rules.open === null) return null;
      const operation = 'list the open records of our tickets';
      const found = pointed(await read(rules.open.path, operation, signal), rules.open.records);
      if (!Array.isArray(found)) throw unexpected(operation, `there is no list at "${rules.open.records}"`);
      return found.flatMap((record) =>
        idsIn(record).flatMap((id) => {
          const ticketId = ticketOfCorrelation(id, name);
          return ticketId === null ? [] : [{ ...toChange(record, operation), ticketId }];
        }),
      );
    },
    ticketsOf: () => Promise.resolve(null),

    async create(message, body, signal) {
      const operation = `create the change of ${message.point}`;
      const existing = await findRecord(message.correlationId, signal);
      if (existing !== null) return toChange(existing, operation);
      const { fields, note } = split(body);
      const wanted = withPointed(fields, rules.correlation, message.correlationId);
      const answer = await write('recordCreate', rules.create, {}, operation, wanted, signal);
      const made = jsonOf(answer, operation);
      const first = pointed(made, rules.read.record);
      // What an answer says of the new record is often its id alone.
      const record = isId(pointed(first, rules.id)) ? first : await findRecord(message.correlationId, signal);
      const id = pointed(record, rules.id);
      if (!isId(id)) throw unexpected(operation, `the new record has no id at "${rules.id}"`);
      const shown = await readRecord({ id: String(id), number: numberOf(record) ?? String(id) }, signal);
      const change = toChange(shown, operation);
      if (!keepsId(shown, message.correlationId)) {
        throw refuse(
          operation,
          'itsm.id_not_stored',
          `${change.number} was created and does not keep our id: write ${message.correlationId} to ${rules.correlation} and let our user write that field, then retry`,
        );
      }
      expectShown(change, differingWithin(shown, fields), operation);
      await addNote(message, change, note, signal);
      return change;
    },

    async readFields(change, names, signal) {
      const record = await readRecord(change, signal);
      return Object.fromEntries(
        names.map((name) => {
          const value = pointed(record, name.startsWith('/') ? name : `/${name}`);
          if (value === null) return [name, ''];
          if (typeof value !== 'string' && typeof value !== 'number')
            throw unexpected(`read ${change.number}`, `it does not show ${name} as a text or a number`);
          return [name, String(value)];
        }),
      );
    },

    async update(message, body, change, signal) {
      const operation = `${message.action} ${change.number}`;
      const call = message.action === 'close' ? (rules.close ?? rules.update) : rules.update;
      const { fields, note } = split(body);
      const differences = (record: unknown): Difference[] =>
        call.shows === null ? differingWithin(record, fields) : missing(record, call.shows);
      const now = await readRecord(change, signal);
      if (!keepsId(now, message.correlationId)) {
        throw refuse(
          operation,
          'itsm.foreign_record',
          `${change.number} does not show our id at ${rules.correlation}: write ${message.correlationId} there if it belongs to this ticket, or drop the message`,
        );
      }
      if ((call.shows !== null || Object.keys(fields).length > 0) && differences(now).length > 0) {
        await write('recordChange', call, change, operation, fields, signal);
        expectShown(change, differences(await readRecord(change, signal)), operation);
      }
      await addNote(message, change, note, signal);
      return change;
    },
  };

  /** A note carries a marker; one that is there already is not written again. */
  async function addNote(
    message: RenderedMessage,
    change: ItsmChange,
    text: string,
    signal?: AbortSignal,
  ): Promise<void> {
    const { note } = rules;
    if (note === null || text === '') return;
    const operation = `note in ${change.number}`;
    const marks = marksOf(message.key, ownKeys);
    const isThere = async (): Promise<boolean> =>
      textsIn(await read(filled(note.list, change), operation, signal)).some((one) =>
        endsWithMark(one, marks),
      );
    if (await isThere()) return;
    const body = withPointed({}, note.text, marked(text, marks[0]));
    await write('recordNote', note.call, change, operation, body, signal);
    if (await isThere()) return;
    throw refuse(
      operation,
      'itsm.not_shown',
      `it accepted the note, and ${change.number} does not show it; correct the rights of our user or note.list, then retry`,
    );
  }

  function split(body: Body): { readonly fields: Body; readonly note: string } {
    const member = rules.note?.member;
    const note = member === undefined ? undefined : body[member];
    const fields = Object.fromEntries(Object.entries(body).filter(([key]) => key !== member));
    return { fields, note: typeof note === 'string' ? note : '' };
  }

  function expectShown(change: ItsmChange, still: readonly Difference[], operation: string): void {
    if (still.length === 0) return;
    const texts = still.slice(0, 5).map(differenceText).join(', ');
    throw refuse(
      operation,
      'itsm.not_shown',
      `it accepted the message, and ${change.number} does not show it: ${texts}; correct the change, the rights of our user or the template, then retry`,
    );
  }

  async function readRecord(
    change: Pick<ItsmChange, 'id' | 'number'>,
    signal?: AbortSignal,
  ): Promise<unknown> {
    const answer = await read(filled(rules.read.path, change), `read ${change.number}`, signal);
    return pointed(answer, rules.read.record);
  }

  async function read(path: string, operation: string, signal?: AbortSignal): Promise<unknown> {
    const headers = { accept: 'application/json', ...server.headers };
    const response = await http.read({ path, operation, headers, signal });
    if (!isOk(response)) throw refusalOf(response, operation);
    return jsonOf(response, operation);
  }

  function jsonOf(response: HttpResponse, operation: string): unknown {
    const { kind, json } = readBody(response);
    if (kind === 'json' && !hasError(response)) return json;
    const code = hasError(response) ? 'itsm.failed_inside' : 'itsm.not_json';
    throw notAnAnswer(response, { system: http.name, operation, repeatable: true }, code);
  }

  async function write(
    what: WriteName,
    { method, path, accept }: Call,
    names: Parameters<typeof filled>[1],
    operation: string,
    body: unknown,
    signal?: AbortSignal,
  ): Promise<HttpResponse> {
    const response = await http.write(what, {
      path: filled(path, names),
      declared: { method, statuses: accept },
      operation,
      signal,
      body: JSON.stringify(body),
      headers: { accept: 'application/json', 'content-type': 'application/json', ...server.headers },
      // Repeating a send is safe, because it looks first.
      meaning: (answer) => {
        if (!isOk(answer)) throw refusalOf(answer, operation);
        return null;
      },
      unproven: 'itsm.unproven',
    });
    if (response === null) throw unexpected(operation, 'there is no answer');
    return response;
  }

  function refusalOf(response: HttpResponse, operation: string): CallFailure {
    const words = wordsOf(response);
    const call = { system: http.name, operation, repeatable: true };
    const { facts } = failureOfStatus(response, call, words);
    if (facts.kind !== 'rejected' || facts.code === 'http.redirect') return new CallFailure(facts);
    const said = words === null ? '' : ` (it says: ${words})`;
    return response.status === 404
      ? new CallFailure({
          ...facts,
          code: 'itsm.not_found',
          message: `it does not know the record or the path${said}`,
        })
      : new CallFailure({
          ...facts,
          code: 'itsm.refused',
          message: `it refused with status ${response.status}${said}`,
        });
  }

  function keepsId(record: unknown, correlationId: string): boolean {
    return idsIn(record).includes(correlationId);
  }

  /** What stands where our correlation id is kept. */
  function idsIn(record: unknown): readonly string[] {
    const isList = rules.correlation.endsWith('/-');
    const found = pointed(record, isList ? rules.correlation.slice(0, -2) : rules.correlation);
    const all: readonly unknown[] = isList ? (Array.isArray(found) ? found : []) : [found];
    return all.filter((id) => typeof id === 'string');
  }

  function toChange(record: unknown, operation: string): ItsmChange {
    const id = pointed(record, rules.id);
    const number = numberOf(record);
    if (!isId(id) || number === null) throw unexpected(operation, 'a record has no id or number');
    return { server: name, number, id: String(id) };
  }

  function numberOf(record: unknown): string | null {
    const number = pointed(record, rules.number);
    return isId(number) ? String(number) : null;
  }

  function refuse(operation: string, code: Code, message: string): CallFailure {
    return new CallFailure({ kind: 'rejected', system: http.name, operation, code, message });
  }

  function unexpected(operation: string, what: string): CallFailure {
    const message = `the answer is not as the description of its records says: ${what}; correct the description, then retry`;
    return refuse(operation, 'itsm.unexpected_answer', message);
  }
}

/** The answer has a bounded depth. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function isId(value: unknown): value is string | number {
  return (typeof value === 'string' && value !== '') || typeof value === 'number';
}

function missing(record: unknown, shows: Readonly<Record<string, string>>): Difference[] {
  return Object.entries(shows).flatMap(([pointer, asked]) => {
    const value = pointed(record, pointer);
    const is = typeof value === 'string' || typeof value === 'number' ? cleanLine(String(value)) : null;
    return is === asked ? [] : [{ name: pointer, asked, is }];
  });
}

/** Each value is one part of a path or query: nothing in it can end that part. */
function filled(
  path: string,
  names: { readonly correlationId?: string; readonly id?: string; readonly number?: string },
): string {
  const values: Readonly<Record<string, string | undefined>> = {
    correlation_id: names.correlationId,
    itsm_id: names.id,
    itsm_number: names.number,
  };
  return path.replace(/#([a-z_]+)#/g, (_whole, name: string) => encodeURIComponent(values[name] ?? ''));
}
