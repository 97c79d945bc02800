import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker } from '@temporalio/worker';
import { toTimeline } from '../../src/audit/timeline.js';
import { createClient } from '../../packages/client/src/create-client.js';
import { createIntake } from '../../packages/client/src/create-intake.js';
import { inspectDeployment } from '../../packages/client/src/deployment.js';
import type { IntakeClient, OrchestratorClient } from '../../packages/client/src/contract.js';
import type { Command, SignedCommand } from '../../src/domain/commands.js';
import type { TicketEvent } from '../../src/domain/event.js';
import { CONTROL_WORKFLOW_ID, laneWorkflowId, TASK_QUEUES, ticketWorkflowId } from '../../src/domain/ids.js';
import type { TicketView } from '../../src/domain/view.js';
import { connectTemporal, type TemporalAccess } from '../../src/temporal/connect.js';
import {
  ensureSearchAttributes,
  missingSearchAttributes,
} from '../../src/temporal/ensure-search-attributes.js';
import { ensureRetentionDays, readRetentionDays } from '../../src/temporal/namespace.js';
import { WORKFLOW_TYPES } from '../../workflows/messages.js';
import { searchAttributeTable } from '../../workflows/search-attributes.js';
import { eventually } from '../support/eventually.js';
import { startTestDevServer, type TestDevServer } from '../support/temporal-server.js';

const SECOND = { deadlineMs: 5_000 };

let server: TestDevServer;
let temporal: TemporalAccess;
let client: OrchestratorClient;
let intake: IntakeClient;
let worker: { stop(): Promise<void> } | null = null;
let workflowBundle: Awaited<ReturnType<typeof bundleStandIns>>;

async function bundleStandIns() {
  const { bundleWorkflowCode } = await import('@temporalio/worker');
  const workflowsPath = fileURLToPath(new URL('../fixtures/workflows/stand-in.ts', import.meta.url));
  return bundleWorkflowCode({ workflowsPath });
}

async function startWorker(): Promise<{ stop(): Promise<void> }> {
  const connection = await NativeConnection.connect({ address: server.address });
  const running = await Worker.create({ connection, taskQueue: TASK_QUEUES.main, workflowBundle });
  const ended = running.run();
  return {
    stop: async () => {
      running.shutdown();
      await ended;
      await connection.close();
    },
  };
}

beforeAll(async () => {
  server = await startTestDevServer();
  temporal = await connectTemporal({ address: server.address, identity: 'gateway@test' });
  client = createClient({ address: server.address });
  intake = createIntake(temporal);
  workflowBundle = await bundleStandIns();
  worker = await startWorker();
});

afterAll(async () => {
  await worker?.stop();
  await client.close();
  await temporal.close();
  await server.stop();
});

let keys = 0;

function event(ticketId: string, name: string): TicketEvent {
  keys += 1;
  return {
    key: `key-${keys}`,
    name,
    ticketId,
    source: 'mediator',
    receivedAtMs: Date.now(),
    info: {
      id: ticketId,
      subject: 'Web\nshop — open 443 '.repeat(20),
      priority: null,
      createDate: null,
      updateDate: null,
      requester: null,
      stage: { id: '1', name: 'Open Request', task: null },
      openRequestStage: null,
      comment: null,
    },
  };
}

function signed(
  workflowId: string,
  command: Command,
  key = `command-${(keys += 1)}`,
  login = 'o.brandt',
): SignedCommand {
  return {
    command,
    reason: 'because of the test',
    key,
    workflowId,
    actor: { login, roles: ['operator'] },
    issuedAtMs: Date.now(),
    signature: 'made-for-the-test',
  };
}

async function report(ticketId: string, ...names: readonly string[]): Promise<void> {
  for (const name of names) await intake.report(event(ticketId, name), SECOND);
}

const sawEvents = (count: number) => (view: TicketView) => view.timeline.length >= count;

