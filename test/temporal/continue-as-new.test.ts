import {
  CONTROL_WORKFLOW_ID,
  laneWorkflowId,
  pushWorkflowId,
  ticketWorkflowId,
} from '../../src/domain/ids.js';
import { controlView, laneReplan } from '../../workflows/messages.js';
import { eventually } from '../support/eventually.js';
import { refused } from '../support/fake-secure-change.js';
import { firewallChange, manager } from '../support/firewall-change.js';
import { quietSdk } from '../support/quiet-sdk.js';
import { startTestDevServer, type TestDevServer } from '../support/temporal-server.js';
import { repetitionOf, TestEnvironment } from '../support/test-environment.js';

quietSdk();

const HOUR = 3_600_000;
/** So few events that every ticket here has many runs. */
const LONG = 60;

let server: TestDevServer;
let env: TestEnvironment;

beforeAll(async () => {
  server = await startTestDevServer({
    dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': LONG },
  });
  env = await TestEnvironment.start({ address: server.address });
});

afterAll(async () => {
  await env.stop();
  await server.stop();
});

async function runOf(workflowId: string): Promise<string> {
  return (await env.temporal.client.workflow.getHandle(workflowId).describe()).runId;
}

/** Gives the workflow something harmless to do until another run has taken over. */
async function continueAsNew(workflowId: string, nudge: () => Promise<unknown>): Promise<void> {
  const before = await runOf(workflowId);
  await eventually(`${workflowId} continues as new`, async () => {
    await nudge();
    return (await runOf(workflowId)) !== before;
  });
}

async function continueTicketAsNew(id: string): Promise<void> {
  await continueAsNew(ticketWorkflowId(id), async () => env.report(id, 'ADVANCE'));
}

async function continueLaneAsNew(key: string): Promise<void> {
  const lane = env.temporal.client.workflow.getHandle(laneWorkflowId(key));
  await continueAsNew(laneWorkflowId(key), async () => lane.signal(laneReplan, { basis: null, plans: [] }));
}

