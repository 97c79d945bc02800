/** What a record shows after a message of an integration point, as far as its template says it without placeholders. */
import type { IntegrationPoint } from '../domain/process.js';
import type { RecordRules } from '../domain/record-rules.js';
import { JOURNALS } from './servicenow.js';

/** Names, or paths such as `fields/summary`, with the values that are written there. Notes are not among them. */
export function fieldsWritten(
  { action, body }: Pick<IntegrationPoint, 'action' | 'body'>,
  rules: RecordRules | null,
): Readonly<Record<string, string>> {
  if (action !== 'create' && action !== 'update' && action !== 'close') return {};
  const call = rules === null ? null : action === 'close' ? (rules.close ?? rules.update) : rules[action];
  if (call !== null && call.shows !== null)
    return Object.fromEntries(
      Object.entries(call.shows).map(([pointer, value]) => [pointer.slice(1), value]),
    );
  const notes: readonly string[] = rules === null ? JOURNALS : rules.note === null ? [] : [rules.note.member];
  const fields = Object.entries(body).filter(([name]) => !notes.includes(name));
  return Object.fromEntries(fields.flatMap(([name, value]) => leaves(name, value)));
}

function leaves(path: string, value: unknown): [path: string, text: string][] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return Object.entries(value).flatMap(([name, inner]) => leaves(`${path}/${name}`, inner));
  if (typeof value === 'number') return [[path, String(value)]];
  return typeof value === 'string' && !value.includes('#') ? [[path, value]] : [];
}