describe('intake', () => {
  it('starts the ticket with its first event and signals the same run with the next', async () => {
    const first = await intake.report(event('100', 'CREATE'), SECOND);
    const second = await intake.report(event('100', 'ADVANCE'), SECOND);
    expect(first.workflowId).toBe('ticket/100');
    expect(second.runId).toBe(first.runId);
    const view = await client.tickets.waitFor('100', sawEvents(2), { deadlineMs: 20_000 });
    expect(view.timeline.map(({ what }) => what)).toEqual(['event CREATE', 'event ADVANCE']);
  });

  it('gives the run a one-line summary that fits the server', async () => {
    await report('101', 'CREATE');
    const description = await temporal.client.workflow.getHandle(ticketWorkflowId('101')).describe();
    const summary = (await description.staticSummary()) ?? '';
    expect(summary).toMatch(/^Ticket 101: Web shop — open 443 Web/);
    expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(200);
  });

  it('knows whether Temporal and the namespace are there', async () => {
    expect(await intake.ready(2_000)).toBe(true);
    expect(await createIntake({ ...temporal, namespace: 'elsewhere' }).ready(2_000)).toBe(false);
  });

  it('carries a command once, however often its key is sent', async () => {
    await report('110', 'CREATE');
    const command = signed(ticketWorkflowId('110'), { kind: 'retry' });
    const first = await intake.operate(command, SECOND);
    await report('110', 'ADVANCE');
    const second = await intake.operate(command, SECOND);
    expect(first).toEqual({ accepted: true, code: 'done', message: 'retry after 1 events' });
    expect(second).toEqual(first);
  });

  it('hands back a refusal as the result it is', async () => {
    await report('111', 'CREATE');
    const result = await intake.operate(signed(ticketWorkflowId('111'), { kind: 'skip' }), SECOND);
    expect(result).toMatchObject({ accepted: false, code: 'wrongState' });
  });

  it('says that the outcome is unknown when the answer does not come in time', async () => {
    await report('112', 'CREATE');
    const hold = signed(ticketWorkflowId('112'), { kind: 'hold' });
    const from = Date.now();
    await expect(intake.operate(hold, { deadlineMs: 1_500 })).rejects.toMatchObject({
      code: 'commandUnknown',
    });
    expect(Date.now() - from).toBeLessThan(3_000);
  });

  it('distinguishes an unknown ticket from an ended one, which still answers the keys it handled', async () => {
    await expect(
      intake.operate(signed(ticketWorkflowId('99999'), { kind: 'retry' }), SECOND),
    ).rejects.toMatchObject({ code: 'ticketNotFound' });
    await expect(
      intake.operate(signed(laneWorkflowId('missing'), { kind: 'pause' }), SECOND),
    ).rejects.toMatchObject({
      code: 'laneNotFound',
    });
    await report('113', 'CREATE');
    const abort = signed(ticketWorkflowId('113'), { kind: 'abort' });
    const aborted = await intake.operate(abort, SECOND);
    await client.tickets.waitFor('113', (view) => view.outcome === 'aborted', { deadlineMs: 20_000 });
    expect(await intake.operate(abort, SECOND)).toEqual(aborted);
    expect(await intake.operate(signed(ticketWorkflowId('113'), { kind: 'retry' }), SECOND)).toMatchObject({
      accepted: false,
      code: 'wrongState',
    });
  });

  it('starts the stop switch when it does not run, and the client reads it', async () => {
    expect(await client.control.get()).toMatchObject({ stopped: true, sinceMs: null });
    for (const login of ['o.brandt', 'a.kaya'])
      await intake.operate(
        signed(CONTROL_WORKFLOW_ID, { kind: 'start' }, `start-by-${login}`, login),
        SECOND,
      );
    expect(await client.control.get()).toMatchObject({ stopped: false });
    await intake.operate(signed(CONTROL_WORKFLOW_ID, { kind: 'stop' }), SECOND);
    expect(await client.control.get()).toMatchObject({ stopped: true });
  });
});

