/** Reads one schedule of ServiceNow with its entries. Only GET. */
import type { Code } from '../domain/codes.js';
import { CallFailure } from '../domain/failure.js';
import type { OutboundServer } from '../domain/outbound-server.js';
import type { ScheduleRow, ServiceNowSchedule } from '../domain/servicenow-schedule.js';
import { createHttp } from '../http/http.js';
import { authOf, connectionOf, needsToken, secretsOf } from './server-connection.js';
import { valueOf } from './shown-fields.js';
import { createTableApi } from './table-api.js';
import type { Tokens } from './tokens.js';

const MOST_ENTRIES = 1_000;
const OF_SCHEDULE = ['sys_id', 'name', 'type', 'time_zone', 'parent'] as const;
const OF_ENTRY = [
  'sys_id',
  'schedule',
  'parent',
  'name',
  'type',
  'start_date_time',
  'end_date_time',
  'repeat_type',
  'repeat_count',
  'repeat_until',
  'days_of_week',
] as const;

/** Throws a `CallFailure` where the schedule cannot be read whole: a field that is not shown is unknown, not blank. */
export async function readSchedule(
  server: OutboundServer,
  name: string,
  tokens: Tokens,
): Promise<ServiceNowSchedule> {
  const system = `itsm/${server.name}`;
  const refuse = (operation: string, code: Code, message: string): CallFailure =>
    new CallFailure({ kind: 'rejected', system, operation, code, message });
  if (server.kind !== 'servicenow' || name.includes('^'))
    throw refuse(
      `read schedule ${name}`,
      'itsm.not_configured',
      server.kind === 'servicenow'
        ? 'a name with ^ cannot be asked for; rename it'
        : 'it is no ServiceNow server',
    );
  const auth = needsToken(server.auth)
    ? ({ kind: 'bearer', token: await tokens.tokenFor(server) } as const)
    : authOf(server.auth);
  const http = createHttp({
    name: system,
    baseUrl: server.url,
    auth,
    secrets: secretsOf(server.auth),
    ...connectionOf(server),
  });
  const api = createTableApi(server, http);
  try {
    const [schedule, second] = await rows('cmn_schedule', 'name', name, OF_SCHEDULE);
    if (schedule === undefined)
      throw refuse(`read schedule ${name}`, 'itsm.not_found', 'there is none, or our user may not read it');
    if (second !== undefined)
      throw refuse(
        `read schedule ${name}`,
        'itsm.unexpected_answer',
        'several have that name; rename the others',
      );
    const id = schedule['sys_id'] ?? '';
    const entries = await rows('cmn_schedule_span', 'schedule', id, OF_ENTRY);
    const others = await rows('cmn_other_schedule', 'schedule', id, ['sys_id', 'schedule']);
    return { schedule, entries, others: others.length };
  } finally {
    await http.close();
  }

  async function rows(
    table: string,
    field: string,
    value: string,
    names: readonly string[],
  ): Promise<readonly ScheduleRow[]> {
    const operation = `read ${table} of schedule ${name}`;
    const result = await api.rows(table, operation, {
      sysparm_query: `${field}=${value}^ORDERBYsys_id`,
      sysparm_fields: names.join(','),
      sysparm_exclude_reference_link: 'true',
      sysparm_limit: MOST_ENTRIES,
    });
    if (result.length >= MOST_ENTRIES)
      throw refuse(
        operation,
        'itsm.unexpected_answer',
        `it has ${MOST_ENTRIES} records or more; divide the schedule`,
      );
    return result.map((row) => {
      const shown = names.map((one) => [one, valueOf(row[one])] as const);
      const absent = shown.find(([, text]) => text === null);
      if (absent !== undefined)
        throw refuse(
          operation,
          'itsm.unexpected_answer',
          `it does not show ${absent[0]}; let our user read that field of ${table}, then run it again`,
        );
      const texts = Object.fromEntries(shown.map(([one, text]) => [one, text ?? '']));
      if (texts[field] !== value)
        throw refuse(
          operation,
          'itsm.foreign_record',
          `it answered with records of others: it ignores the condition on ${field}; let our user read that field of ${table}`,
        );
      return texts;
    });
  }
}
