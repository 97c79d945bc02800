import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Connection, Client } from '@temporalio/client';

import { ticketWorkflowId } from '../../src/domain/ids.js';
import { eventually } from '../support/eventually.js';
import { failedReplays } from '../support/replay-everything.js';
import { startRunningProduct, type RunningProduct } from '../support/running-product.js';
import { savesAhead } from '../../src/demo/configure.js';
import { DEVICES, type Write } from '../support/simulator-client.js';

let running: RunningProduct;
let connection: Connection;
let temporal: Client;

beforeAll(async () => {
  running = await startRunningProduct({
    edit: (configDir) => {
      savesAhead(configDir);
      const file = join(configDir, 'processes/firewall-change-auto.yaml');
      writeFileSync(file, readFileSync(file, 'utf8').replace(/^mode: drive$/m, 'mode: observe'));
    },
  });
  connection = await Connection.connect({ address: running.product.temporal.address });
  temporal = new Client({ connection });
});

afterAll(async () => {
  await connection.close();
  try {
    expect(await failedReplays(running.product.temporal.address)).toEqual([]);
  } finally {
    await running.stop();
  }
});

async function approvedTicket(
  subject: string,
  targets: readonly { id: number; name: string }[] = [],
): Promise<string> {
  const { simulator } = running;
  const id = await simulator.createTicket({ subject, targets });
  await eventually(
    `ticket ${id} asks for approval`,
    async () => (await simulator.ticket(id)).step?.name === 'Approval',
  );
  await simulator.act(id, { as: 'a.kaya', do: 'approve', reason: 'fine' });
  return id;
}

async function pushesOf(id: string): Promise<readonly Write[]> {
  const writes = await running.simulator.writes();
  return writes.filter(
    (write) => write.ticketId === Number(id) && (write.action === 'update' || write.action === 'commit'),
  );
}

async function historyLength(id: string): Promise<number> {
  return (await temporal.workflow.getHandle(ticketWorkflowId(id)).describe()).historyLength;
}

async function sweepsSince(time: Date): Promise<number> {
  const query = `WorkflowType = 'sweep' AND ExecutionStatus = 'Completed' AND StartTime > '${time.toISOString()}'`;
  return (await temporal.workflow.count(query)).count;
}

it('a ticket saves its Updates early, enforces inside the window only, once each, and closes its change', async () => {
  const { simulator } = running;
  const opensAtMs = Date.now() + 3_600_000;
  running.setWindow('nightly', opensAtMs);
  const id = await approvedTicket('two managers and a direct firewall');
  await running.until(
    id,
    'waits for its window',
    (view) => view.waiting?.for === 'window' && view.savedNotPushed.length === 2,
  );

  // While it waits, sweeps come and go and its history does not grow.
  // What it waits for is seen in the workflow task that begins the wait: its end is one event more.
  const seenAt = new Date();
  await eventually('a sweep', async () => (await sweepsSince(seenAt)) >= 1);
  const before = await historyLength(id);
  const since = new Date();
  await eventually('three more sweeps', async () => (await sweepsSince(since)) >= 3);
  expect(await historyLength(id)).toBe(before);
  // Two managers, two lanes: which of them saves first is not promised.
  expect((await pushesOf(id)).map(({ action, deviceId }) => `${action} ${deviceId ?? ''}`).sort()).toEqual([
    'update 21',
    'update 31',
  ]);

  // An operator moves the window to now: the lane gets it with the next sweep.
  running.setWindow('nightly', null);
  const movedAtMs = Date.now();
  await running.until(id, 'is closed', (view) => view.outcome === 'closed');
  const pushes = await pushesOf(id);
  const applied = pushes.filter((push) => push.applied);
  expect(applied.map(({ action, deviceId }) => `${action} ${deviceId ?? ''}`).sort()).toEqual([
    'commit 21',
    'commit 31',
    'update 21',
    'update 31',
    'update 40',
  ]);
  const enforcing = applied.filter(({ action, deviceId }) => action === 'commit' || deviceId === 40);
  expect(enforcing.every(({ atMs }) => atMs >= movedAtMs)).toBe(true);
  await eventually('the change is closed', async () => {
    const own = (await simulator.changes()).filter(
      ({ correlation_id }) => correlation_id === `securechange-${id}-servicenow`,
    );
    return own.length === 1 && own[0]?.state === '3';
  });
  expect(await historyLength(id)).toBeLessThanOrEqual(300);
});

it('a process in observe writes nothing anywhere but in our own history', async () => {
  const { simulator } = running;
  const seq = (await simulator.writes()).at(-1)?.seq ?? 0;
  const id = await simulator.createTicket({ subject: 'only looked at', workflow: 'Firewall change (auto)' });
  await running.until(id, 'is followed', (view) => view.mode === 'observe' && view.step === 'Approval');
  await simulator.act(id, { as: 'a.kaya', do: 'approve', reason: 'fine' });
  await running.until(id, 'is followed on', (view) => view.step === 'Implementation');
  await simulator
    .act(id, { as: 'o.brandt', do: 'cancel', comment: 'no longer needed' })
    .catch(async () => simulator.act(id, { as: 'j.meier', do: 'cancel' }));
  await running.until(id, 'ends with the ticket', (view) => view.outcome === 'cancelled');
  const writes = (await simulator.writes(seq)).filter(
    (write) => write.ticketId === Number(id) || write.system === 'itsm',
  );
  expect(writes.map(({ action }) => action)).toEqual(['create']);
});

