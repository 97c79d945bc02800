import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ItsmChange, RenderedMessage } from '../../src/domain/outbox.js';
import { CallFailure } from '../../src/domain/failure.js';
import type { OutboundServer } from '../../src/domain/outbound-server.js';
import { Secret } from '../../src/domain/secret.js';
import { createHttp } from '../../src/http/http.js';
import { createItsm } from '../../src/integrations/create-itsm.js';
import { startSimulator } from '../../packages/simulator/src/index.js';
import type { RunningSimulator } from '../../packages/simulator/src/index.js';
import { startRecordedServer, type Answer } from '../support/recorded-server.js';
import { noTokens, serviceNow } from './servers.js';
import { context, point } from '../placeholders/context.js';

const CANARY = 'canary-7f3a';

let simulator: RunningSimulator;
let password = 'itsm';
let itsm: ReturnType<typeof createItsm>;

function server(changes: Partial<OutboundServer> = {}): OutboundServer {
  const auth = { kind: 'basic', user: 'itsm', password: new Secret(password) } as const;
  return serviceNow({ url: simulator.url, auth, ...changes });
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

interface Sent {
  readonly done: ItsmChange;
  readonly failure: CallFailure['facts'];
  readonly methods: readonly string[];
}

async function failureOf(send: Promise<ItsmChange>): Promise<CallFailure['facts']> {
  const error: unknown = await send.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CallFailure);
  return (error as CallFailure).facts;
}

beforeEach(async () => {
  password = 'itsm';
  simulator = await startSimulator({ port: 0 });
  itsm = createItsm({ server: () => server(), http: createHttp, tokens: noTokens });
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

  it('does not choose between two records with our correlation id', async () => {
    await itsm.send(create(), null);
    const answer = await fetch(`${simulator.url}/api/now/table/change_request`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from('itsm:itsm').toString('base64')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ correlation_id: 'securechange-214-servicenow' }),
    });
    expect(answer.status).toBe(201);
    const failure = await failureOf(itsm.send(note(), null));
    expect(failure).toMatchObject({ kind: 'rejected', code: 'itsm.foreign_record' });
    expect(failure.message).toMatch(/CHG\d+ and CHG\d+ have our id/);
  });

  it('after a connection lost behind the effect is ambiguous, and the repetition adopts the record', async () => {
    await fault('create', 'resetAfter');
    expect(await failureOf(itsm.send(create(), null))).toMatchObject({ kind: 'ambiguous' });
    const change = await itsm.send(create(), null);
    const all = await records();
    expect(all.map((record) => record['sys_id'])).toEqual([change.id]);
  });
});