describe('a ticket that continues as new', () => {
  it('lives the same life in many short runs as in one', async () => {
    env.open('nightly', env.nowMs());
    const ticket = env.ticket('10', { devices: [manager('A'), manager('B'), manager('C')] });

    await env.reach(ticket, 'Implementation');
    const ended = await env.ended('10');

    expect(ended.outcome).toBe('closed');
    expect(env.effects('10', 'update').sort()).toEqual(['update A', 'update B', 'update C']);
    expect(env.effects('10', 'commit').sort()).toEqual(['commit A', 'commit B', 'commit C']);
    expect(env.effects('10', 'redesign', 'complete', 'itsm')).toEqual([
      'redesign -',
      'complete Design and Risk',
      'itsm create create-change',
      'itsm update implementation-started',
      'complete Implementation',
      'complete Verification',
      'itsm close close-change',
    ]);
    const continued = (await env.history('10')).filter(({ kind }) => kind === 'continuedAsNew');
    expect(continued.length).toBeGreaterThan(1);
  });

  it('knows after it the events, the commands and the place in the queue from before', async () => {
    env.open('nightly', env.nowMs() + HOUR);
    const ticket = env.ticket('20');
    await env.reach(ticket, 'Implementation');
    await env.until('20', 'waits for the window', (view) => view.waiting?.for === 'window');
    await env.report('20', 'ADVANCE', 'Approval', 'the same report');
    const hold = await env.operate(ticketWorkflowId('20'), { kind: 'hold' }, { key: 'hold-of-20' });
    await eventually('it has left', async () => {
      const { queue, push } = await env.lane('manager-of-FW-20');
      return queue.length === 0 && push === null;
    });
    await env.operate(ticketWorkflowId('20'), { kind: 'resume' });
    const place = await eventually('it has its place again, with its change saved', async () => {
      const { queue, push } = await env.lane('manager-of-FW-20');
      return push === null && queue.length === 1 && queue[0]?.saved === true ? queue : undefined;
    });

    await continueTicketAsNew('20');

    await env.report('20', 'ADVANCE', 'Approval', 'the same report');
    const view = await env.until(
      '20',
      'labels it',
      ({ lastEvents }) => lastEvents.at(-1)?.stage === 'Approval',
    );
    expect(view.lastEvents.at(-1)).toMatchObject({ duplicate: true });
    // The earlier answer, which the resume has undone since: it does not say that the ticket is held.
    expect(hold).toMatchObject({ accepted: true });
    expect(await env.operate(ticketWorkflowId('20'), { kind: 'hold' }, { key: 'hold-of-20' })).toMatchObject({
      accepted: false,
      code: 'undone',
    });
    expect((await env.view('20')).held).toBeNull();
    expect((await env.view('20')).commands.map(({ kind }) => kind)).toEqual(['hold', 'resume']);
    await eventually('it has the same place, whenever it took it', async () => {
      const { queue } = await env.lane('manager-of-FW-20');
      return JSON.stringify(queue) === JSON.stringify(place);
    });
    await env.until('20', 'waits for the window again', ({ waiting }) => waiting?.for === 'window');

    env.open('nightly', env.nowMs());
    await env.replan('nightly', 'manager-of-FW-20');
    await env.ended('20');
    expect(env.effects('20', 'update', 'commit')).toEqual(['update FW-20', 'commit FW-20']);
  });

  it('sends what was not sent yet, once and in order', async () => {
    env.open('nightly', env.nowMs() + HOUR);
    const away = {
      call: 'send' as const,
      times: Infinity,
      before: refused({ kind: 'transient', code: 'http.unavailable' }),
    };
    env.secureChange.faults.push(away);
    const ticket = env.ticket('30');
    await env.reach(ticket, 'Implementation');
    await env.until('30', 'waits for the window', (view) => view.waiting?.for === 'window');
    const before = (await env.view('30')).outbox.map(({ point }) => point);
    expect(before).toEqual(['create-change', 'implementation-started']);

    await continueTicketAsNew('30');

    expect((await env.view('30')).outbox.map(({ point }) => point)).toEqual(before);
    env.secureChange.faults.splice(env.secureChange.faults.indexOf(away), 1);
    await env.until('30', 'has sent all', ({ outbox }) => outbox.length === 0);
    expect(env.effects('30', 'itsm')).toEqual([
      'itsm create create-change',
      'itsm update implementation-started',
    ]);
  });

  it('still shows that its push asks whether it was sent, and waits for that answer', async () => {
    env.open('nightly', env.nowMs());
    env.secureChange.faults.push({
      call: 'commit',
      target: 'm-FW-40',
      before: refused({
        kind: 'ambiguous',
        code: 'http.connection_lost',
        message: 'the connection was lost',
      }),
    });
    const ticket = env.ticket('40');
    await env.reach(ticket, 'Implementation');
    const asks = (view: { needsAttention: { code: string } | null }): boolean =>
      view.needsAttention?.code === 'push.unknown';
    await env.until('40', 'asks', asks);

    await continueTicketAsNew('40');

    await env.until('40', 'asks again', asks);
    const { push } = await env.lane('manager-of-FW-40');
    expect(push).toMatchObject({ tickets: ['40'], begun: true });
    expect(env.effects('40', 'commit')).toEqual([]);
    const asking = pushWorkflowId('manager-of-FW-40', push!.n);
    const decided = await env.operate(asking, { kind: 'decideUnknownPush', answer: 'wasNotSent' });
    expect(decided).toMatchObject({ accepted: true });
    expect((await env.ended('40')).outcome).toBe('closed');
    expect(env.effects('40', 'commit')).toEqual(['commit FW-40']);
  });

  it('still says what hinders it', async () => {
    const workflow = 'Saves ahead';
    const saveUpdates = { aheadMs: 2 * HOUR };
    env.fake.processes.set(workflow, firewallChange({ workflow, saveUpdates }));
    env.open('nightly', env.nowMs() + HOUR);
    const dead = env.ticket('50', { workflow, devices: [manager('SHARED')] });
    await env.reach(dead, 'Implementation');
    await env.until('50', 'has saved', ({ savedNotPushed }) => savedNotPushed.length === 1);
    dead.end('cancelled');
    await env.ended('50');
    env.open('nightly', env.nowMs());
    const next = env.ticket('51', { workflow, devices: [manager('SHARED')] });
    await env.reach(next, 'Implementation');
    const blocked = (view: { needsAttention: { code: string } | null }): boolean =>
      view.needsAttention?.code === 'lane.hindered';
    await env.until('51', 'is blocked', blocked);

    await continueTicketAsNew('51');
    await env.until('51', 'is still shown as blocked', blocked);
    await continueLaneAsNew('manager-of-SHARED');

    const lane = await env.lane('manager-of-SHARED');
    expect(lane.ledger.map(({ ticketId, left }) => [ticketId, left])).toEqual([['50', 'cancelled']]);
    expect(env.effects('51', 'commit')).toEqual([]);
    await env.operate(laneWorkflowId('manager-of-SHARED'), { kind: 'acceptLedger', ticketId: '50' });
    expect((await env.ended('51')).outcome).toBe('closed');
    expect(env.effects('51', 'commit')).toEqual(['commit SHARED']);
  });
});