it('after `stop` no Update or Commit is sent, after `start` the waiting ones go on', async () => {
  const { commands, simulator } = running;
  running.setWindow('nightly', null);
  await simulator.timings({ updateMs: 400 });
  const first = await approvedTicket('stopped in the middle', [DEVICES.dgB, DEVICES.adom]);
  await eventually('the first push is sent', async () => (await pushesOf(first)).length > 0);
  expect(await commands.control({ kind: 'stop' }, { reason: 'firewalls misbehave' })).toMatchObject({
    accepted: true,
  });
  const stoppedAtMs = Date.now();
  await running.until(first, 'waits for the start', (view) => view.waiting?.for === 'start');
  expect((await running.client.control.get()).stopped).toBe(true);
  const since = new Date();
  await eventually('two more sweeps', async () => (await sweepsSince(since)) >= 2);
  expect((await pushesOf(first)).every(({ atMs }) => atMs < stoppedAtMs + 5_000)).toBe(true);
  expect((await pushesOf(first)).filter(({ atMs }) => atMs >= stoppedAtMs + 5_000)).toEqual([]);

  const start = { reason: 'they behave again' };
  expect(await commands.control({ kind: 'start' }, start)).toMatchObject({ code: 'secondPerson' });
  expect((await running.client.control.get()).stopped).toBe(true);
  expect(await running.second.control({ kind: 'start' }, start)).toMatchObject({ accepted: true });
  await running.until(first, 'is closed', (view) => view.outcome === 'closed');
});

it('a held ticket starts nothing, an aborted one is only followed, an adopted one is driven again', async () => {
  const { commands, simulator } = running;
  running.setWindow('nightly', Date.now() + 3_600_000);
  const id = await approvedTicket('hold, abort, adopt', [DEVICES.adom]);
  await running.until(id, 'waits for its window', (view) => view.waiting?.for === 'window');
  await running.until(id, 'its Update is saved', (view) => view.savedNotPushed.length === 1);
  expect(await commands.ticket(id, { kind: 'hold' }, { reason: 'ask the owner first' })).toMatchObject({
    accepted: true,
  });
  running.setWindow('nightly', null);
  const heldSince = new Date();
  await eventually('two more sweeps', async () => (await sweepsSince(heldSince)) >= 2);
  expect((await pushesOf(id)).map(({ action }) => action)).toEqual(['update']);

  expect(await commands.ticket(id, { kind: 'abort' }, { reason: 'done by hand instead' })).toMatchObject({
    accepted: true,
  });
  expect(await commands.ticket(id, { kind: 'resume' }, { reason: 'no longer held' })).toMatchObject({
    accepted: true,
  });
  await running.until(id, 'is only observed', (view) => view.mode === 'observe');
  const abortedSince = new Date();
  await eventually('two more sweeps', async () => (await sweepsSince(abortedSince)) >= 2);
  expect((await pushesOf(id)).map(({ action }) => action)).toEqual(['update']);

  expect(await commands.ticket(id, { kind: 'adopt' }, { reason: 'let it run after all' })).toMatchObject({
    accepted: true,
  });
  await running.until(id, 'is closed', (view) => view.outcome === 'closed');
  expect((await pushesOf(id)).filter(({ applied }) => applied).map(({ action }) => action)).toEqual([
    'update',
    'commit',
  ]);
  const view = await running.view(id);
  expect(view.commands.map(({ kind, by }) => `${kind} ${by}`)).toEqual([
    'hold a.kaya',
    'abort a.kaya',
    'resume a.kaya',
    'adopt a.kaya',
  ]);
  await simulator.timings({ updateMs: 400 });
});

it('a ticket whose every event is lost is found and driven by the sweep', async () => {
  const { simulator } = running;
  running.setWindow('nightly', null);
  await simulator.call('POST', '/simulator/triggers/drop', { fraction: 1, seed: 1 });
  try {
    const id = await approvedTicket('without events', [DEVICES.srx]);
    await running.until(id, 'is closed', (view) => view.outcome === 'closed');
    expect((await pushesOf(id)).filter(({ applied }) => applied).map(({ action }) => action)).toEqual([
      'update',
    ]);
  } finally {
    await simulator.call('POST', '/simulator/triggers/drop', { fraction: 0, seed: 1 });
  }
});

it('a ticket of a workflow without a definition is followed and not changed', async () => {
  const { simulator } = running;
  const seq = (await simulator.writes()).at(-1)?.seq ?? 0;
  const file = join(running.configDir, 'processes/mediator-test.yaml');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace('workflow: Mediator Test', 'workflow: Some Other Workflow'));
  const id = await simulator.createTicket({ subject: 'not ours', workflow: 'Mediator Test' });
  const view = await running.until(id, 'is followed', (seen) => seen.step === 'Approval');
  expect(view).toMatchObject({ mode: 'observe', process: null });
  const own = (await simulator.writes(seq)).filter(({ ticketId }) => ticketId === Number(id));
  expect(own.map(({ action }) => action)).toEqual(['create']);
  writeFileSync(file, text);
});
