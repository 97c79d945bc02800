import { rmSync } from 'node:fs';

import { makeBundle } from '../../src/audit/evidence/bundle.js';
import { checkLog } from '../../src/audit/evidence/check-log.js';
import { readLog, readRecord } from '../../src/audit/evidence/read-log.js';
import type { EvidenceRecord } from '../../src/audit/evidence/record.js';
import { canonicalJson } from '../../src/domain/canonical-json.js';
import type { HistoryFact } from '../../src/domain/history-fact.js';
import { AUDIT_EXPORT_WORKFLOW_ID, TASK_QUEUES, ticketWorkflowId } from '../../src/domain/ids.js';
import { WORKFLOW_TYPES } from '../../workflows/messages.js';
import { eventually } from '../support/eventually.js';
import { evidenceFolder, logIn } from '../support/evidence.js';
import { manager } from '../support/firewall-change.js';
import { quietSdk } from '../support/quiet-sdk.js';
import { startTestDevServer, type TestDevServer } from '../support/temporal-server.js';
import { TestEnvironment } from '../support/test-environment.js';

quietSdk();

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let server: TestDevServer;
let env: TestEnvironment;
let folder = evidenceFolder();
/** Of the export, so that a day passes at once. */
let aheadMs = 0;

beforeAll(async () => {
  server = await startTestDevServer();
  env = await TestEnvironment.start({
    address: server.address,
    deps: ({ clock }) => {
      const now = (): number => clock.now() + aheadMs;
      return { clock: { ...clock, now }, evidence: { write: (work) => logIn(folder, now).write(work) } };
    },
  });
});

afterAll(async () => {
  await env.stop();
  await server.stop();
});

beforeEach(() => {
  folder = evidenceFolder();
  aheadMs = 0;
});

let scheduled = 0;
/** As the schedule starts it: open runs only once a day. */
async function hourlyExport(): Promise<void> {
  scheduled += 1;
  await env.temporal.client.workflow.execute(WORKFLOW_TYPES.auditExport, {
    workflowId: `${AUDIT_EXPORT_WORKFLOW_ID}-${scheduled}`,
    taskQueue: TASK_QUEUES.main,
    args: [],
  });
}

async function records(about: string): Promise<readonly EvidenceRecord[]> {
  const log = await readLog(folder);
  const entries = log.entries.filter((entry) => entry.about.includes(about));
  return await Promise.all(
    entries.map(async (entry) => JSON.parse((await readRecord(log, entry)).toString()) as EvidenceRecord),
  );
}

const eventsOf = (found: readonly EvidenceRecord[], workflowId: string): readonly HistoryFact[] =>
  found.filter((one) => one.workflowId === workflowId).flatMap(({ events }) => events);