describe('reading tickets', () => {
  it('shows the newest run that is no late event, and lists only that one', async () => {
    await report('200', 'CREATE', 'CLOSE');
    await client.tickets.waitFor('200', (view) => view.outcome === 'closed', { deadlineMs: 20_000 });
    await report('200', 'LATE');
    await eventually('the late run ends', async () => {
      const { status } = await temporal.client.workflow.getHandle(ticketWorkflowId('200')).describe();
      return status.name === 'COMPLETED';
    });
    await eventually('the client shows the closed run', async () => {
      return (await client.tickets.get('200')).outcome === 'closed';
    });
    const listed = await eventually('the list shows one run', async () => {
      const rows = (await client.tickets.list()).filter(({ ticketId }) => ticketId === '200');
      return rows.length === 1 && rows[0]?.outcome === 'closed' && rows;
    });
    expect(listed[0]).toMatchObject({ running: false, phase: 'advance', workflow: 'Firewall change' });
  });

  it('filters by text with quotes and backslashes, by device and by state', async () => {
    await report('210', 'CREATE', 'AUTOMATION_FAILED');
    await report('211', 'CREATE');
    const byStep = await eventually('found by step', async () => {
      const found = await client.tickets.list({ step: `it's "210" \\ step` });
      return found.length === 1 && found[0]?.needsAttention && found;
    });
    expect(byStep[0]).toMatchObject({
      ticketId: '210',
      running: true,
      needsAttention: true,
      windowOpensAtMs: 1_800_000_000_000,
      devices: ['ASA-EDGE', 'FW 210'],
    });
    const ids = async (filter: Parameters<OrchestratorClient['tickets']['list']>[0]) =>
      (await client.tickets.list(filter)).map(({ ticketId }) => ticketId);
    const byDevice = await eventually('the list, which lags, knows both', async () => {
      const found = await ids({ device: 'FW 211' });
      return found.length > 0 && found;
    });
    expect(byDevice).toEqual(['211']);
    expect(await ids({ needsAttention: true })).toEqual(['210']);
    expect(await ids({ needsAttention: false, device: 'FW 210' })).toEqual([]);
    expect(await ids({ open: true, device: 'ASA-EDGE' })).toEqual(expect.arrayContaining(['210', '211']));
    expect(await ids({ step: "' OR '1' = '1" })).toEqual([]);
    expect(await client.tickets.list({ open: true, limit: 2 })).toHaveLength(2);
  });

  it('does not show an old run that matches where the newest one does not', async () => {
    await report('220', 'CREATE', 'CLOSE');
    await client.tickets.waitFor('220', (view) => view.outcome === 'closed', { deadlineMs: 20_000 });
    const closed = async () =>
      (await client.tickets.list({ open: false, device: 'FW 220' })).map(({ ticketId }) => ticketId);
    await eventually('listed as closed', async () => (await closed()).length === 1);
    await report('220', 'REOPEN');
    await eventually('no longer listed as closed', async () => (await closed()).length === 0);
    expect((await client.tickets.get('220')).outcome).toBeNull();
  });

  it('says so when the ticket is unknown', async () => {
    await expect(client.tickets.get('999')).rejects.toMatchObject({ code: 'ticketNotFound' });
    await expect(client.tickets.history('999')).rejects.toMatchObject({ code: 'ticketNotFound' });
  });

  it('watches: the state at once, each change, and the end', async () => {
    await report('230', 'CREATE');
    const seen: number[] = [];
    for await (const view of client.tickets.watch('230', { everyMs: 50 })) {
      seen.push(view.timeline.length);
      if (seen.length === 1) await report('230', 'ADVANCE');
      if (seen.length === 2) await report('230', 'CLOSE');
    }
    expect(seen.at(-1)).toBe(3);
    expect(seen).toEqual([...new Set(seen)]);
  });

  it('ends a watch when an operator terminates the run, and when the caller gives up', async () => {
    await report('231', 'CREATE');
    const views: TicketView[] = [];
    for await (const view of client.tickets.watch('231', { everyMs: 50 })) {
      views.push(view);
      await temporal.client.workflow.getHandle(ticketWorkflowId('231')).terminate('test');
    }
    expect(views).toHaveLength(1);

    await report('232', 'CREATE');
    const stopWatching = new AbortController();
    for await (const _ of client.tickets.watch('232', { everyMs: 60_000, signal: stopWatching.signal }))
      stopWatching.abort();
    expect(stopWatching.signal.aborted).toBe(true);
  });

  it('gives up waiting at the deadline and names the state it met', async () => {
    await report('233', 'CREATE');
    await expect(client.tickets.waitFor('233', () => false, { deadlineMs: 1_000 })).rejects.toMatchObject({
      code: 'deadlineExceeded',
      message: expect.stringContaining('inProgress, Approval, approval'),
    });
  });

  it('reads the history of every run in order, over continue-as-new and reopening', async () => {
    await report('240', 'CREATE', 'CONTINUE');
    await client.tickets.waitFor('240', sawEvents(2), { deadlineMs: 20_000 });
    const command = signed(ticketWorkflowId('240'), { kind: 'retry' });
    await intake.operate(command, SECOND);
    await report('240', 'CLOSE');
    await client.tickets.waitFor('240', (view) => view.outcome === 'closed', { deadlineMs: 20_000 });
    await report('240', 'REOPEN');
    await client.tickets.waitFor('240', (view) => view.outcome === null, { deadlineMs: 20_000 });
    const facts = await client.tickets.history('240');
    const runIds = new Set(facts.map(({ runId }) => runId));
    expect(runIds.size).toBe(3);
    const signals = facts.filter(({ kind }) => kind === 'signal');
    expect(signals.map(({ input }) => (input as [TicketEvent])[0].name)).toEqual([
      'CREATE',
      'CONTINUE',
      'CLOSE',
      'REOPEN',
    ]);
    expect(signals[0]).toMatchObject({ name: 'ticketReported', identity: 'gateway@test' });
    const places = facts.map(({ runId, eventId }) => [[...runIds].indexOf(runId), eventId] as const);
    expect(places).toEqual([...places].sort((a, b) => a[0] - b[0] || a[1] - b[1]));
    const lines = toTimeline(facts).map(({ what }) => what);
    expect(lines).toEqual(
      expect.arrayContaining([
        'workflow started',
        'event CREATE',
        expect.stringContaining('phase approval'),
        'command retry',
        'workflow started again',
      ]),
    );
    expect(toTimeline(facts).find(({ kind }) => kind === 'command')).toMatchObject({
      who: 'o.brandt',
      detail: expect.stringMatching(/"because of the test" → done: retry after \d events/),
    });
  });
});

