import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RenderedMessage } from '../../src/domain/outbox.js';
import type { OutboundServer } from '../../src/domain/outbound-server.js';
import { Secret } from '../../src/domain/secret.js';
import { createHttp } from '../../src/http/http.js';
import { createItsm } from '../../src/integrations/create-itsm.js';
import { startSimulator } from '../../packages/simulator/src/index.js';
import type { RunningSimulator } from '../../packages/simulator/src/index.js';
import { failureOf } from '../support/failure-of.js';
import { startRecordedServer } from '../support/recorded-server.js';
import { context, point } from '../placeholders/context.js';

const CANARY = 'canary-7f3a';

let simulator: RunningSimulator;
let password = 'itsm';
let itsm: ReturnType<typeof createItsm>;

function server(changes: Partial<OutboundServer> = {}): OutboundServer {
  return {
    name: 'servicenow',
    kind: 'servicenow',
    url: simulator.url,
    auth: { kind: 'basic', user: 'itsm', password: new Secret(password) },
    caPem: null,
    verifyTls: true,
    proxy: null,
    headers: {},
    timeoutMs: 5_000,
    table: 'change_request',
    ...changes,
  };
}

async function simulatorCall(method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${simulator.url}/simulator/${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  expect(answer.status).toBeLessThan(300);
  const text = await answer.text();
  return text === '' ? undefined : JSON.parse(text);
}

async function records(): Promise<Record<string, string>[]> {
  const answer = await fetch(`${simulator.url}/api/now/table/change_request`, {
    headers: { authorization: `Basic ${Buffer.from('itsm:itsm').toString('base64')}` },
  });
  return ((await answer.json()) as { result: Record<string, string>[] }).result;
}

const fault = (action: string, kind: string, more: object = {}): Promise<unknown> =>
  simulatorCall('POST', 'faults', { match: { system: 'itsm', action }, kind, times: 1, ...more });

const create = (): RenderedMessage => itsm.render(point(), context());
const note = (changes: object = {}): RenderedMessage =>
  itsm.render(
    point({
      name: 'note',
      action: 'update',
      body: { state: '-1', work_notes: 'Now #step_name#', ...changes },
    }),
    context({ key: '214/1/Implementation/itsmSync/note%2F1' }),
  );

beforeEach(async () => {
  password = 'itsm';
  simulator = await startSimulator({ port: 0 });
  itsm = createItsm({ server: () => server(), http: createHttp });
});

afterEach(async () => {
  await itsm.close();
  await simulator.close();
});

describe('creating a change', () => {
  it('makes one record with our correlation id and gives number and id', async () => {
    const change = await itsm.send(create(), null);
    const [record] = await records();
    expect(change).toEqual({ server: 'servicenow', number: record!['number'], id: record!['sys_id'] });
    expect(record).toMatchObject({
      short_description: 'SecureChange 214',
      correlation_id: 'securechange-214-servicenow',
    });
  });

  it('twice makes one record', async () => {
    const first = await itsm.send(create(), null);
    expect(await itsm.send(create(), null)).toEqual(first);
    expect(await records()).toHaveLength(1);
  });

  it('after a connection lost behind the effect is ambiguous, and the repetition adopts the record', async () => {
    await fault('create', 'resetAfter');
    expect(await failureOf(itsm.send(create(), null))).toMatchObject({ kind: 'ambiguous' });
    const change = await itsm.send(create(), null);
    const all = await records();
    expect(all.map((record) => record['sys_id'])).toEqual([change.id]);
  });
});

describe('writing a note', () => {
  it('twice shows it once, with the fields that came with it', async () => {
    const change = await itsm.send(create(), null);
    await itsm.send(note(), change);
    await itsm.send(note(), change);
    const [record] = await records();
    expect(record!['state']).toBe('-1');
    expect(record!['work_notes']!.match(/Now Approval/g)).toHaveLength(1);
  });

  it('after a connection lost behind the effect shows it once', async () => {
    const change = await itsm.send(create(), null);
    await fault('patch', 'resetAfter');
    expect(await failureOf(itsm.send(note(), change))).toMatchObject({ kind: 'ambiguous' });
    await itsm.send(note(), change);
    const [record] = await records();
    expect(record!['work_notes']!.match(/Now Approval/g)).toHaveLength(1);
  });

  it('with the same words for another firing shows both', async () => {
    const change = await itsm.send(create(), null);
    await itsm.send(note(), change);
    await itsm.send({ ...note(), key: '214/1/Implementation/itsmSync/note%2F2' }, change);
    const [record] = await records();
    expect(record!['work_notes']!.match(/Now Approval/g)).toHaveLength(2);
  });

  it('for the requester is marked there', async () => {
    let comments = '';
    const own = await startRecordedServer(({ method, body }) => {
      if (method === 'PATCH') comments += `${(JSON.parse(body) as { comments: string }).comments}\n\n`;
      return { body: { result: { comments, work_notes: '' } } };
    });
    const there = createItsm({ server: () => server({ url: own.url }), http: createHttp });
    const change = { server: 'servicenow', number: 'CHG0030001', id: 'a1' };
    const message = itsm.render(
      point({ name: 'comment', action: 'update', body: { comments: 'Hello' } }),
      context(),
    );
    await there.send(message, change);
    await there.send(message, change);
    await there.close();
    await own.close();
    expect(comments).toMatch(/^Hello\n\[sco [0-9a-f]{16}\]\n\n$/);
  });

  it('to a ticket without a change is refused with what to do', async () => {
    const failure = await failureOf(itsm.send(note(), null));
    expect(failure).toMatchObject({ kind: 'rejected', code: 'itsm.no_change' });
    expect(failure.message).toContain('create the change first');
  });

  it('to a change that is gone is refused', async () => {
    const gone = { server: 'servicenow', number: 'CHG0000001', id: 'f'.repeat(32) };
    expect(await failureOf(itsm.send(note(), gone))).toMatchObject({
      kind: 'rejected',
      code: 'itsm.not_found',
    });
  });
});

describe('closing a change', () => {
  it('writes the fields of the template', async () => {
    const change = await itsm.send(create(), null);
    const close = itsm.render(
      point({ name: 'close', action: 'close', body: { state: '3', close_code: 'successful' } }),
      context(),
    );
    await itsm.send(close, change);
    expect(await records()).toEqual([expect.objectContaining({ state: '3', close_code: 'successful' })]);
  });
});

describe('an answer about something else than what was asked for', () => {
  async function against<T>(
    answer: (method: string) => unknown,
    act: (there: ReturnType<typeof createItsm>) => Promise<T>,
  ): Promise<readonly [T, readonly string[]]> {
    const own = await startRecordedServer(({ method }) => ({ body: { result: answer(method) } }));
    const there = createItsm({ server: () => server({ url: own.url }), http: createHttp });
    const result = await act(there);
    await there.close();
    await own.close();
    return [result, own.received.map(({ method }) => method)];
  }
  const ours = { server: 'servicenow', number: 'CHG0030001', id: 'a1' };

  it.each([
    ['of another ticket', { correlation_id: 'securechange-7-servicenow' }],
    ['of a person', { correlation_id: '' }],
    ['that does not say whose it is', {}],
  ])('adopts no change %s: an instance may leave out a part of a query it does not know', async (_, more) => {
    const [failure, methods] = await against(
      () => [{ sys_id: 'aaa', number: 'CHG0000007', ...more }],
      (there) => failureOf(there.send(create(), null)),
    );
    expect(failure).toMatchObject({ kind: 'bug', code: 'itsm.unexpected_answer' });
    expect(failure.message).toContain('correlation_id');
    expect(methods).toEqual(['GET']);
  });

  it('writes nothing where the journal is that of another change', async () => {
    const [failure, methods] = await against(
      () => ({ sys_id: 'bbb', work_notes: '', comments: '' }),
      (there) => failureOf(there.send(note(), ours)),
    );
    expect(failure).toMatchObject({ kind: 'bug', code: 'itsm.unexpected_answer' });
    expect(methods).toEqual(['GET']);
  });

  it('is no proof of a write', async () => {
    const close = itsm.render(point({ name: 'close', action: 'close', body: { state: '3' } }), context());
    const [failure] = await against(
      () => ({ sys_id: 'bbb', number: 'CHG0000007', state: '3' }),
      (there) => failureOf(there.send(close, ours)),
    );
    expect(failure).toMatchObject({ kind: 'bug', code: 'itsm.unexpected_answer' });
  });
});

describe('the meaning of an answer', () => {
  it.each([
    ['busy', 'status', { status: 429, retryAfterS: 7 }],
    ['busy', 'status', { status: 503, retryAfterS: 7 }],
    ['transient', 'status', { status: 500 }],
    ['auth', 'status', { status: 403 }],
    [
      'rejected',
      'status',
      { status: 400, body: { error: { message: `Bad ${CANARY}`.slice(0, 3), detail: CANARY } } },
    ],
    ['ambiguous', 'resetBefore', {}],
  ])('is %s for %s %j', async (kind, fault_, more) => {
    await fault('create', fault_, more);
    const failure = await failureOf(itsm.send(create(), null));
    expect(failure.kind).toBe(kind);
    expect(failure.system).toBe('itsm/servicenow');
    expect(JSON.stringify(failure)).not.toContain(CANARY);
    if (kind === 'busy') expect(failure.retryAfterMs).toBe(7_000);
  });

  it('is bug for something that is no Table API', async () => {
    await fault('create', 'wrongSchema');
    expect(await failureOf(itsm.send(create(), null))).toMatchObject({
      kind: 'bug',
      code: 'itsm.unexpected_answer',
    });
  });

  it('is never "done" or "none" for a page with 200: a sleeping instance answers one to everything', async () => {
    const page = readFileSync(join(__dirname, '../fixtures/http/page.hibernating.html'), 'utf8');
    const own = await startRecordedServer(({ method }) => {
      const row = { sys_id: 'a1', number: 'CHG0030001' };
      return method === asleep ? { body: page } : { body: { result: method === 'GET' ? [] : row } };
    });
    const there = createItsm({ server: () => server({ url: own.url }), http: createHttp });
    let asleep = 'GET';
    expect(await failureOf(there.send(create(), null))).toMatchObject({
      kind: 'transient',
      code: 'itsm.not_json',
    });
    asleep = 'POST';
    const unproven = { kind: 'ambiguous', code: 'itsm.unproven', status: 200 };
    expect(await failureOf(there.send(create(), null))).toMatchObject(unproven);
    asleep = 'PATCH';
    const change = { server: 'servicenow', number: 'CHG0030001', id: 'a1' };
    const close = itsm.render(point({ name: 'close', action: 'close', body: { state: '3' } }), context());
    expect(await failureOf(there.send(close, change))).toMatchObject(unproven);
    await there.close();
    await own.close();
  });

  it('is auth for a wrong password, without naming it; a corrected one counts at once', async () => {
    password = CANARY;
    const failure = await failureOf(itsm.send(create(), null));
    expect(failure.kind).toBe('auth');
    expect(JSON.stringify(failure)).not.toContain(CANARY);
    password = 'itsm';
    await itsm.send(create(), null);
    expect(await records()).toHaveLength(1);
  });
});

describe('a message', () => {
  it('over 200 KiB is refused at rendering and at sending', async () => {
    const body = { work_notes: 'é'.repeat(103_000) };
    const big = () => itsm.render(point({ body }), context());
    expect(big).toThrow(
      expect.objectContaining({ facts: expect.objectContaining({ code: 'itsm.body_too_large' }) }),
    );
    const queued = { ...create(), body: JSON.stringify(body) };
    expect(await failureOf(itsm.send(queued, null))).toMatchObject({ code: 'itsm.body_too_large' });
    expect(await records()).toEqual([]);
  });

  it('with a placeholder that stands for nothing is refused before anything is queued', () => {
    const render = () => itsm.render(point({ body: { a: '#itsm_number#' } }), context());
    expect(render).toThrow('itsm/servicenow: render create-change: the placeholder #itsm_number#');
  });

  it('carries key, correlation id and blocking of its point', () => {
    expect(itsm.render(point({ blocking: true }), context())).toMatchObject({
      key: '214/1/Approval/itsmSync/create-change%2F1',
      correlationId: 'securechange-214-servicenow',
      blocking: true,
      action: 'create',
    });
  });
});