it('a ticket of many runs is exported whole, with the push that carried it and every ticket that rode', async () => {
  env.open('nightly', env.nowMs() + 4_000);
  const shared = { devices: [manager('SHARED')] };
  for (const id of ['10', '11']) await env.reach(env.ticket(id, shared), 'Implementation');
  await Promise.all(['10', '11'].map(async (id) => env.ended(id)));
  await env.report('10', 'CLOSE');
  await eventually('the late event has a run of its own', async () => {
    const runs = new Set((await env.history('10')).map(({ runId }) => runId));
    return runs.size === 2 && (await env.view('10')).outcome !== null;
  });

  const result = await env.client.evidence.export();
  expect(result).toMatchObject({ goneCount: 0, cut: null });

  const found = await records(ticketWorkflowId('10'));
  const history = await env.history('10');
  expect(new Set(history.map(({ runId }) => runId)).size).toBeGreaterThan(1);
  const exported = eventsOf(found, ticketWorkflowId('10'));
  expect(inOrder(exported) === inOrder(history)).toBe(true);
  const pushes = found.filter(({ type }) => type === 'push');
  expect(pushes.length).toBeGreaterThan(0);
  const said = JSON.stringify(found.map(({ statements }) => statements));
  expect(said).toMatch(/"by":\["a\.schmidt"\]/);
  expect(said).toMatch(/"verdict":\{.*?"kind":"sent"/);
  await expect(checkLog(folder)).resolves.toMatchObject({ ok: true, head: { size: result.head?.size } });
});

it('an open run is exported once a day with what is new, a closed one at the next hour, and nothing twice', async () => {
  env.open('nightly', env.nowMs() + HOUR);
  const id = ticketWorkflowId('20');
  await env.reach(env.ticket('20'), 'Implementation');
  await env.until('20', 'waits for the window', (view) => view.waiting?.for === 'window');
  await eventually('the list shows it', async () => {
    await hourlyExport();
    return (await records(id)).length > 0;
  });
  const first = eventsOf(await records(id), id).length;

  await env.operate(id, { kind: 'hold' });
  await hourlyExport();
  expect(eventsOf(await records(id), id)).toHaveLength(first);

  aheadMs = DAY + HOUR;
  await hourlyExport();
  aheadMs = 0;
  const second = await records(id);
  expect(eventsOf(second, id).length).toBeGreaterThan(first);
  // A lane or push that names the ticket may be the newest record about it.
  const own = second.filter(({ workflowId }) => workflowId === id);
  expect(JSON.stringify(own.at(-1)?.statements.decisions)).toMatch(/"kind":"hold"/);

  await env.operate(id, { kind: 'resume' });
  env.open('nightly', env.nowMs());
  await env.replan('nightly', 'manager-of-FW-20');
  await env.ended('20');
  await eventually('the list shows its end', async () => {
    await hourlyExport();
    return (await records(id)).some(({ status }) => status === 'completed');
  });
  const all = (await records(id)).filter(({ workflowId }) => workflowId === id);
  const keys = all.flatMap(({ runId, events }) => events.map(({ eventId }) => `${runId} ${eventId}`));
  expect(new Set(keys).size).toBe(keys.length);
  const exported = all.flatMap(({ events }) => events);
  expect(inOrder(exported) === inOrder(await env.history('20'))).toBe(true);
  await hourlyExport();
  expect((await readLog(folder)).entries.filter(({ workflowId }) => workflowId === id)).toHaveLength(
    all.length,
  );
});

function inOrder(facts: readonly HistoryFact[]): string {
  const key = ({ atMs, runId, eventId }: HistoryFact): string => `${runId} ${eventId} ${atMs}`;
  return canonicalJson(facts.toSorted((a, b) => key(a).localeCompare(key(b))));
}

it('the evidence is whole after Temporal has removed the history', async () => {
  env.open('nightly', env.nowMs());
  const id = ticketWorkflowId('30');
  await env.reach(env.ticket('30'), 'Implementation');
  await env.ended('30');
  await env.client.evidence.export();
  const before = await makeBundle(await readLog(folder), id);
  const size = (await readLog(folder)).entries.length;
  await remove(id);
  await env.client.evidence.export();
  expect(await makeBundle(await readLog(folder), id, size)).toBe(before);
});

it('three exports at once leave every event once', async () => {
  env.open('nightly', env.nowMs());
  const id = ticketWorkflowId('40');
  await env.reach(env.ticket('40'), 'Implementation');
  await env.ended('40');
  await Promise.all([env.client.evidence.export(), hourlyExport(), env.client.evidence.export()]);
  await eventually('the list shows its end', async () => {
    await hourlyExport();
    return (await records(id)).some(({ status }) => status === 'completed');
  });
  const keys = (await records(id)).flatMap(({ runId, events }) =>
    events.map(({ eventId }) => `${runId} ${eventId}`),
  );
  expect(new Set(keys).size).toBe(keys.length);
  await expect(checkLog(folder)).resolves.toMatchObject({ ok: true });
});

it('an export into a log that was changed fails at once, and says where', async () => {
  await env.client.evidence.export();
  const { files } = await readLog(folder);
  rmSync(files.log);
  await expect(env.client.evidence.export()).rejects.toThrow(
    /its newest head signs \d+\. Nothing was written/,
  );
});

async function remove(workflowId: string): Promise<void> {
  const { client, namespace } = env.temporal;
  for await (const { runId } of client.workflow.list({ query: `WorkflowId = '${workflowId}'` }))
    await client.workflowService.deleteWorkflowExecution({
      namespace,
      workflowExecution: { workflowId, runId },
    });
  await eventually('it is removed', async () => {
    for await (const one of client.workflow.list({ query: `WorkflowId = '${workflowId}'` }))
      return one === undefined;
    return true;
  });
}
