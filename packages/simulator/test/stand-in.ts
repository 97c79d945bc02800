import { startSimulator, type RunningSimulator, type ScenarioInput } from '../src/index.js';
import { eventually } from './eventually.js';

export const API = '/securechangeworkflow/api/securechange';

/** Short times, so that a ticket's life takes well under a second. */
export const QUICK = {
  designMs: 20,
  updateMs: 20,
  commitMs: 20,
  autoStepMs: 20,
  redoMs: 20,
  windowRunMs: 20,
};

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The body as parsed JSON; undefined when it is none. */
  json: unknown;
}

export interface Place {
  status: string;
  step: string | undefined;
  stepId: number;
  taskId: number;
  taskStatus: string;
  assignee: string | undefined;
  fieldId: number;
  designer: string;
  /** Path of the Designer calls of this task's request field. */
  designerPath: string;
  taskPath: string;
}

type Tree = Record<string, unknown>;

/** Reads a member of an untyped tree: `at(answer.json, 'ticket', 'steps', 'step', 0)`. */
export function at(tree: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Tree | undefined)?.[key], tree);
}

/** A value that may be absent, `""`, one object or a list, as a list. */
export function list(value: unknown): Tree[] {
  if (value === undefined || value === '') return [];
  return Array.isArray(value) ? (value as Tree[]) : [value as Tree];
}

/** An external program's view of a running simulator: HTTP only. */
export class StandIn {
  readonly running: RunningSimulator;
  user = 'wf-api';