describe('a lane that continues as new', () => {
  it('keeps its queue and its order, and pushes nothing twice', async () => {
    env.open('nightly', env.nowMs() + HOUR);
    const devices = [manager('M60', { laneKey: 'l60' })];
    for (const id of ['60', '61']) {
      const ticket = env.ticket(id, { devices });
      await env.reach(ticket, 'Implementation');
      await env.until(id, 'waits for the window', (view) => view.waiting?.for === 'window');
    }
    const before = await eventually('both wait in the lane', async () => {
      const seen = await env.lane('l60');
      return seen.push === null && seen.queue.length === 2 ? seen : undefined;
    });
    const pause = await env.operate(laneWorkflowId('l60'), { kind: 'pause' }, { key: 'pause-of-l60' });

    await continueLaneAsNew('l60');

    const after = await env.lane('l60');
    expect(after.queue).toEqual(before.queue);
    expect(after.paused).toMatchObject({ by: 'olga' });
    expect(await env.operate(laneWorkflowId('l60'), { kind: 'pause' }, { key: 'pause-of-l60' })).toEqual(
      repetitionOf(pause),
    );
    await env.operate(laneWorkflowId('l60'), { kind: 'resume' });
    env.open('nightly', env.nowMs());
    await env.replan('nightly', 'l60');
    for (const id of ['60', '61']) await env.ended(id);
    const { past } = await env.lane('l60');
    const commits = past.filter(({ kind }) => kind === 'commit');
    expect(commits.map(({ tickets, result }) => [[...tickets].sort(), result])).toEqual([
      [['60', '61'], 'live'],
    ]);
    expect(new Set(past.map(({ n }) => n)).size).toBe(past.length);
    expect([...env.effects('60', 'commit'), ...env.effects('61', 'commit')]).toEqual(['commit M60']);
  });
});

describe('a lane that continues as new in the middle of a Commit', () => {
  it('keeps the push and its intent: both tickets are live by that one Commit', async () => {
    env.open('nightly', env.nowMs() + HOUR);
    const devices = [manager('M62', { laneKey: 'l62' })];
    for (const id of ['62', '63']) {
      const ticket = env.ticket(id, { devices });
      await env.reach(ticket, 'Implementation');
      await env.until(id, 'waits for the window', (view) => view.waiting?.for === 'window');
    }
    await eventually('both are saved', async () => {
      const { queue, push } = await env.lane('l62');
      return push === null && queue.length === 2 && queue.every(({ saved }) => saved);
    });
    const release = env.secureChange.holdPushes();
    env.open('nightly', env.nowMs());
    await env.replan('nightly', 'l62');
    await eventually('the Commit runs', () => commitsOf62().length === 1);
    const before = (await env.lane('l62')).push;

    await continueLaneAsNew('l62');
    expect((await env.lane('l62')).push).toMatchObject({ n: before!.n, begun: true });
    await continueLaneAsNew('l62');
    release();

    for (const id of ['62', '63']) expect(await env.ended(id)).toMatchObject({ outcome: 'closed' });
    expect(commitsOf62()).toHaveLength(1);
    const live = env.secureChange.enforced.filter(({ target }) => target === 'M62');
    expect(live.map(({ ticketId }) => ticketId).sort()).toEqual(['62', '63']);
    const { past, ledger } = await env.lane('l62');
    expect(past.filter(({ kind }) => kind === 'commit').map(({ n }) => n)).toEqual([before!.n]);
    expect(ledger).toEqual([]);
  });
});

function commitsOf62(): readonly unknown[] {
  return env.secureChange.effects.filter(({ kind, target }) => kind === 'commit' && target === 'M62');
}

describe('the stop switch that continues as new', () => {
  it('stays as it was, and answers the keys from before', async () => {
    const stop = await env.operate(CONTROL_WORKFLOW_ID, { kind: 'stop' }, { key: 'stop-of-today' });

    await continueAsNew(CONTROL_WORKFLOW_ID, async () => env.operate(CONTROL_WORKFLOW_ID, { kind: 'stop' }));

    const control = env.temporal.client.workflow.getHandle(CONTROL_WORKFLOW_ID);
    expect(await control.query(controlView)).toMatchObject({ stopped: true, by: 'olga' });
    expect(await env.operate(CONTROL_WORKFLOW_ID, { kind: 'stop' }, { key: 'stop-of-today' })).toEqual(
      repetitionOf(stop),
    );
    await env.operate(CONTROL_WORKFLOW_ID, { kind: 'start' });
  });
});
