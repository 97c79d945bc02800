import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startSimulator, type RunningSimulator } from '../../packages/simulator/src/index.js';
import { ClientError, type TicketSummary } from '../../packages/client/src/contract.js';
import type { Drift } from '../../src/cli/reconcile/drift.js';
import type { Delivery } from '../../src/domain/outbox.js';
import type { TicketView } from '../../src/domain/view.js';
import { startRecordedServer } from '../support/recorded-server.js';
import { PROCESS, writeFolder } from '../config/config-folder.js';
import { runSco } from '../support/cli-context.js';
import { ticketViewOf } from '../support/ticket-view.js';

const POINTS = `integrationPoints:
  - { name: create, enabled: true, on: { event: CREATE }, server: itsm, action: create, body: { type: normal, short_description: '#ticket_subject#', work_notes: new } }
  - { name: begin, enabled: true, on: { event: ADVANCE }, server: itsm, action: update, body: { state: '-1', work_notes: begun } }
  - { name: end, enabled: true, on: { event: CLOSE }, server: itsm, action: close, body: { state: '3', close_code: successful } }
`;
const SERVERS = `servers: { itsm: { kind: servicenow, urlEnv: ITSM_URL, auth: { kind: basic, user: itsm, passwordEnv: ITSM_PASSWORD } } }`;

const withoutPoints = PROCESS.replace(/^integrationPoints:[\s\S]*?(?=^\S|$(?![\s\S]))/m, '');

const ended: (() => unknown)[] = [];
let simulator: RunningSimulator;
let folder: string;
let views: Map<string, TicketView>;
beforeEach(async () => {
  simulator = await startSimulator({ port: 0 });
  folder = writeFolder({ 'servers.yaml': SERVERS, 'processes/web.yaml': `${withoutPoints}\n${POINTS}` });
  views = new Map();
});
afterEach(async () => {
  for (const end of ended.splice(0)) await end();
  await simulator.close();
  rmSync(folder, { recursive: true });
});