  constructor(running: RunningSimulator) {
    this.running = running;
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const itsm = path.startsWith('/api/now');
    const login = itsm ? 'itsm' : this.user;
    const text = typeof body === 'string';
    const response = await fetch(this.running.url + path, {
      method,
      headers: {
        Accept: 'application/json',
        Authorization: `Basic ${Buffer.from(`${login}:${login}`).toString('base64')}`,
        ...(body === undefined ? {} : { 'Content-Type': text ? 'application/xml' : 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: text ? body : JSON.stringify(body) }),
    });
    const answer = await response.text();
    let json: unknown;
    try {
      json = JSON.parse(answer);
    } catch {
      json = undefined;
    }
    return { status: response.status, headers: response.headers, text: answer, json };
  }

  /** A control call, which must be accepted. */
  async control(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await this.call(method, `/simulator${path}`, body);
    if (answer.status !== 200)
      throw new Error(`${method} /simulator${path}: ${String(answer.status)} ${answer.text}`);
    return answer.json;
  }

  act(id: number, as: string, what: string, more: object = {}): Promise<unknown> {
    return this.control('POST', `/tickets/${String(id)}/act`, { as, do: what, ...more });
  }

  async writes(): Promise<Tree[]> {
    return list(at(await this.control('GET', '/writes'), 'writes'));
  }

  async scriptRuns(): Promise<Tree[]> {
    return list(at(await this.control('GET', '/script-runs'), 'runs'));
  }

  /** Creates a ticket and says its id. */
  async create(workflow = 'Firewall change', targets: object = { '@type': 'ANY' }): Promise<number> {
    const answer = await this.call('POST', `${API}/tickets`, ticketBody(workflow, targets));
    const id = Number(answer.headers.get('location')?.split('/').pop());
    if (answer.status !== 201) throw new Error(`ticket not created: ${String(answer.status)} ${answer.text}`);
    return id;
  }

  ticket(id: number): Promise<unknown> {
    return this.call('GET', `${API}/tickets/${String(id)}`).then((answer) => at(answer.json, 'ticket'));
  }

  /** Where a ticket stands: its current step's first task and request field. */
  async place(id: number): Promise<Place> {
    const ticket = await this.ticket(id);
    const current = at(ticket, 'current_step');
    const steps = list(at(ticket, 'steps', 'step'));
    const step = steps.find((one) => one['id'] === at(current, 'id')) ?? steps.at(-1);
    const task = list(at(step, 'tasks', 'task'))[0];
    const field = list(at(task, 'fields', 'field')).find((one) =>
      String(one['@xsi.type']).startsWith('multi_'),
    );
    const taskPath = `${API}/tickets/${String(id)}/steps/${String(step?.['id'])}/tasks/${String(task?.['id'])}`;
    return {
      status: String(at(ticket, 'status')),
      step: at(current, 'name') as string | undefined,
      stepId: Number(step?.['id']),
      taskId: Number(task?.['id']),
      taskStatus: String(task?.['status']),
      assignee: task?.['assignee'] as string | undefined,
      fieldId: Number(field?.['id']),
      designer: (at(field, 'designer_result', 'status') as string | undefined) ?? 'not run',
      designerPath: `${taskPath}/fields/${String(field?.['id'])}/designer`,
      taskPath,
    };
  }

  /** Ends at once everything asynchronous that is under way. */
  finish(): Promise<unknown> {
    return this.control('POST', '/operations/finish');
  }

  /** Waits until a ticket's current task is no longer PENDING. */
  notPending(id: number): Promise<Place> {
    return eventually(`task of ticket ${String(id)} leaves PENDING`, async () => {
      const place = await this.place(id);
      return place.taskStatus !== 'PENDING' && place;
    });
  }

  arrives(id: number, step: string): Promise<Place> {
    return eventually(`ticket ${String(id)} arrives at ${step}`, async () => {
      const place = await this.place(id);
      return place.step === step && place;
    });
  }

  done(place: Place, fields: object | '' = ''): Promise<Answer> {
    return this.call('PUT', place.taskPath, { task: { id: place.taskId, status: 'DONE', fields } });
  }

  /** A ticket of `Firewall change`, designed and approved: its task of step Implementation. */
  async implementation(targets?: object): Promise<{ id: number; place: Place }> {
    const id = await this.create('Firewall change', targets);
    await this.call('PUT', `${(await this.place(id)).designerPath}/redesign`);
    await this.done(await this.notPending(id));
    await this.act(id, 'a.kaya', 'approve', { reason: 'fine' });
    return { id, place: await this.place(id) };
  }

  async designerOf(place: Place): Promise<Tree[]> {
    const answer = await this.call('GET', place.designerPath);
    return list(at(answer.json, 'designer_results', 'suggestions_per_device', 'device_suggestion'));
  }

  async device(id: number): Promise<{ saved: Tree[]; enforced: Tree[] }> {
    const state = await this.control('GET', '/state');
    const found = list(at(state, 'devices')).find((one) => one['id'] === id);
    return { saved: list(found?.['saved']), enforced: list(found?.['enforced']) };
  }
}

const BILLING = {
  '@type': 'Object',
  object_name: 'billing-net',
  object_type: 'network',
  object_details: '172.16.91.0/255.255.255.0',
  management_id: 21,
};

export function ticketBody(workflow: string, target: object = { '@type': 'ANY' }): object {
  return {
    ticket: {
      subject: 'CRM frontend to billing API',
      requester: 'j.meier',
      priority: 'Normal',
      domain_name: '',
      workflow: { name: workflow },
      steps: {
        step: [
          {
            name: 'Open Request',
            tasks: {
              task: {
                fields: {
                  field: [
                    {
                      '@xsi.type': 'multi_access_request',
                      name: 'Required Access',
                      access_request: {
                        targets: { target },
                        sources: { source: { '@type': 'IP', ip_address: '10.20.4.15', cidr: 32 } },
                        destinations: {
                          destination: [{ '@type': 'IP', ip_address: '172.16.90.5', cidr: 32 }, BILLING],
                        },
                        services: { service: { '@type': 'PROTOCOL', protocol: 'TCP', port: 8443 } },
                        action: 'Accept',
                        labels: '',
                      },
                    },
                    { '@xsi.type': 'text_area', name: 'Business justification', text: 'CRM release 14' },
                  ],
                },
              },
            },
          },
        ],
      },
    },
  };
}

/** Starts a simulator with quick timings; `more` replaces members of the default scenario. */
export async function startStandIn(more: Partial<ScenarioInput> = {}, stateFile?: string): Promise<StandIn> {
  const scenario = { timings: QUICK, ...more };
  return new StandIn(await startSimulator({ scenario, ...(stateFile === undefined ? {} : { stateFile }) }));
}
