import { randomBytes } from 'node:crypto';
import { ApiError } from './api-error.js';
import { itsmDate } from './dates.js';
import { asText, isObject, type JsonObject } from './json.js';
import { inQueryOrder, matchesQuery } from './itsm-query.js';
import type { ItsmRecord } from './model.js';
import { bodyOf, countParameter, parameter, query, type Exchange, type Reply } from './exchange.js';
import type { Front } from './server.js';

const TABLE = '/api/now/table/change_request';
const JOURNALS = ['work_notes', 'comments'];

const noRecord = (): ApiError =>
  new ApiError(404, "Record doesn't exist or ACL restricts the record retrieval", 'No Record found');

function journalText(entries: ItsmRecord['journal'], element: string): string {
  const label = element === 'work_notes' ? 'Work notes' : 'Additional comments';
  return entries
    .filter((entry) => entry.element === element)
    .map((entry) => `${itsmDate(entry.atMs)} - ${entry.user} (${label})\n${entry.text}\n\n`)
    .reverse()
    .join('');
}

function render(exchange: Exchange, row: ItsmRecord): JsonObject {
  const whole: Record<string, string> = { ...row.fields };
  for (const element of JOURNALS) whole[element] = journalText(row.journal, element);
  return shown(exchange, whole);
}

/** What the instance shows for a value; everything else is shown as it is. */
const DISPLAY: Record<string, Record<string, string>> = {
  state: {
    '-5': 'New',
    '-4': 'Assess',
    '-3': 'Authorize',
    '-2': 'Scheduled',
    '-1': 'Implement',
    '0': 'Review',
    '3': 'Closed',
    '4': 'Canceled',
  },
  approval: { 'not requested': 'Not Yet Requested', requested: 'Requested', approved: 'Approved' },
  type: { normal: 'Normal', standard: 'Standard', emergency: 'Emergency' },
  priority: { '1': '1 - Critical', '2': '2 - High', '3': '3 - Moderate', '4': '4 - Low' },
  risk: { '2': 'High', '3': 'Moderate', '4': 'Low' },
};

/** The members `sysparm_fields` asks for, as `sysparm_display_value` wants them: values, displays, or both. */
function shown(exchange: Exchange, whole: Record<string, string>): JsonObject {
  const names = query(exchange, 'sysparm_fields')
    ?.split(',')
    .map((name) => name.trim());
  const display = query(exchange, 'sysparm_display_value')?.toLowerCase() ?? 'false';
  const row: JsonObject = {};
  for (const name of names ?? Object.keys(whole)) {
    const value = whole[name] ?? '';
    const text = DISPLAY[name]?.[value] ?? value;
    if (display === 'all') row[name] = { display_value: text, value };
    else row[name] = display === 'true' ? text : value;
  }
  return row;
}

/** The rows a list call asks for: filtered, in order, one page, with the headers of the Table API's paging. */
function answerRows(
  exchange: Exchange,
  rows: readonly Record<string, string>[],
  view: (row: Record<string, string>) => JsonObject,
): Reply {
  const encoded = query(exchange, 'sysparm_query') ?? '';
  const direct = Object.keys(exchange.request.query).filter((name) => !name.startsWith('sysparm_'));
  const found = inQueryOrder(
    rows.filter(
      (row) => matchesQuery(row, encoded) && direct.every((name) => row[name] === query(exchange, name)),
    ),
    encoded,
    (row) => row,
  );
  const offset = countParameter(exchange, 'sysparm_offset') ?? 0;
  const limit = countParameter(exchange, 'sysparm_limit') ?? 10_000;
  const headers = { 'X-Total-Count': String(found.length), ...links(exchange, offset, limit, found.length) };
  const page = found.slice(offset, offset + limit).map(view);
  return { status: 200, headers, tree: { result: page }, jsonOnly: true };
}

function links(exchange: Exchange, offset: number, limit: number, total: number): Record<string, string> {
  const to = (relation: string, start: number): string => {
    const url = new URL(exchange.request.originalUrl, exchange.base);
    url.searchParams.set('sysparm_offset', String(start));
    return `<${url.toString()}>;rel="${relation}"`;
  };
  if (limit === 0 || total <= limit) return {};
  const last = Math.floor((total - 1) / limit) * limit;
  const before = offset > 0 ? [to('prev', Math.max(0, offset - limit))] : [];
  const after = offset + limit < total ? [to('next', offset + limit)] : [];
  return { Link: [to('first', 0), ...before, ...after, to('last', last)].join(',') };
}