async function call(
  method: string,
  path: string,
  body?: object,
): Promise<{ sys_id: string; number: string }> {
  const response = await fetch(`${simulator.url}/api/now/table/change_request${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from('itsm:itsm').toString('base64')}`,
      'content-type': 'application/json',
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return method === 'DELETE'
    ? { sys_id: '', number: '' }
    : ((await response.json()) as { result: { sys_id: string; number: string } }).result;
}

/** A change as our messages have left it, and its ticket. */
async function ticketWithChange(ticketId: string, sent: readonly string[], part: Partial<TicketView> = {}) {
  const row = await call('POST', '', {
    correlation_id: `securechange-${ticketId}-itsm`,
    type: 'normal',
    state: sent.includes('end') ? '3' : sent.includes('begin') ? '-1' : '-5',
    ...(sent.includes('end') && { close_code: 'successful' }),
  });
  views.set(
    ticketId,
    ticketViewOf({
      ticketId,
      outcome: null,
      process: { name: 'web', version: '1' },
      itsm: { server: 'itsm', number: row.number, id: row.sys_id },
      outbox: [],
      delivered: sent.map((point, index) => delivery(index + 1, point, 'acknowledged')),
      ...part,
    }),
  );
  return row;
}

function delivery(number: number, point: string, state: Delivery['state']): Delivery {
  const action = { create: 'create', begin: 'update', end: 'close' }[point] ?? 'update';
  return { number, point, server: 'itsm', action, state, sinceMs: 0, sizeBytes: 9, message: null };
}

async function reconcile(): Promise<{ code: number; drifts: readonly Drift[]; out: string }> {
  const tickets = {
    list: async () =>
      [...views.values()]
        .filter(({ outcome }) => outcome === null)
        .map(({ ticketId }) => ({ ticketId }) as TicketSummary),
    get: async (id: string): Promise<TicketView> => {
      const view = views.get(id);
      if (view === undefined) throw new ClientError('ticketNotFound', `no ticket ${id}`);
      return view;
    },
  };
  const environment = { SCO_CONFIG_DIR: folder, ITSM_URL: simulator.url, ITSM_PASSWORD: 'itsm' };
  const ran = await runSco(['itsm', 'reconcile', 'itsm', '--json'], { tickets, context: { environment } });
  const { out } = await runSco(['itsm', 'reconcile', 'itsm'], { tickets, context: { environment } });
  return { code: ran.code, drifts: ran.json() as Drift[], out };
}
const kinds = (drifts: readonly Drift[]): string[] =>
  drifts.map(({ ticketId, kind }) => `${ticketId} ${kind}`);

describe('sco itsm reconcile', () => {
  it('ends with 0 where both sides say the same', async () => {
    await ticketWithChange('1', ['create']);
    await ticketWithChange('2', ['create', 'begin']);
    const { code, drifts, out } = await reconcile();
    expect([code, drifts]).toEqual([0, []]);
    expect(out).toContain('say the same');
  });

  it('names what was changed in the ITSM, and what is not there any more', async () => {
    const changed = await ticketWithChange('1', ['create', 'begin']);
    await call('PATCH', `/${changed.sys_id}`, { state: '-2' });
    const gone = await ticketWithChange('2', ['create']);
    await call('DELETE', `/${gone.sys_id}`);
    const { code, drifts, out } = await reconcile();
    expect(code).toBe(1);
    expect(kinds(drifts)).toEqual(['1 changed', '2 gone']);
    expect(drifts[0]).toMatchObject({ change: changed.number, what: 'state is "-2" instead of "-1"' });
    expect(out).toContain(changed.number);
  });

  it('names a change that was closed or cancelled under a ticket in progress', async () => {
    const row = await ticketWithChange('1', ['create']);
    await call('PATCH', `/${row.sys_id}`, { state: '4' });
    expect(kinds((await reconcile()).drifts)).toEqual(['1 endedThere']);
  });

  it('names a change that stayed open after its ticket, and one of a ticket that is not known', async () => {
    await ticketWithChange('1', ['create', 'begin'], { outcome: 'closed' });
    await ticketWithChange('2', ['create']);
    views.delete('2');
    await ticketWithChange('3', ['create', 'begin', 'end'], { outcome: 'closed' });
    expect(kinds((await reconcile()).drifts)).toEqual(['1 endedHere', '2 unknownHere']);
  });

  it('names a second change with the id of one ticket', async () => {
    await ticketWithChange('1', ['create']);
    const other = await call('POST', '', { correlation_id: 'securechange-1-itsm' });
    const { drifts } = await reconcile();
    expect(drifts).toMatchObject([
      // No look-up decides between the two.
      { ticketId: '1', kind: 'unreadable', what: expect.stringContaining(other.number) as string },
      { ticketId: '1', kind: 'unknownHere', change: other.number },
    ]);
  });

  it('expects a change that owns many tickets to be open until the last of them has ended', async () => {
    const config = join(folder, 'servers.yaml');
    writeFileSync(config, SERVERS.replace('kind: servicenow,', 'kind: servicenow, ticketsField: u_tickets,'));
    const points = POINTS.split('\n').filter((line) => !line.includes('action: create'));
    writeFileSync(join(folder, 'processes/web.yaml'), `${withoutPoints}\n${points.join('\n')}`);
    const row = await call('POST', '', { u_tickets: '1, 2', state: '-1' });
    const itsm = { server: 'itsm', number: row.number, id: row.sys_id };
    const process = { name: 'web', version: '1' };
    const view = (ticketId: string, outcome: TicketView['outcome']) =>
      views.set(ticketId, ticketViewOf({ ticketId, outcome, process, itsm, outbox: [], delivered: [] }));
    view('1', 'closed');
    view('2', null);
    expect(kinds((await reconcile()).drifts)).toEqual([]);
    view('2', 'closed');
    expect(kinds((await reconcile()).drifts)).toEqual(['1 endedHere', '2 endedHere']);
  });

  it('names messages that have not arrived, also before there is a change', async () => {
    await ticketWithChange('1', ['create'], { outbox: [delivery(2, 'begin', 'held')] });
    views.set(
      '2',
      ticketViewOf({ ticketId: '2', outcome: null, itsm: null, outbox: [delivery(1, 'create', 'queued')] }),
    );
    const { drifts } = await reconcile();
    expect(kinds(drifts)).toEqual(['1 behind', '2 behind']);
    expect(drifts[0]?.what).toContain('the first, begin, is held');
  });

  it('refuses a list that ignores the condition on our id', async () => {
    const row = { sys_id: 'a', number: 'CHG0000666', correlation_id: 'of another system' };
    const table = await startRecordedServer(() => ({ body: { result: [row] } }));
    ended.push(() => table.close());
    const environment = { SCO_CONFIG_DIR: folder, ITSM_URL: table.url, ITSM_PASSWORD: 'itsm' };
    const { code, err } = await runSco(['itsm', 'reconcile', 'itsm'], { context: { environment } });
    expect([code, err]).toEqual([2, expect.stringContaining('CHG0000666, which is not ours') as string]);
  });

  it('says so of a system without a list, and compares what it can', async () => {
    const record = { id: 7, ref: 'R-7', external: 'securechange-1-itsm', type: 'other' };
    const rest = await startRecordedServer(({ path }) => ({
      body: path.includes('?') ? { items: [record] } : { request: record },
    }));
    const rules = `{ id: /id, number: /ref, correlation: /external, find: { path: '/requests?external=#correlation_id#', records: /items }, read: { path: '/requests/#itsm_id#', record: /request }, create: { path: /requests }, update: { method: PATCH, path: '/requests/#itsm_id#' } }`;
    ended.push(() => rest.close());
    const other = writeFolder({
      'servers.yaml': `servers: { itsm: { kind: http, url: '${rest.url}', auth: { kind: none }, record: ${rules} } }`,
      'processes/web.yaml': `${withoutPoints}\n${POINTS.replaceAll(/, work_notes: \w+/g, '')}`,
    });
    ended.push(() => rmSync(other, { recursive: true }));
    const view = ticketViewOf({
      ticketId: '1',
      outcome: null,
      process: { name: 'web', version: '1' },
      itsm: { server: 'itsm', number: 'R-7', id: '7' },
      delivered: [delivery(1, 'create', 'acknowledged')],
    });
    const tickets = { list: async () => [{ ticketId: '1' } as TicketSummary], get: async () => view };
    const environment = { SCO_CONFIG_DIR: other };
    const ran = await runSco(['itsm', 'reconcile', 'itsm', '--json'], { tickets, context: { environment } });
    expect(ran.json()).toMatchObject([{ kind: 'changed', what: 'type is "other" instead of "normal"' }]);
    expect(ran.err).toContain('has no list of its open changes');
  });

  it('changes nothing, and leaves alone what is not ours', async () => {
    await call('POST', '', { correlation_id: 'other-system-1', state: '-5' });
    await call('POST', '', { correlation_id: 'securechange-1-another' });
    expect((await reconcile()).drifts).toEqual([]);
    const response = await fetch(`${simulator.url}/simulator/writes?since=0`);
    const { writes } = (await response.json()) as { writes: { action: string }[] };
    expect(writes).toHaveLength(2);
  });
});