describe('lanes', () => {
  it('are found by key and by name, and listed', async () => {
    for (const [key, name] of [
      ['20', 'PANO-8'],
      ['30', 'FMG-EU'],
    ] as const) {
      await temporal.client.workflow.start(WORKFLOW_TYPES.lane, {
        workflowId: laneWorkflowId(key),
        taskQueue: TASK_QUEUES.main,
        args: [{ version: 1, key, name }],
      });
    }
    expect((await client.lanes.get('20')).name).toBe('PANO-8');
    const listed = await eventually('both lanes listed', async () => {
      const lanes = await client.lanes.list();
      return lanes.length === 2 && lanes;
    });
    expect(listed.map(({ key }) => key)).toEqual(['30', '20']);
    expect((await client.lanes.get('FMG-EU')).key).toBe('30');
    await expect(client.lanes.get('missing')).rejects.toMatchObject({ code: 'laneNotFound' });
    await intake.operate(signed(laneWorkflowId('20'), { kind: 'pause' }), SECOND);
    expect((await client.lanes.get('PANO-8')).paused).toMatchObject({ by: 'o.brandt' });
  });
});

describe('what is set up in Temporal', () => {
  it('is shown: version, retention, attributes, pollers', async () => {
    const facts = await inspectDeployment({ address: server.address });
    expect(facts.missingSearchAttributes).toEqual([]);
    expect(facts.sweep).toBeNull();
    expect(facts.queues.find(({ name }) => name === TASK_QUEUES.main)?.pollers.length).toBeGreaterThan(0);
    const [asked] = facts.queues.find(({ name }) => name === TASK_QUEUES.main)?.pollers ?? [];
    expect(Date.now() - (asked?.lastAskedAtMs ?? 0)).toBeLessThan(75_000);
    expect(facts.queues.find(({ name }) => name === TASK_QUEUES.push)?.pollers).toEqual([]);
  });

  it('is completed where something is missing, and left alone where it is not', async () => {
    const { connection, namespace } = temporal;
    const table = [...searchAttributeTable(), { name: 'ScoOnlyInThisTest', type: 'INT' }];
    expect(await missingSearchAttributes(connection, namespace, table)).toEqual(['ScoOnlyInThisTest']);
    expect(await ensureSearchAttributes(connection, namespace, table)).toEqual(['ScoOnlyInThisTest']);
    expect(await ensureSearchAttributes(connection, namespace, table)).toEqual([]);
    await expect(
      ensureSearchAttributes(connection, namespace, [{ name: 'ScoOnlyInThisTest', type: 'BOOL' }]),
    ).rejects.toThrow('other type');
    const before = await readRetentionDays(connection, namespace);
    expect(await ensureRetentionDays(connection, namespace, before + 5)).toBe(before + 5);
    expect(await ensureRetentionDays(connection, namespace, 1)).toBe(before + 5);
    expect(await readRetentionDays(connection, namespace)).toBe(before + 5);
  });
});

