import type { RunningSimulator } from '../../packages/simulator/src/index.js';
import { eventually } from './eventually.js';

export const MEDIATOR_TEST_LOGIN = 'wf-api';

/** A ticket of the workflow Mediator Test in the step Approval, which it has just entered from Auto Target. */
export async function ticketInApproval(simulator: RunningSimulator): Promise<string> {
  const created = await call(simulator, 'POST', '/tickets', {
    ticket: {
      subject: 'sample',
      priority: 'Normal',
      workflow: { name: 'Mediator Test' },
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
                        order: 'AR1',
                        targets: { target: { '@type': 'ANY' } },
                        users: { user: ['Any'] },
                        sources: {
                          source: [{ '@type': 'IP', ip_address: '10.1.1.1', netmask: '255.255.255.255' }],
                        },
                        destinations: {
                          destination: [
                            { '@type': 'IP', ip_address: '10.2.2.2', netmask: '255.255.255.255' },
                          ],
                        },
                        services: { service: [{ '@type': 'PROTOCOL', protocol: 'TCP', port: 443 }] },
                        action: 'Accept',
                      },
                    },
                  ],
                },
              },
            },
          },
        ],
      },
    },
  });
  if (created.status !== 201) throw new Error(`the simulator answered ${created.status}`);
  const id = /(\d+)(?:\?.*)?$/.exec(created.headers.get('location') ?? '')?.[1] ?? '';
  await eventually('the step Approval', async () => (await approveField(simulator, id)) !== undefined);
  return id;
}

/** The field that the vendor's sample writes to; undefined while the ticket is not in the step. */
export async function approveField(
  simulator: RunningSimulator,
  id: string,
): Promise<{ reason?: string; approved?: unknown } | undefined> {
  const { ticket } = (await (await call(simulator, 'GET', `/tickets/${id}`)).json()) as {
    ticket: { current_step: { name: string }; steps: { step: object | object[] } };
  };
  if (ticket.current_step.name !== 'Approval') return undefined;
  const step = [ticket.steps.step].flat().at(-1) as { tasks: { task: object | object[] } };
  const task = [step.tasks.task].flat()[0] as { fields: { field: object | object[] } };
  return ([task.fields.field].flat() as { name: string; reason?: string; approved?: unknown }[]).find(
    (field) => field.name === 'Approve Access Request',
  );
}

async function call(
  simulator: RunningSimulator,
  method: string,
  path: string,
  body?: object,
): Promise<Response> {
  const credential = `${MEDIATOR_TEST_LOGIN}:${MEDIATOR_TEST_LOGIN}`;
  return fetch(`${simulator.url}/securechangeworkflow/api/securechange${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(credential).toString('base64')}`,
      accept: 'application/json',
      'content-type': 'application/json',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}
