import { Client, Connection } from '@temporalio/client';
import { historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';

import { makeBundle } from '../../src/audit/evidence/bundle.js';
import { checkLog } from '../../src/audit/evidence/check-log.js';
import { readLog } from '../../src/audit/evidence/read-log.js';
import { createClient } from '../../packages/client/src/create-client.js';
import { NO_KEYS, parsePayloadKeys, type PayloadProtection } from '../../src/config/payload-keys.js';
import { CallFailure } from '../../src/domain/failure.js';
import { ticketWorkflowId } from '../../src/domain/ids.js';
import { readHistory } from '../../src/temporal/read-history.js';
import { workflowsToRun } from '../../workers/bundle-workflows.js';
import { ticketReported } from '../../workflows/messages.js';
import { eventually } from '../support/eventually.js';
import { evidenceFolder, logIn } from '../support/evidence.js';
import { manager } from '../support/firewall-change.js';
import { quietSdk } from '../support/quiet-sdk.js';
import { startTestDevServer, type TestDevServer } from '../support/temporal-server.js';
import { TestEnvironment } from '../support/test-environment.js';

quietSdk();

const HOUR = 3_600_000;
const OLD = `old ${'a1'.repeat(32)}`;
const NEW = `new ${'b2'.repeat(32)}`;
const protection = (encrypts: boolean, ...lines: string[]): PayloadProtection => {
  const parsed = lines.length === 0 ? NO_KEYS : parsePayloadKeys(lines.join('\n'));
  if ('wrong' in parsed) throw new Error(parsed.wrong);
  return { encrypts, ...parsed };
};

let server: TestDevServer;
let env: TestEnvironment;
let raw: Connection;
let exportFails = false;
const REFUSED = {
  system: 'orchestrator',
  operation: 'export of evidence',
  kind: 'rejected',
  code: 'orchestrator.evidence_damaged',
  message: 'said-in-failure',
} as const;
const folder = evidenceFolder();

beforeAll(async () => {
  server = await startTestDevServer();
  env = await TestEnvironment.start({
    address: server.address,
    deps: () => ({
      evidence: {
        write: async (work) => {
          if (exportFails) throw new CallFailure(REFUSED);
          return await logIn(folder, Date.now).write(work);
        },
      },
    }),
  });
  raw = await Connection.connect({ address: server.address });
});

afterAll(async () => {
  await raw?.close();
  await env?.stop();
  await server?.stop();
});

/** As the server has them: no key, no codec. */
async function storedHistories(): Promise<ReadonlyMap<string, string>> {
  const temporal = new Client({ connection: raw });
  const found = new Map<string, string>();
  const { executions } = await raw.workflowService.listWorkflowExecutions({
    namespace: 'default',
    pageSize: 1_000,
  });
  for (const row of executions) {
    const { workflowId, runId } = row.execution ?? {};
    if (!workflowId || !runId) throw new Error('a row without an id');
    const { events } = await temporal.workflow.getHandle(workflowId, runId).fetchHistory();
    // Search attributes are never encrypted; ids neither.
    const others = (events ?? []).filter((event) => !event.upsertWorkflowSearchAttributesEventAttributes);
    for (const { workflowExecutionStartedEventAttributes: start } of others)
      if (start) Reflect.deleteProperty(start, 'searchAttributes');
    for (const { workflowExecutionContinuedAsNewEventAttributes: next } of others)
      if (next) Reflect.deleteProperty(next, 'searchAttributes');
    found.set(workflowId, (found.get(workflowId) ?? '') + textOf([others, row.memo]));
  }
  return found;
}

/** With what its bytes, which are Base64 in JSON, say as text: what is not encrypted can be read in it. */
function textOf(value: unknown): string {
  const text = JSON.stringify(value);
  const bytes = [...text.matchAll(/"([A-Za-z0-9+/]{4,}={0,2})"/g)].map(([, base64 = '']) =>
    Buffer.from(base64, 'base64').toString('latin1'),
  );
  return [text, ...bytes].join('\n');
}

const waitsForWindow = (id: string) =>
  env.until(id, 'waits for its window', (view) => view.waiting?.for === 'window');

async function waiting(id: string): Promise<void> {
  await env.reach(
    env.ticket(id, { requester: `requester${id}`, devices: [manager(`FW-${id}`)] }),
    'Implementation',
  );
  await waitsForWindow(id);
}

async function finish(...ids: string[]): Promise<void> {
  env.open('nightly', env.nowMs());
  // A lane that has read the calendar by itself has no place any more.
  await Promise.all(
    ids.map(async (id) =>
      Promise.race([env.replan('nightly', `manager-of-FW-${id}`).catch(() => undefined), env.ended(id)]),
    ),
  );
  for (const id of ids) expect((await env.ended(id)).outcome).toBe('closed');
}

it('tickets live on while encryption is turned on and keys are exchanged, and no stored payload has a word of theirs', async () => {
  env.open('nightly', env.nowMs() + HOUR);
  await waiting('1');
  expect((await storedHistories()).get(ticketWorkflowId('1'))).toMatch(/requester1/);

  // As the runbook says: all read the key, then all encrypt with it.
  await env.restartWith(protection(false, OLD));
  await env.restartWith(protection(true, OLD));
  await env.operate(ticketWorkflowId('1'), { kind: 'hold' }, { reason: 'said-in-reason' });
  await env.operate(ticketWorkflowId('1'), { kind: 'resume' });
  await waiting('2');
  await env.restartWith(protection(true, OLD, NEW));
  await env.restartWith(protection(true, NEW, OLD));
  await waiting('3');
  await finish('1', '2', '3');

  const stored = await storedHistories();
  for (const [id, words] of [
    ['1', ['said-in-reason']],
    ['2', ['requester2', 'a.schmidt', 'Access']],
    ['3', ['requester3', 'a.schmidt', 'Access', 'Implementation']],
  ] as const) {
    const history = stored.get(ticketWorkflowId(id)) ?? '';
    expect(history).toContain('binary/encrypted');
    for (const word of words) expect(`${word}: ${history.includes(word)}`).toBe(`${word}: false`);
  }
  for (const [id, text] of stored)
    for (const word of ['requester2', 'requester3', 'said-in-reason'])
      expect(`${id} ${word} ${text.includes(word)}`).toBe(`${id} ${word} false`);
  const both = stored.get(ticketWorkflowId('2')) ?? '';
  expect(both).toContain('old.');
  expect(both).toContain('new.');
});

it('views, lists and histories are what they are without encryption, and replay', async () => {
  const { tickets } = env.client;
  await eventually('the list has them', async () => (await tickets.list({})).length >= 3);
  const rows = await tickets.list({});
  expect(rows.filter((row) => 'undecodable' in row)).toEqual([]);
  const said = JSON.stringify(await env.history('2'));
  for (const word of ['requester2', 'a.schmidt']) expect(said).toContain(word);
  const workflowBundle = await workflowsToRun(process.env['SCO_WORKFLOW_BUNDLE']);
  for (const id of ['1', '2', '3']) {
    const plain = await readHistory(env.temporal.client, ticketWorkflowId(id));
    expect(textOf(plain)).not.toContain('binary/encrypted');
    const written = historyFromJSON(JSON.parse(historyToJSON(plain)));
    await Worker.runReplayHistory({ workflowBundle }, written, ticketWorkflowId(id));
  }
});

it('evidence has the events in clear, and is verified without any key', async () => {
  await eventually('every ticket is exported', async () => {
    await env.client.evidence.export();
    const log = await checkLog(folder);
    return log.ok && (await bundleOf('2')) !== null;
  });
  const bundle = JSON.stringify(await bundleOf('2'));
  for (const word of ['requester2', 'a.schmidt']) expect(bundle).toContain(word);
  expect(bundle).not.toContain('binary/encrypted');
});

async function bundleOf(id: string): Promise<unknown> {
  try {
    return await makeBundle(await readLog(folder), ticketWorkflowId(id));
  } catch {
    return null;
  }
}

it('what an activity says when it fails is encrypted too, also in the workflow that fails with it', async () => {
  exportFails = true;
  await expect(env.client.evidence.export()).rejects.toThrow('said-in-failure');
  exportFails = false;
  // A list shows a run a moment after it began.
  const [id, text] = await eventually('the failed run is listed', async () =>
    [...(await storedHistories())].find(([, one]) => one.includes('WORKFLOW_EXECUTION_FAILED')),
  );
  expect(id).toMatch(/^audit/);
  expect(text).toContain('Encoded failure');
  expect(text).not.toContain('said-in-failure');
});

it('a worker and a client without the key say which one is missing, and the ticket goes on when they have it', async () => {
  env.open('nightly', env.nowMs() + HOUR);
  await waiting('5');
  await env.stopWorkers();
  const without = createClient({ address: server.address, deadlineMs: 5_000, payloads: protection(false) });
  await expect(without.tickets.history('5')).rejects.toThrow(
    /encrypted with key new\.[0-9a-f]{8}, and SCO_PAYLOAD_KEYS is not set here/,
  );
  await without.close();
  await env.restartWith(protection(true, `other ${'c3'.repeat(32)}`));
  await env.temporal.client.workflow.getHandle(ticketWorkflowId('5')).signal(ticketReported, {} as never);
  const failing = await eventually('the task fails', async () => {
    const { failing: found } = await env.client.workflows.failing();
    return found.find(({ workflowId, reason }) => workflowId === ticketWorkflowId('5') && reason !== null);
  });
  expect(failing.reason).toMatch(/it was encrypted with key new\..* has only other\./);
  await env.restartWith(protection(true, NEW, OLD, `other ${'c3'.repeat(32)}`));
  await finish('5');
}, 60_000);

it('a forged payload blocks neither the ticket nor its history', async () => {
  env.open('nightly', env.nowMs() + HOUR);
  await waiting('6');
  const [key] = protection(true, NEW).keys;
  await raw.workflowService.signalWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: ticketWorkflowId('6') },
    signalName: ticketReported.name,
    input: {
      payloads: [
        {
          metadata: {
            encoding: Buffer.from('binary/encrypted'),
            'encryption-key-id': Buffer.from(key?.id ?? ''),
          },
          data: Buffer.alloc(60),
        },
      ],
    },
  });
  await env.until('6', 'counts it', (view) => view.ignored !== undefined);
  await finish('6');
  expect(
    (await env.history('6')).some(
      ({ kind, input }) => kind === 'signal' && JSON.stringify(input) === '[null]',
    ),
  ).toBe(true);
});
