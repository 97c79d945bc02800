import { CallFailure } from '../../domain/failure.js';
import type { Http } from '../../http/http.js';

/** One workflow's events of one registered script. */
export interface Trigger {
  readonly script: string;
  readonly workflow: string;
  readonly events: readonly string[];
}

const PATH = '/securechangeworkflow/api/securechange/triggers';

/** `GET /triggers` of SecureChange; throws `CallFailure`. */
export async function readTriggers(http: Http): Promise<readonly Trigger[]> {
  const operation = 'read triggers';
  const { text } = await http.request({
    method: 'GET',
    path: PATH,
    headers: { accept: 'application/json' },
    operation,
    repeatable: true,
  });
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw new CallFailure(
      {
        kind: 'bug',
        system: http.name,
        operation,
        code: `${http.name}.wrong_schema`,
        message: 'the answer is no JSON',
      },
      { cause: error },
    );
  }
  return toTriggers(body);
}

/** `workflow_triggers.workflow_trigger[].triggers[]`; a single entry may come without its list, an empty list as `""`. */
export function toTriggers(body: unknown): readonly Trigger[] {
  return listOf(member(member(body, 'workflow_triggers'), 'workflow_trigger')).flatMap((registered) => {
    const script =
      text(member(member(registered, 'executer'), 'path')) ?? text(member(registered, 'name')) ?? '?';
    const inner = member(registered, 'triggers');
    return listOf(member(inner, 'trigger') ?? inner).flatMap((trigger) => {
      const workflow = text(member(member(trigger, 'workflow'), 'name'));
      const given = member(trigger, 'events');
      const events = listOf(member(given, 'event') ?? given).flatMap((event) => text(event) ?? []);
      return workflow === null ? [] : [{ script, workflow, events }];
    });
  });
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null || value === '') return [];
  return Array.isArray(value) ? value : [value];
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return (value as Record<string, unknown>)[name];
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