describe('while a server is away', () => {
  it('still reads lists and takes events without a worker, and says that the worker is missing', async () => {
    await report('300', 'CREATE');
    await client.tickets.waitFor('300', sawEvents(1), { deadlineMs: 20_000 });
    await worker?.stop();
    worker = null;
    const quick = createClient({ address: server.address, deadlineMs: 2_000 });
    await expect(quick.tickets.get('300')).rejects.toMatchObject({ code: 'workerAway' });
    expect((await quick.tickets.list({ device: 'FW 300' })).map(({ ticketId }) => ticketId)).toEqual(['300']);
    await report('300', 'ADVANCE');

    // A watcher lives through the restart.
    worker = await startWorker();
    await client.tickets.waitFor('300', sawEvents(2), { deadlineMs: 30_000 });
    const seen: number[] = [];
    for await (const view of client.tickets.watch('300', { everyMs: 100 })) {
      seen.push(view.timeline.length);
      if (view.outcome !== null) continue;
      await worker.stop();
      await report('300', 'CLOSE');
      worker = await startWorker();
    }
    expect(seen).toEqual([2, 3]);
  });

  it('answers temporalAway within the deadline while the server is dead, and works on once it is back', async () => {
    worker ??= await startWorker();
    await report('310', 'CREATE');
    await server.kill();
    const from = Date.now();
    await expect(intake.report(event('310', 'ADVANCE'), { deadlineMs: 1_500 })).rejects.toMatchObject({
      code: 'temporalAway',
    });
    expect(Date.now() - from).toBeLessThan(2_000);
    await expect(
      intake.operate(signed(ticketWorkflowId('310'), { kind: 'retry' }), { deadlineMs: 1_500 }),
    ).rejects.toMatchObject({ code: 'temporalAway' });
    const quick = createClient({ address: server.address, deadlineMs: 1_500 });
    await expect(quick.tickets.get('310')).rejects.toMatchObject({ code: 'temporalAway' });
    expect(await intake.ready(500)).toBe(false);

    await server.revive();
    await eventually('Temporal answers again', () => intake.ready(1_000));
    await report('310', 'ADVANCE');
    await client.tickets.waitFor('310', sawEvents(2), { deadlineMs: 60_000 });
  });
});
