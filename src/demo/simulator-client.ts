/** The simulator over HTTP, as requesters, handlers and ITSM users of the real systems would use it. */

/** One write the simulator received, in order: the proof of what was done and how often. */
export interface Write {
  readonly seq: number;
  readonly atMs: number;
  readonly system: 'securechange' | 'securetrack' | 'itsm';
  readonly method: string;
  readonly path: string;
  readonly user: string | null;
  readonly action: string;
  readonly ticketId?: number;
  readonly deviceId?: number;
  /** null while unanswered; 0 when the connection broke instead. */
  readonly status: number | null;
  /** It took effect. */
  readonly applied: boolean;
}

export interface SimulatedTicket {
  readonly id: number;
  readonly status: string;
  readonly step: { readonly id: number; readonly name: string } | null;
}

export interface SimulatedDevice {
  readonly id: number;
  readonly name: string;
  readonly saved: readonly { readonly ticketId: number | null }[];
  readonly enforced: readonly { readonly ticketId: number | null }[];
}

export interface ScriptRun {
  readonly ticketId: number | null;
  readonly event: string;
  readonly state: string;
  readonly attempts: readonly { readonly exitCode: number | null }[];
}

export interface ItsmChange {
  readonly number: string;
  readonly correlationId: string;
  readonly state: string;
  readonly shortDescription: string;
  readonly notes: readonly { readonly atMs: number; readonly text: string }[];
}

/** What a person does in SecureChange's user interface. */
export interface Act {
  readonly as: string;
  readonly do: 'approve' | 'autoClose' | 'cancel' | 'redo' | 'verify';
  readonly toStep?: string;
  readonly reason?: string;
  readonly comment?: string;
}

export interface Target {
  readonly id: number;
  readonly name: string;
  /** The one policy of the manager that is to change. */
  readonly policy?: string;
}

/** Devices of the simulator's default scenario. `lane` is the topmost manager, by its key. */
export const DEVICES = {
  deviceGroup: { id: 21, name: 'DG-B', lane: '20' },
  otherDeviceGroup: { id: 24, name: 'DG-C', lane: '20' },
  adom: { id: 31, name: 'ADOM-RETAIL', lane: '30' },
  domain: { id: 51, name: 'CMA-DE', lane: '50' },
  firewall: { id: 40, name: 'ASA-EDGE', lane: '40' },
  /** The only firewall with the policy `depots` of `adom`; two others have `shops`. */
  depotFirewall: { id: 34, name: 'fgt-600-3', lane: '30' },
  branchFirewall: { id: 41, name: 'SRX 100 FireWall', lane: '41' },
} as const;

/** SecureTrack's own change window for `DEVICES.deviceGroup`. */
export const CHANGE_WINDOW = {
  uuid: '07c230ce-2dec-4109-a0db-33ff45ba1057',
  name: 'Panorama - Change Window',
};

/** Every call throws with operation, status and the simulator's reason. */
export interface SimulatorClient {
  createTicket(ask: {
    subject: string;
    workflow?: string;
    targets: readonly Target[];
    port?: number;
  }): Promise<string>;
  act(ticketId: string, act: Act): Promise<void>;
  ticket(ticketId: string): Promise<SimulatedTicket>;
  devices(): Promise<readonly SimulatedDevice[]>;
  writes(): Promise<readonly Write[]>;
  scriptRuns(): Promise<readonly ScriptRun[]>;
  /** The text of the approve/reject field in the step the ticket is in, read over REST; null while there is none. */
  approvalReason(ticketId: string): Promise<string | null>;
  /** Texts of the ticket's comments, read over REST. */
  comments(ticketId: string): Promise<readonly string[]>;
  changes(): Promise<readonly ItsmChange[]>;
  /** The change board approves the change of a ticket in the ITSM. */
  approveChange(ticketId: string): Promise<void>;
  fault(fault: object): Promise<void>;
  clearFaults(): Promise<void>;
  switches(switches: object): Promise<void>;
  loseEvents(fraction: number, seed: number): Promise<void>;
  /** SecureTrack runs a change window now; it commits everything saved on its devices, but for what `plan` says. */
  runChangeWindow(uuid: string, plan?: object): Promise<void>;
  /** An administrator disables the window in SecureTrack, or enables it again. */
  setChangeWindow(uuid: string, enabled: boolean): Promise<void>;
  setOffline(deviceId: number, offline: boolean): Promise<void>;
  /** A person makes the change of a ticket on the device itself. */
  changeByHand(deviceId: number, ticketId: string, by: string): Promise<void>;
}

const API = '/securechangeworkflow/api/securechange';

