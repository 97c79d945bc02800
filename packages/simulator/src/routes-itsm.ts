import { randomBytes } from 'node:crypto';
import { ApiError } from './api-error.js';
import { itsmDate } from './dates.js';
import { asText, isObject, type JsonObject } from './json.js';
import type { ItsmRecord } from './model.js';
import { bodyOf, parameter, query, type Exchange, type Reply } from './exchange.js';
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
  const wanted = query(exchange, 'sysparm_fields')?.split(',');
  if (!wanted) return whole;
  return Object.fromEntries(wanted.map((name) => [name.trim(), whole[name.trim()] ?? '']));
}

/** One condition of an encoded query, such as `correlation_id=x` or `state!=7`. */
function holdsFor(row: Record<string, string>, condition: string): boolean {
  const parts = /^([\w.]+?)(!=|=|NOT IN|IN|LIKE|STARTSWITH|ISEMPTY|ISNOTEMPTY)(.*)$/s.exec(condition);
  if (!parts) return true;
  const [, name = '', operator = '', wanted = ''] = parts;
  const value = row[name] ?? '';
  if (operator === '=') return value === wanted;
  if (operator === '!=') return value !== wanted;
  if (operator === 'IN') return wanted.split(',').includes(value);
  if (operator === 'NOT IN') return !wanted.split(',').includes(value);
  if (operator === 'LIKE') return value.toLowerCase().includes(wanted.toLowerCase());
  if (operator === 'STARTSWITH') return value.startsWith(wanted);
  return operator === 'ISEMPTY' ? value === '' : value !== '';
}

function matches(row: Record<string, string>, encoded: string): boolean {
  const conditions = encoded.split('^').filter((one) => one !== '' && !one.startsWith('ORDERBY'));
  return conditions.every((condition) => holdsFor(row, condition));
}

function list(exchange: Exchange): Reply {
  const encoded = query(exchange, 'sysparm_query') ?? '';
  const direct = Object.keys(exchange.request.query).filter((name) => !name.startsWith('sysparm_'));
  const found = exchange.simulation.world.itsm
    .all()
    .filter(
      (row) =>
        matches(row.fields, encoded) && direct.every((name) => row.fields[name] === query(exchange, name)),
    );
  const offset = Number(query(exchange, 'sysparm_offset') ?? 0);
  const limit = Number(query(exchange, 'sysparm_limit') ?? 10_000);
  const page = found.slice(offset, offset + limit);
  const headers = { 'X-Total-Count': String(found.length) };
  return { status: 200, headers, tree: { result: page.map((row) => render(exchange, row)) }, jsonOnly: true };
}

function recordOf(exchange: Exchange): ItsmRecord {
  const row = exchange.simulation.world.itsm.get(parameter(exchange, 'sysId'));
  if (!row) throw noRecord();
  return row;
}

function write(exchange: Exchange, row: ItsmRecord, body: JsonObject): void {
  const { world } = exchange.simulation;
  for (const [name, value] of Object.entries(body)) {
    const text = isObject(value) ? (asText(value['value']) ?? '') : (asText(value) ?? '');
    if (name === 'sys_id' || name === 'number') continue;
    if (!JOURNALS.includes(name)) row.fields[name] = text;
    else if (text !== '')
      row.journal.push({ element: name, atMs: world.now(), user: exchange.user.login, text });
  }
  row.fields['sys_updated_on'] = itsmDate(world.now());
  row.fields['sys_updated_by'] = exchange.user.login;
  row.fields['sys_mod_count'] = String(Number(row.fields['sys_mod_count'] ?? '-1') + 1);
  row.fields['active'] = ['3', '4'].includes(row.fields['state'] ?? '') ? 'false' : 'true';
  world.itsm.put(row.sysId, row);
}

function create(exchange: Exchange): Reply {
  const { world } = exchange.simulation;
  const body = bodyOf(exchange);
  const row = world.store.change(() => {
    const sysId = randomBytes(16).toString('hex');
    const now = itsmDate(world.now());
    const created: ItsmRecord = {
      sysId,
      fields: {
        sys_id: sysId,
        number: `CHG${String(world.nextId('change', 30_001)).padStart(7, '0')}`,
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
  const { world } = exchange.simulation;
  const row = recordOf(exchange);
  const body = bodyOf(exchange);
  world.store.change(() => {
    write(exchange, row, body);
    exchange.applied();
  });
  return { status: 200, tree: { result: render(exchange, row) }, jsonOnly: true };
}

function journal(exchange: Exchange): Reply {
  const encoded = query(exchange, 'sysparm_query') ?? '';
  const rows = exchange.simulation.world.itsm.all().flatMap((row) =>
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
  return { status: 200, tree: { result: rows.filter((row) => matches(row, encoded)) }, jsonOnly: true };
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
  front.route('get', '/api/now/table/sys_journal_field', journal);
}
