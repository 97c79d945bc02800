/** Speaks to the simulator as outsiders do: requesters over REST, people and faults over its control calls. */

export interface Write {
  readonly seq: number;
  readonly atMs: number;
  readonly system: string;
  readonly path: string;
  readonly action: string;
  readonly ticketId?: number;
  readonly deviceId?: number;
  readonly status: number | null;
  readonly applied: boolean;
}

export interface SimulatedTicket {
  readonly id: number;
  readonly status: string;
  readonly epoch: number;
  readonly step: { readonly id: number; readonly name: string } | null;
  readonly tasks: readonly { readonly id: number; readonly status: string }[];
  readonly devices: readonly {
    readonly id: number;
    readonly push: string | null;
    readonly commit: string | null;
  }[];
}

export interface SimulatorClient {
  readonly url: string;
  createTicket(options: {
    subject: string;
    workflow?: string;
    targets?: readonly Target[];
    requests?: number;
  }): Promise<string>;
  act(
    ticketId: string,
    act: { as: string; do: string; toStep?: string; reason?: string; comment?: string },
  ): Promise<void>;
  writes(since?: number): Promise<readonly Write[]>;
  ticket(ticketId: string): Promise<SimulatedTicket>;
  fault(fault: object): Promise<number>;
  clearFaults(): Promise<void>;
  timings(timings: object): Promise<void>;
  switches(switches: object): Promise<void>;
  changes(): Promise<
    readonly {
      readonly sys_id: string;
      readonly correlation_id: string;
      readonly state: string;
      readonly number: string;
    }[]
  >;
  call(method: string, path: string, body?: object): Promise<Response>;
}

export interface Target {
  readonly id: number;
  readonly name: string;
}

export const DEVICES = {
  dgB: { id: 21, name: 'DG-B' },
  adom: { id: 31, name: 'ADOM-RETAIL' },
  cma: { id: 51, name: 'CMA-DE' },
  asa: { id: 40, name: 'ASA-EDGE' },
  srx: { id: 41, name: 'SRX 100 FireWall' },
} as const;

export function simulatorClient(url: string): SimulatorClient {
  const api = '/securechangeworkflow/api/securechange';
  async function call(method: string, path: string, body?: object, user?: string): Promise<Response> {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(user !== undefined && {
          authorization: `Basic ${Buffer.from(`${user}:${user}`).toString('base64')}`,
        }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
    if (!response.ok)
      throw new Error(
        `simulator: ${method} ${path}: ${response.status} ${(await response.text()).slice(0, 200)}`,
      );
    return response;
  }
  const control = async (method: string, path: string, body?: object): Promise<unknown> =>
    (await call(method, `/simulator${path}`, body)).json();

  return {
    url,
    call,
    async createTicket({ subject, workflow = 'Firewall change', targets = [], requests = 1 }) {
      const access = Array.from({ length: requests }, (_, index) => accessRequest(index + 1, targets));
      const field = { '@xsi.type': 'multi_access_request', name: 'Required Access', access_request: access };
      const body = {
        ticket: {
          subject,
          priority: 'Normal',
          domain_name: '',
          workflow: { name: workflow },
          steps: { step: { name: 'Open Request', tasks: { task: { fields: { field: [field] } } } } },
        },
      };
      const response = await call('POST', `${api}/tickets`, body, 'j.meier');
      const id = /\/tickets\/(\d+)/.exec(response.headers.get('location') ?? '')?.[1];
      if (id === undefined) throw new Error('simulator: the created ticket has no Location');
      return id;
    },
    async act(ticketId, act) {
      await control('POST', `/tickets/${ticketId}/act`, act);
    },
    async writes(since = 0) {
      return ((await control('GET', `/writes?since=${since}`)) as { writes: Write[] }).writes;
    },
    async ticket(ticketId) {
      const state = (await control('GET', '/state')) as { tickets: SimulatedTicket[] };
      const found = state.tickets.find((ticket) => String(ticket.id) === ticketId);
      if (!found) throw new Error(`simulator: no ticket ${ticketId}`);
      return found;
    },
    fault: async (fault) => ((await control('POST', '/faults', fault)) as { id: number }).id,
    async clearFaults() {
      await control('DELETE', '/faults');
    },
    async timings(timings) {
      await control('PUT', '/timings', timings);
    },
    async switches(switches) {
      await control('PUT', '/switches', switches);
    },
    async changes() {
      const response = await call('GET', '/api/now/table/change_request', undefined, 'itsm');
      return (
        (await response.json()) as {
          result: { sys_id: string; correlation_id: string; state: string; number: string }[];
        }
      ).result;
    },
  };
}

function accessRequest(order: number, targets: readonly Target[]): object {
  return {
    order: `AR${order}`,
    use_topology: true,
    action: 'Accept',
    ...(targets.length > 0 && {
      targets: {
        target: targets.map(({ id, name }) => ({
          '@type': 'Object',
          object_name: name,
          object_type: 'firewall',
          management_id: id,
          management_name: name,
        })),
      },
    }),
    sources: { source: { '@type': 'IP', ip_address: '10.20.4.15', netmask: '255.255.255.255', cidr: 32 } },
    destinations: {
      destination: { '@type': 'IP', ip_address: '172.16.90.5', netmask: '255.255.255.255', cidr: 32 },
    },
    services: { service: { '@type': 'PROTOCOL', protocol: 'TCP', port: 8000 + order } },
  };
}