function list(exchange: Exchange): Reply {
  const records = new Map(exchange.simulation.site.itsm.all().map((record) => [record.fields, record]));
  return answerRows(exchange, [...records.keys()], (row) => {
    const record = records.get(row);
    return record === undefined ? {} : render(exchange, record);
  });
}

function recordOf(exchange: Exchange): ItsmRecord {
  const row = exchange.simulation.site.itsm.get(parameter(exchange, 'sysId'));
  if (!row) throw noRecord();
  return row;
}

function write(exchange: Exchange, row: ItsmRecord, body: JsonObject): void {
  const { site } = exchange.simulation;
  for (const [name, value] of Object.entries(body)) {
    const text = isObject(value) ? (asText(value['value']) ?? '') : (asText(value) ?? '');
    if (name === 'sys_id' || name === 'number') continue;
    if (!JOURNALS.includes(name)) row.fields[name] = text;
    else if (text !== '')
      row.journal.push({ element: name, atMs: site.now(), user: exchange.user.login, text });
  }
  row.fields['sys_updated_on'] = itsmDate(site.now());
  row.fields['sys_updated_by'] = exchange.user.login;
  row.fields['sys_mod_count'] = String(Number(row.fields['sys_mod_count'] ?? '-1') + 1);
  row.fields['active'] = ['3', '4'].includes(row.fields['state'] ?? '') ? 'false' : 'true';
  site.itsm.put(row.sysId, row);
}

function create(exchange: Exchange): Reply {
  const { site } = exchange.simulation;
  const body = bodyOf(exchange);
  const row = site.store.change(() => {
    const sysId = randomBytes(16).toString('hex');
    const now = itsmDate(site.now());
    const created: ItsmRecord = {
      sysId,
      fields: {
        sys_id: sysId,
        number: `CHG${String(site.nextId('change', 30_001)).padStart(7, '0')}`,
        sys_class_name: 'change_request',
        state: '-5',
        approval: 'not requested',
        type: 'normal',
        priority: '4',
        risk: '3',
        short_description: '',
        description: '',
        correlation_id: '',
        correlation_display: '',
        start_date: '',
        end_date: '',
        close_code: '',
        close_notes: '',
        opened_at: now,
        sys_created_on: now,
        sys_created_by: exchange.user.login,
      },
      journal: [],
    };
    write(exchange, created, body);
    exchange.applied();
    return created;
  });
  const location = `${exchange.base}${TABLE}/${row.sysId}`;
  return { status: 201, location, tree: { result: render(exchange, row) }, jsonOnly: true };
}

function patch(exchange: Exchange): Reply {
  const { site } = exchange.simulation;
  const row = recordOf(exchange);
  const body = bodyOf(exchange);
  site.store.change(() => {
    write(exchange, row, body);
    exchange.applied();
  });
  return { status: 200, tree: { result: render(exchange, row) }, jsonOnly: true };
}

function remove(exchange: Exchange): Reply {
  const { site } = exchange.simulation;
  const row = recordOf(exchange);
  site.store.change(() => {
    site.itsm.delete(row.sysId);
    exchange.applied();
  });
  return { status: 204 };
}

function journal(exchange: Exchange): Reply {
  const rows = exchange.simulation.site.itsm.all().flatMap((row) =>
    row.journal.map((entry, at) => ({
      sys_id: `${row.sysId.slice(0, 24)}${String(at).padStart(8, '0')}`,
      element_id: row.sysId,
      element: entry.element,
      name: 'change_request',
      value: entry.text,
      sys_created_on: itsmDate(entry.atMs),
      sys_created_by: entry.user,
    })),
  );
  return answerRows(exchange, rows, (row) => shown(exchange, row));
}

/** Registers the ServiceNow-shaped change table with its journal. JSON only. */
export function itsmRoutes(front: Front): void {
  front.route('get', TABLE, list);
  front.route('post', TABLE, create);
  front.route('get', `${TABLE}/:sysId`, (exchange) => ({
    status: 200,
    tree: { result: render(exchange, recordOf(exchange)) },
    jsonOnly: true,
  }));
  front.route('patch', `${TABLE}/:sysId`, patch);
  front.route('put', `${TABLE}/:sysId`, patch);
  front.route('delete', `${TABLE}/:sysId`, remove);
  front.route('get', '/api/now/table/sys_journal_field', journal);
}
