import { z } from 'zod';
import type { Http } from '../../http/http.js';
import type { Registered } from '../mediator/registration.js';
import { createCaller } from '../../securechange/call.js';
import {
  toList,
  toObject,
  toText,
  toWrappedList,
  wireAnswer,
  wireName,
} from '../../securechange/normalise.js';
import { readRows, wireAny, type Rows } from '../../securechange/rows.js';

/** One workflow's events of one registered script. */
export interface Trigger {
  readonly script: string;
  readonly workflow: string;
  readonly events: readonly string[];
}

export const TRIGGERS_PATH = '/securechangeworkflow/api/securechange/triggers';

/** `GET /triggers` of SecureChange; throws `CallFailure`. */
export async function readTriggers(http: Http): Promise<Rows<Trigger>> {
  const answer = await createCaller(http).find(triggersSchema, {
    path: TRIGGERS_PATH,
    operation: 'read triggers',
  });
  return answer?.workflow_triggers ?? { rows: [], odd: [] };
}

/** The same, script by script. */
export async function readRegistrations(http: Http): Promise<Rows<Registered>> {
  const request = { path: TRIGGERS_PATH, operation: 'read triggers' };
  const answer = await createCaller(http).find(registrationsSchema, request);
  return answer?.workflow_triggers ?? { rows: [], odd: [] };
}

const namedSchema = z.object({ name: wireName });
const triggerSchema = z.object({ workflow: namedSchema, events: wireAny });
const registeredSchema = z.object({
  id: wireAny,
  name: wireAny,
  executer: wireAny,
  triggers: wireAny.transform((value) => {
    const inner = toObject(value)?.['trigger'] ?? value;
    return readRows('trigger', triggerSchema, toList(inner));
  }),
});

/** `workflow_triggers.workflow_trigger[].triggers[]`; each list in any of its forms. */
export const triggersSchema = wireAnswer(
  'workflow_triggers',
  wireAny.transform((value): Rows<Trigger> => {
    const registered = readRows('script', registeredSchema, toWrappedList(value, 'workflow_trigger'));
    const rows = registered.rows.flatMap(({ name, executer, triggers }) =>
      triggers.rows.map((trigger) => ({
        script: toText(toObject(executer)?.['path']) ?? toText(name) ?? '?',
        workflow: trigger.workflow.name,
        events: eventsOf(trigger.events),
      })),
    );
    return { rows, odd: [...registered.odd, ...registered.rows.flatMap(({ triggers }) => triggers.odd)] };
  }),
);

const registrationsSchema = wireAnswer(
  'workflow_triggers',
  wireAny.transform((value): Rows<Registered> => {
    const registered = readRows('script', registeredSchema, toWrappedList(value, 'workflow_trigger'));
    const rows = registered.rows.map(({ id, name, executer, triggers }) => ({
      id: toText(id) ?? '',
      name: toText(name) ?? '?',
      path: toText(toObject(executer)?.['path']) ?? '?',
      workflows: triggers.rows.map((trigger) => ({
        workflow: trigger.workflow.name,
        events: eventsOf(trigger.events),
      })),
    }));
    return { rows, odd: [...registered.odd, ...registered.rows.flatMap(({ triggers }) => triggers.odd)] };
  }),
);

function eventsOf(value: unknown): readonly string[] {
  return toList(toObject(value)?.['event'] ?? value).flatMap((event) => toText(event) ?? []);
}
