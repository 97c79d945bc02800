import { startRecordedServer, type Answer, type Received, type RecordedServer } from './recorded-server.js';

/** How a stand-in misbehaves; everything off is a system that does what it is asked. */
export interface Faults {
  /** The look-up ignores its condition. */
  ignoresCondition: boolean;
  /** It stores a new record without our id, and accepts that. */
  dropsId: boolean;
  /** It accepts a change and keeps what was there. */
  keepsOld: boolean;
  /** It stores what is written, and the answer is lost. */
  losesAnswer: boolean;
  /** Everything is answered with this. */
  answers: Answer | null;
}

export interface RestStandIn {
  readonly server: RecordedServer;
  readonly faults: Faults;
  readonly records: StoredRecord[];
  /** Methods of the calls that write, in their order. */
  writes(): string[];
}

export interface StoredRecord {
  id: string;
  number: string;
  fields: Record<string, unknown>;
  state: string;
  notes: string[];
}

export type Vendor = (path: string, request: Received, system: RestStandIn) => Answer;

export async function startRestStandIn(vendor: Vendor): Promise<RestStandIn> {
  const records: StoredRecord[] = [
    { id: '900', number: 'OTHER-1', fields: { summary: 'of others' }, state: 'open', notes: [] },
  ];
  const faults: Faults = {
    ignoresCondition: false,
    dropsId: false,
    keepsOld: false,
    losesAnswer: false,
    answers: null,
  };
  const server = await startRecordedServer((request) => {
    if (faults.answers !== null) return faults.answers;
    const answer = vendor(request.path, request, system);
    return faults.losesAnswer && request.method !== 'GET' ? { status: 502, body: 'Bad gateway' } : answer;
  });
  const system: RestStandIn = {
    server,
    faults,
    records,
    writes: () => server.received.filter(({ method }) => method !== 'GET').map(({ method }) => method),
  };
  return system;
}

const bodyOf = ({ body }: Received): Record<string, unknown> => JSON.parse(body) as Record<string, unknown>;
const NOT_FOUND: Answer = { status: 404, body: { message: 'no such record' } };

/** Jira: labels, transitions, comments, an answer to create that is the id alone. */
export const jira: Vendor = (path, request, { records, faults }) => {
  const [, search] = /^\/rest\/api\/2\/search\?jql=([^&]+)/.exec(path) ?? [];
  const shown = (record: StoredRecord): object => ({
    id: record.id,
    key: record.number,
    fields: { ...record.fields, status: { name: record.state } },
  });
  if (search !== undefined) {
    const [, label] = /^labels = "(.*)"$/.exec(decodeURIComponent(search)) ?? [];
    const found = records.filter(
      ({ fields }) => faults.ignoresCondition || ((fields['labels'] ?? []) as string[]).includes(label ?? ''),
    );
    return { body: { issues: found.map(shown) } };
  }
  if (path === '/rest/api/2/issue') {
    const { fields } = bodyOf(request) as { fields: Record<string, unknown> };
    // Jira refuses members that it does not know.
    if (Object.keys(bodyOf(request)).some((name) => name !== 'fields')) return { status: 400, body: {} };
    const id = String(10_000 + records.length);
    const kept = faults.dropsId ? { ...fields, labels: [] } : fields;
    records.push({ id, number: `NET-${records.length}`, fields: kept, state: 'To Do', notes: [] });
    return { status: 201, body: { id, key: `NET-${records.length - 1}`, self: 'https://jira/…' } };
  }
  const [, id, part] = /^\/rest\/api\/2\/issue\/(\d+)(?:\/(\w+))?$/.exec(path) ?? [];
  const record = records.find((one) => one.id === id);
  if (record === undefined) return NOT_FOUND;
  if (request.method === 'GET') {
    return {
      body: part === 'comment' ? { comments: record.notes.map((body) => ({ body })) } : shown(record),
    };
  }
  if (part === 'comment') {
    record.notes.push((bodyOf(request) as { body: string }).body);
    return { status: 201, body: { id: '1' } };
  }
  if (faults.keepsOld) return { status: 204 };
  if (part === 'transitions') {
    record.state = (bodyOf(request) as { transition: { id: string } }).transition.id === '31' ? 'Done' : '?';
  } else {
    Object.assign(record.fields, (bodyOf(request) as { fields: object }).fields);
  }
  return { status: 204 };
};

/** A system that no file of ours names: everything wrapped in `request`, a field of its own for our id. */
export const requestTracker: Vendor = (path, request, { records, faults }) => {
  const shown = (record: StoredRecord): object => ({
    id: Number(record.id),
    ref: record.number,
    phase: record.state,
    ...record.fields,
  });
  const [, wanted] = /^\/v3\/requests\?external=(.+)$/.exec(path) ?? [];
  if (wanted !== undefined) {
    const external = decodeURIComponent(wanted);
    const found = records.filter(({ fields }) => faults.ignoresCondition || fields['external'] === external);
    return { body: { total: found.length, page: { items: found.map(shown) } } };
  }
  if (path === '/v3/requests?phase=open')
    return { body: { page: { items: records.filter(({ state }) => state === 'open').map(shown) } } };
  if (path === '/v3/requests') {
    const fields = bodyOf(request);
    const record: StoredRecord = {
      id: String(records.length + 1),
      number: `RQ${records.length}`,
      fields: faults.dropsId ? { ...fields, external: null } : fields,
      state: 'open',
      notes: [],
    };
    records.push(record);
    return { status: 201, body: { request: shown(record) } };
  }
  const [, id, part] = /^\/v3\/requests\/(\d+)(?:\/(\w+))?$/.exec(path) ?? [];
  const record = records.find((one) => one.id === id);
  if (record === undefined) return NOT_FOUND;
  if (part === 'journal') {
    if (request.method === 'POST') record.notes.push((bodyOf(request)['entry'] as { text: string }).text);
    return { body: { entries: record.notes } };
  }
  if (request.method !== 'GET' && !faults.keepsOld) {
    if (part === 'close') record.state = 'closed';
    else Object.assign(record.fields, bodyOf(request));
  }
  return { body: { request: shown(record) } };
};
