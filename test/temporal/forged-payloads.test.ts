/** What every caller of Temporal can send where payloads are encrypted: no one of it may block a workflow. */
import type { Payload } from '@temporalio/common';

import { parsePayloadKeys, type PayloadProtection } from '../../src/config/payload-keys.js';
import { TASK_QUEUES, ticketWorkflowId } from '../../src/domain/ids.js';
import { createIntake } from '../../packages/client/src/create-intake.js';
import { connectTemporal } from '../../src/temporal/connect.js';
import { EncryptingCodec } from '../../src/temporal/payload-codec.js';
import { operateTicket, ticketReported, ticketView } from '../../workflows/messages.js';
import { eventually } from '../support/eventually.js';
import { signedCommand } from '../support/fake-temporal.js';
import { quietSdk } from '../support/quiet-sdk.js';
import { startTestDevServer, type TestDevServer } from '../support/temporal-server.js';
import { TestEnvironment } from '../support/test-environment.js';

quietSdk();

const HOUR = 3_600_000;
const KEY = `ours ${'a1'.repeat(32)}`;
const protection = (...lines: string[]): PayloadProtection => {
  const parsed = parsePayloadKeys(lines.join('\n'));
  if ('wrong' in parsed) throw new Error(parsed.wrong);
  return { encrypts: true, ...parsed };
};
const OURS = protection(KEY, 'ignore gone.0123abcd');
const KEY_ID = OURS.keys[0]?.id ?? '';
/** In the form of our ids: it may be a key that comes back. */
const UNKNOWN = 'lost.0123abcd';

let server: TestDevServer;
let env: TestEnvironment;

beforeAll(async () => {
  server = await startTestDevServer();
  env = await TestEnvironment.start({ address: server.address, payloads: OURS });
  env.open('nightly', env.nowMs() + HOUR);
  await env.reach(env.ticket('1'), 'Approval');
  await env.until('1', 'asks for approval', (view) => view.waiting?.for === 'approval');
});

afterAll(async () => {
  await env?.stop();
  await server?.stop();
});

const encrypted = (keyId: string | null, data: Uint8Array = Buffer.alloc(60)): Payload => ({
  metadata: {
    encoding: Buffer.from('binary/encrypted'),
    ...(keyId !== null && { 'encryption-key-id': Buffer.from(keyId) }),
  },
  data,
});
const json = (value: unknown): Payload => ({
  metadata: { encoding: Buffer.from('json/plain') },
  data: Buffer.from(JSON.stringify(value)),
});

async function truncated(): Promise<Payload> {
  const [payload = {}] = await new EncryptingCodec(OURS).encode([json({ any: 'thing' })]);
  return { ...payload, data: (payload.data ?? new Uint8Array()).subarray(0, -5) };
}

const FORGED: readonly (readonly [what: string, payload: () => Payload | Promise<Payload>])[] = [
  ['zeros under our key', () => encrypted(KEY_ID)],
  ['what was truncated', truncated],
  ['nothing under our key', () => encrypted(KEY_ID, new Uint8Array())],
  ['no key id', () => encrypted(null)],
  ['a key id of another form', () => encrypted('theirs')],
  ['a key id to ignore', () => encrypted('gone.0123abcd')],
  [
    'what a worker hands on for a missing key',
    () => ({ metadata: { encoding: Buffer.from('binary/key-missing') }, data: Buffer.from('stop here') }),
  ],
];

const workflowId = (id: string) => ticketWorkflowId(id);
const of = (id: string) => ({ namespace: 'default', workflowExecution: { workflowId: workflowId(id) } });
const service = () => env.temporal.client.workflowService;

async function signal(id: string, payload: Payload, header?: Payload): Promise<void> {
  await service().signalWorkflowExecution({
    ...of(id),
    signalName: ticketReported.name,
    input: { payloads: [payload] },
    ...(header && { header: { fields: { theirs: header } } }),
  });
}

async function update(id: string, payload: Payload) {
  return await service().updateWorkflowExecution({
    ...of(id),
    waitPolicy: { lifecycleStage: 3 },
    request: {
      meta: { updateId: `forged-${Math.random()}`, identity: 'theirs' },
      input: { name: operateTicket.name, args: { payloads: [payload] } },
    },
  });
}

async function query(id: string, payload: Payload): Promise<unknown> {
  const { queryResult } = await service().queryWorkflow({
    namespace: 'default',
    execution: { workflowId: workflowId(id) },
    query: { queryType: ticketView.name, queryArgs: { payloads: [payload] } },
  });
  return queryResult;
}