export function createSimulatorClient(url: string): SimulatorClient {
  const call = async (method: string, path: string, body?: object, user?: string): Promise<Response> => {
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
    if (response.ok) return response;
    const reason = (await response.text()).slice(0, 200);
    throw new Error(`simulator: ${method} ${path} was answered ${response.status}: ${reason}`);
  };
  const read = async <T>(path: string, user?: string): Promise<T> =>
    (await call('GET', path, undefined, user)).json() as Promise<T>;
  const control = async (method: string, path: string, body?: object): Promise<void> => {
    await call(method, `/simulator${path}`, body);
  };

  return {
    async createTicket(ask) {
      const created = await call('POST', `${API}/tickets`, ticketBody(ask), 'j.meier');
      const id = /\/tickets\/(\d+)/.exec(created.headers.get('location') ?? '')?.[1];
      if (id === undefined) throw new Error('simulator: the answer to a new ticket has no Location');
      return id;
    },
    act: (ticketId, act) => control('POST', `/tickets/${ticketId}/act`, act),
    async ticket(ticketId) {
      const { tickets } = await read<{ tickets: SimulatedTicket[] }>('/simulator/state');
      const found = tickets.find(({ id }) => String(id) === ticketId);
      if (found === undefined) throw new Error(`simulator: there is no ticket ${ticketId}`);
      return found;
    },
    devices: async () => (await read<{ devices: SimulatedDevice[] }>('/simulator/state')).devices,
    writes: async () => (await read<{ writes: Write[] }>('/simulator/writes')).writes,
    scriptRuns: async () => (await read<{ runs: ScriptRun[] }>('/simulator/script-runs')).runs,
    async approvalReason(ticketId) {
      const text = await (await call('GET', `${API}/tickets/${ticketId}`, undefined, 'a.kaya')).text();
      return findReason(JSON.parse(text));
    },
    async comments(ticketId) {
      const answer = await read<{ ticket: { comments: '' | { comment: { content: string }[] } } }>(
        `${API}/tickets/${ticketId}`,
        'a.kaya',
      );
      const { comments } = answer.ticket;
      return comments === '' ? [] : [comments.comment].flat().map(({ content }) => content);
    },
    async changes() {
      const [{ result: changes }, { result: entries }] = await Promise.all([
        read<{ result: Record<string, string>[] }>('/api/now/table/change_request', 'itsm'),
        read<{ result: Record<string, string>[] }>('/api/now/table/sys_journal_field', 'itsm'),
      ]);
      return changes.map((change) => ({
        number: change['number'] ?? '',
        correlationId: change['correlation_id'] ?? '',
        state: change['state'] ?? '',
        shortDescription: change['short_description'] ?? '',
        notes: entries
          .filter((entry) => entry['element_id'] === change['sys_id'])
          .map((entry) => ({
            atMs: Date.parse(`${(entry['sys_created_on'] ?? '').replace(' ', 'T')}Z`),
            text: entry['value'] ?? '',
          })),
      }));
    },
    async approveChange(ticketId) {
      const table = '/api/now/table/change_request';
      const { result } = await read<{ result: Record<string, string>[] }>(table, 'itsm');
      const change = result.find(({ correlation_id: id = '' }) => id.split('-')[1] === ticketId);
      if (change === undefined) throw new Error(`simulator: ticket ${ticketId} has no change`);
      await call('PATCH', `${table}/${change['sys_id'] ?? ''}`, { approval: 'approved' }, 'itsm');
    },
    fault: (fault) => control('POST', '/faults', fault),
    clearFaults: () => control('DELETE', '/faults'),
    switches: (switches) => control('PUT', '/switches', switches),
    runChangeWindow: (uuid, plan = {}) => control('POST', `/change-windows/${uuid}/run`, plan),
    setChangeWindow: (uuid, enabled) => control('PUT', `/change-windows/${uuid}`, { enabled }),
    setOffline: (deviceId, offline) => control('PUT', `/devices/${deviceId}/offline`, { offline }),
    changeByHand: (deviceId, ticketId, by) =>
      control('POST', `/devices/${deviceId}/by-hand`, { ticketId: Number(ticketId), by }),
    loseEvents: (fraction, seed) => control('POST', '/triggers/drop', { fraction, seed }),
  };
}

function ticketBody(ask: {
  subject: string;
  workflow?: string;
  targets: readonly Target[];
  port?: number;
}): object {
  const address = (text: string): object => ({
    '@type': 'IP',
    ip_address: text,
    netmask: '255.255.255.255',
    cidr: 32,
  });
  const request = {
    order: 'AR1',
    use_topology: true,
    action: 'Accept',
    targets: {
      target: ask.targets.map(({ id, name, policy }) => ({
        '@type': 'Object',
        object_name: policy ?? name,
        object_type: 'firewall',
        management_id: id,
        management_name: name,
      })),
    },
    sources: { source: address('10.20.4.15') },
    destinations: { destination: address('172.16.90.5') },
    services: { service: { '@type': 'PROTOCOL', protocol: 'TCP', port: ask.port ?? 8443 } },
  };
  const field = { '@xsi.type': 'multi_access_request', name: 'Required Access', access_request: [request] };
  return {
    ticket: {
      subject: ask.subject,
      priority: 'Normal',
      domain_name: '',
      workflow: { name: ask.workflow ?? 'Firewall change' },
      steps: { step: { name: 'Open Request', tasks: { task: { fields: { field: [field] } } } } },
    },
  };
}

/** Lists of one come as the entry itself, so the field is looked for wherever it is. */
function findReason(tree: unknown): string | null {
  if (typeof tree !== 'object' || tree === null) return null;
  const one = tree as Record<string, unknown>;
  const { reason } = one;
  if (one['name'] === 'Approve Access Request' && typeof reason === 'string' && reason !== '') return reason;
  for (const child of Object.values(one)) {
    const found = findReason(child);
    if (found !== null) return found;
  }
  return null;
}
