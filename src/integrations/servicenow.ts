/** ServiceNow's Table API, as far as changes need it. Every write looks first, so that a repeated send adds nothing. */
import { CORRELATION_PREFIX } from '../domain/ids.js';
import { cleanLine } from '../domain/clean-text.js';
import type { CallFailure } from '../domain/failure.js';
import type { ItsmChange } from '../domain/outbox.js';
import { hasMark, marked } from '../domain/marked-text.js';
import type { OutboundServer } from '../domain/outbound-server.js';
import type { Http } from '../http/http.js';
import { isBody, type Body, type ChangeApi } from './change-api.js';
import { changeOwner, NoTicketList } from './change-owner.js';
import { marksOf } from './marker.js';
import { differenceText, differing, valueOf } from './shown-fields.js';
import { createTableApi } from './table-api.js';

/** Fields that ServiceNow appends to rather than overwrites: only these could show one message twice. */
export const JOURNALS = ['work_notes', 'comments'] as const;

/** Of one answer; more open changes are not compared. */
const MOST_LISTED = 5_000;

/** `ownKeys`: see `marksOf`. */
export function createServiceNow(server: OutboundServer, http: Http, ownKeys: readonly string[]): ChangeApi {
  const api = createTableApi(server, http);
  const { refuse, unexpected } = api;
  const owner = changeOwner(server);

  async function findRow(correlationId: string, signal?: AbortSignal): Promise<Body | null> {
    const operation = `look for ${correlationId}`;
    const query = {
      sysparm_query: owner.find(correlationId),
      sysparm_fields: ['sys_id', 'number', owner.field].join(','),
      sysparm_limit: MOST_LISTED,
    };
    const rows = await api.rows(server.table, operation, query, signal);
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
      const query = {
        sysparm_query: `${owner.findAll}^active=true^ORDERBYnumber`,
        sysparm_fields: ['sys_id', 'number', owner.field].join(','),
        sysparm_limit: MOST_LISTED,
      };
      const rows = await api.rows(server.table, operation, query, signal);
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
      const row = await api.write('itsmCreate', server.table, operation, wanted, signal);
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
        const moved = await api.write('itsmUpdate', pathOf(change), operation, { state }, signal);
        await expectShown(change, moved, { fields: { state }, note: null, operation }, signal);
      }
      const wanted =
        note === null || isNoted
          ? fields
          : { ...fields, [note.journal]: marked(textOf(body[note.journal]), note.marks[0]) };
      const shownNow = await api.write('itsmUpdate', pathOf(change), operation, wanted, signal);
      await expectShown(change, shownNow, { fields, note, operation }, signal);
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
    return `${server.table}/${encodeURIComponent(change.id)}`;
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
    return await api.row(pathOf(change), operation, query, signal);
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

function plainFields(body: Body): Body {
  return Object.fromEntries(
    Object.entries(body).filter(([name]) => !(JOURNALS as readonly string[]).includes(name)),
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