describe('reading fields of a change', () => {
  it('gives what the record has now, and null where the ticket has no change', async () => {
    expect(await itsm.readFields('servicenow', '214', ['start_date'])).toBeNull();
    const message = itsm.render(point({ body: { start_date: '2027-03-10 20:00:00' } }), context());
    await itsm.send(message, null);
    expect(await itsm.readFields('servicenow', '214', ['start_date', 'end_date'])).toEqual({
      start_date: '2027-03-10 20:00:00',
      end_date: '',
    });
  });

  it('refuses a field that the record does not show, because our user may not read it', async () => {
    const row = { sys_id: 'a1', number: 'CHG0030001', correlation_id: 'securechange-214-servicenow' };
    const own = await startRecordedServer(({ path }) => {
      return { body: { result: path.includes('sysparm_query') ? [row] : { sys_id: 'a1' } } };
    });
    const there = createItsm({ server: () => server({ url: own.url }), http: createHttp, tokens: noTokens });
    await expect(there.readFields('servicenow', '214', ['start_date'])).rejects.toMatchObject({
      facts: { code: 'itsm.unexpected_answer', message: expect.stringContaining('start_date') as string },
    });
    await there.close();
    await own.close();
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

  it('with the same words rendered a second time shows both', async () => {
    const change = await itsm.send(create(), null);
    await itsm.send(note(), change);
    await itsm.send({ ...note(), key: '214/1/Implementation/itsmSync/note%2F2' }, change);
    const [record] = await records();
    expect(record!['work_notes']!.match(/Now Approval/g)).toHaveLength(2);
  });

  it('is written although a note quotes its mark, or made it without our key', async () => {
    const change = await itsm.send(create(), null);
    await itsm.send(note(), change);
    const [before] = await records();
    const [mark = ''] = /\[sco [0-9a-f]{16}\]/.exec(before!['work_notes']!) ?? [];
    const keyed = createItsm({
      server: () => server(),
      http: createHttp,
      tokens: noTokens,
      ownKeys: ['new', 'old'],
    });
    await keyed.send(note({ work_notes: `is ${mark} done?` }), change);
    const [record] = await records();
    expect(record!['work_notes']).toContain(`is ${mark} done?`);
    // A message that was sent before the key was replaced is recognised.
    const older = createItsm({
      server: () => server(),
      http: createHttp,
      tokens: noTokens,
      ownKeys: ['old'],
    });
    const message = { ...note(), key: '214/1/Implementation/itsmSync/note%2F3' };
    await older.send(message, change);
    await keyed.send(message, change);
    const [last] = await records();
    expect(last!['work_notes']!.match(/Now Approval/g)).toHaveLength(2);
    await older.close();
    await keyed.close();
  });

  it('for the requester is marked there', async () => {
    let comments = '';
    const own = await startRecordedServer(({ method, body }) => {
      if (method === 'PATCH') comments += `${(JSON.parse(body) as { comments: string }).comments}\n\n`;
      return { body: { result: { comments, work_notes: '' } } };
    });
    const there = createItsm({ server: () => server({ url: own.url }), http: createHttp, tokens: noTokens });
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

describe('the shipped templates', () => {
  const shipped = (name: string): Record<string, unknown> =>
    JSON.parse(readFileSync(join(__dirname, '../../config/integrations/servicenow', name), 'utf8'));

  it('are shown by the change, one after the other', async () => {
    const send = (name: string, action: 'create' | 'update' | 'close', change: ItsmChange | null) => {
      const given = context({ key: name, outcome: 'closed' });
      return itsm.send(itsm.render(point({ name, action, body: shipped(name) }), given), change);
    };
    const change = await send('create-change.json', 'create', null);
    await send('implementation-started.json', 'update', change);
    await send('ticket-ended.json', 'update', change);
    await send('close-change.json', 'close', change);
    expect(await records()).toEqual([expect.objectContaining({ state: '3', close_code: 'successful' })]);
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

describe('the meaning of an answer', () => {
  it.each([
    ['busy', 'status', { status: 429, retryAfterS: 7 }],
    ['busy', 'status', { status: 503, retryAfterS: 7 }],
    ['transient', 'status', { status: 500 }],
    ['rejected', 'status', { status: 400, body: { error: { message: 'Bad' } } }],
    ['ambiguous', 'resetBefore', {}],
  ])('is %s for %s %j', async (kind, fault_, more) => {
    await fault('create', fault_, more);
    const failure = await failureOf(itsm.send(create(), null));
    expect(failure.kind).toBe(kind);
    expect(failure.system).toBe('itsm/servicenow');
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
    const own = await startRecordedServer(({ method, path }) => {
      if (method === asleep) return { body: page };
      const list = method === 'GET' && path.includes('sysparm_query');
      return { body: { result: list ? [] : { sys_id: 'a1', number: 'CHG0030001' } } };
    });
    const there = createItsm({ server: () => server({ url: own.url }), http: createHttp, tokens: noTokens });
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

describe('what the system answers is compared with what was asked', () => {
  const recorded = (name: string): unknown =>
    JSON.parse(readFileSync(join(__dirname, '../fixtures/integrations', name), 'utf8'));
  const ours = { server: 'servicenow', number: 'CHG1', id: 'b' };
  const close = (): RenderedMessage =>
    itsm.render(point({ name: 'close', action: 'close', body: { state: '3' } }), context());

  /** An instance that answers to each method in its own way. */
  async function sending(
    message: RenderedMessage,
    change: ItsmChange | null,
    answers: Partial<Record<string, Answer | ((body: string) => Answer)>>,
  ): Promise<Sent> {
    const own = await startRecordedServer(({ method, body }) => {
      const given = answers[method] ?? { status: 500 };
      return typeof given === 'function' ? given(body) : given;
    });
    const there = createItsm({ server: () => server({ url: own.url }), http: createHttp, tokens: noTokens });
    const sent: Partial<Sent> = await there.send(message, change).then(
      (done) => ({ done }),
      (error: unknown) => ({ failure: (error as CallFailure).facts }),
    );
    await there.close();
    await own.close();
    const methods = own.received.map(({ method }) => method);
    return { ...sent, methods } as Sent;
  }

  it('a record of others, returned because the condition was dropped, is neither adopted nor closed', async () => {
    const dropped = { GET: { body: recorded('servicenow.query-dropped.json') } };
    for (const message of [create(), close()]) {
      const { failure, methods } = await sending(message, null, dropped);
      expect(failure).toMatchObject({ kind: 'rejected', code: 'itsm.foreign_record' });
      expect(failure.message).toContain('CHG0000007, which is not ours');
      expect(methods).toEqual(['GET']);
    }
  });

  it('a change that belongs to another ticket by now is not written to', async () => {
    const row = { sys_id: 'b', number: 'CHG1', correlation_id: 'securechange-7-servicenow' };
    const { failure, methods } = await sending(close(), ours, { GET: { body: { result: row } } });
    expect(failure).toMatchObject({ kind: 'rejected', code: 'itsm.foreign_record' });
    expect(methods).toEqual(['GET']);
  });

  it('a created change that does not keep our id is an error with advice', async () => {
    const row = { sys_id: 'c', number: 'CHG2', short_description: 'SecureChange 214', correlation_id: '' };
    const { failure } = await sending(create(), null, {
      GET: { body: { result: [] } },
      POST: { status: 201, body: { result: row } },
    });
    expect(failure).toMatchObject({ kind: 'rejected', code: 'itsm.id_not_stored' });
    expect(failure.message).toContain('write securechange-214-servicenow into its correlation_id');
  });

  it('a state that was kept is not delivered; the message says what was asked and what is', async () => {
    const kept = { body: recorded('servicenow.state-kept.json') };
    const { failure } = await sending(close(), ours, { GET: kept, PATCH: kept });
    expect(failure).toMatchObject({ kind: 'rejected', code: 'itsm.not_shown' });
    expect(failure.message).toContain('state is "-1" instead of "3"');
  });

  it('a state that a rule sets a moment later is delivered', async () => {
    const row = (state: string): Answer => ({ body: { result: { sys_id: 'b', number: 'CHG1', state } } });
    let state = '-1';
    const { done } = await sending(close(), ours, {
      GET: () => row(state),
      PATCH: () => {
        state = '3';
        return row('-1');
      },
    });
    expect(done).toEqual(ours);
  });

  it('a good status with an error is no empty list: nothing is created', async () => {
    const failed = { GET: { body: recorded('servicenow.200-with-error.json') } };
    const { failure, methods } = await sending(create(), null, failed);
    expect(failure).toMatchObject({ kind: 'transient', code: 'itsm.failed_inside' });
    expect(failure.message).toContain('Transaction cancelled');
    expect(methods).toEqual(['GET']);
  });

  it('a journal that cannot be read is unknown: the note is not sent', async () => {
    const row = { sys_id: 'b', number: 'CHG1', state: '-1' };
    const { failure, methods } = await sending(note(), ours, { GET: { body: { result: row } } });
    expect(failure).toMatchObject({ kind: 'rejected', code: 'itsm.journal_unreadable' });
    expect(methods).toEqual(['GET']);
  });

  it('a note that is there with the old state sends the state and not the note', async () => {
    const change = await itsm.send(create(), null);
    await itsm.send(note({ state: '-2' }), change);
    const bodies: string[] = [];
    const own = await startRecordedServer(async ({ method, path, body }) => {
      if (method === 'PATCH') bodies.push(body);
      const answer = await fetch(`${simulator.url}${path}`, {
        method,
        headers: {
          authorization: `Basic ${Buffer.from('itsm:itsm').toString('base64')}`,
          'content-type': 'application/json',
        },
        ...(body !== '' && { body }),
      });
      return { status: answer.status, body: await answer.json() };
    });
    const there = createItsm({ server: () => server({ url: own.url }), http: createHttp, tokens: noTokens });
    await there.send(note(), change);
    expect(bodies).toEqual(['{"state":"-1"}']);
    await there.close();
    await own.close();
  });

  it('the reason of a 403 reaches the person, cleaned and bounded, without our credential', async () => {
    password = CANARY;
    const detail = `mandatory: Close code\u001b[31m ${CANARY} ${'x'.repeat(2_000)}`;
    const refused = { status: 403, body: { error: { message: 'Operation Failed', detail } } };
    const row = { sys_id: 'b', number: 'CHG1', state: '-1' };
    const { failure } = await sending(close(), ours, {
      GET: { body: { result: row } },
      PATCH: refused,
    });
    expect(failure).toMatchObject({ kind: 'rejected', code: 'itsm.refused', status: 403 });
    expect(failure.message).toContain('it says: Operation Failed: mandatory: Close code');
    expect(failure.message).not.toContain(CANARY);
    expect(failure.message).not.toContain('\u001b');
    expect(failure.message.length).toBeLessThan(450);
  });

  it('a 403 without a reason is a missing right', async () => {
    const { failure } = await sending(close(), ours, { GET: { status: 403 } });
    expect(failure).toMatchObject({ kind: 'auth', code: 'http.forbidden' });
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