/** Why workflow tasks of its present run failed. */
async function failures(id: string): Promise<readonly string[]> {
  const { events } = await env.temporal.client.workflow.getHandle(workflowId(id)).fetchHistory();
  return (events ?? []).flatMap(({ workflowTaskFailedEventAttributes: failed }) =>
    failed ? [JSON.stringify(failed.failure)] : [],
  );
}

it.each(FORGED)('%s: as a signal it is counted and ignored', async (_what, payload) => {
  const before = (await env.view('1')).ignored?.count ?? 0;
  await signal('1', await payload());
  await env.until('1', 'counts it', (view) => (view.ignored?.count ?? 0) === before + 1);
  expect(await failures('1')).toEqual([]);
});

it.each([...FORGED, ['an unknown key', () => encrypted(UNKNOWN)] as const])(
  '%s: as an update it is refused and not stored, as a query it gets no answer',
  async (_what, payload) => {
    const { outcome } = await update('1', await payload());
    expect(outcome?.failure).toBeTruthy();
    await query('1', await payload()).catch(() => undefined);
    expect((await env.view('1')).waiting?.for).toBe('approval');
    expect(await failures('1')).toEqual([]);
    const { events } = await env.temporal.client.workflow.getHandle(workflowId('1')).fetchHistory();
    expect((events ?? []).some((event) => event.workflowExecutionUpdateAcceptedEventAttributes)).toBe(false);
  },
);

it('a header that was forged changes nothing', async () => {
  const before = (await env.view('1')).ignored?.count ?? 0;
  await signal('1', json({}), encrypted(UNKNOWN));
  await env.until('1', 'counts it', (view) => (view.ignored?.count ?? 0) === before + 1);
  expect(await failures('1')).toEqual([]);
});

it('a run that another caller starts with a forged state and memo follows its ticket all the same', async () => {
  let n = 100;
  for (const [what, payload] of FORGED) {
    n += 1;
    env.mediatorWorks = false;
    const ticket = env.ticket(String(n));
    ticket.complete(ticket.requester);
    env.mediatorWorks = true;
    await service().startWorkflowExecution({
      namespace: 'default',
      workflowId: workflowId(String(n)),
      workflowType: { name: 'ticket' },
      taskQueue: { name: TASK_QUEUES.main },
      requestId: what,
      input: { payloads: [await payload()] },
      memo: { fields: { subject: await payload(), theirs: await payload() } },
    });
    await env.until(String(n), 'is read', (view) => view.step !== null);
    expect([what, await failures(String(n))]).toEqual([what, []]);
  }
});

it('a client that encrypts nothing is understood, and its words are not encrypted', async () => {
  const plain = await connectTemporal({
    address: server.address,
    identity: 'plain@test',
    payloads: { ...OURS, encrypts: false },
  });
  const intake = createIntake(plain);
  const hold = signedCommand({ kind: 'hold' }, workflowId('1'), env.nowMs(), { reason: 'said-in-clear' });
  expect(await intake.operate(hold, { deadlineMs: 20_000 })).toMatchObject({ accepted: true });
  await plain.close();
  expect((await env.view('1')).held).not.toBeNull();
  expect(await env.operate(workflowId('1'), { kind: 'resume' })).toMatchObject({ accepted: true });
});

it('a signal under a key that may come back waits for it, says so, and can be given up', async () => {
  await env.reach(env.ticket('2'), 'Approval');
  await env.until('2', 'asks for approval', (view) => view.waiting?.for === 'approval');
  await signal('2', encrypted(UNKNOWN));
  const { reason } = await eventually('its task fails', async () =>
    (await env.client.workflows.failing()).failing.find(
      (one) => one.workflowId === workflowId('2') && one.reason !== null,
    ),
  );
  expect(reason).toMatch(
    /encrypted with key lost\.0123abcd, and SCO_PAYLOAD_KEYS has only ours\.\w+\. Add that key .* or `ignore lost\.0123abcd`/,
  );
  // The others are not concerned.
  expect((await env.view('1')).waiting?.for).toBe('approval');
  await env.restartWith(protection(KEY, 'ignore gone.0123abcd', `ignore ${UNKNOWN}`));
  await env.until('2', 'counts it', (view) => view.ignored?.count === 1);
  const facts = await env.history('2');
  expect(facts.some(({ kind, input }) => kind === 'signal' && JSON.stringify(input) === '[null]')).toBe(true);
});
