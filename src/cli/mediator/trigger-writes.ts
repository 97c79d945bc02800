import type { Http } from '../../http/http.js';
import { createCaller } from '../../securechange/call.js';
import { TRIGGERS_PATH } from '../doctor/triggers.js';
import type { Registration } from './registration.js';

/** Registers a script in SecureChange; its user needs the right of an administrator. */
export async function registerTrigger(http: Http, { name, path, workflows }: Registration): Promise<void> {
  const body = {
    workflow_triggers: {
      workflow_trigger: [
        {
          name,
          executer: { '@xsi.type': 'ScriptDTO', path, arguments: '' },
          triggers: workflows.map(({ workflow, events }) => ({
            name: workflow,
            workflow: { name: workflow },
            events,
          })),
        },
      ],
    },
  };
  const operation = `register ${name}`;
  await createCaller(http).write('registerTrigger', { path: TRIGGERS_PATH, body, operation });
}

export async function removeTrigger(http: Http, id: string): Promise<void> {
  const path = `${TRIGGERS_PATH}/${encodeURIComponent(id)}`;
  await createCaller(http).write('removeTrigger', { path, operation: `remove trigger ${id}` });
}
