import { CONTROL_WORKFLOW_ID, laneWorkflowId, ticketWorkflowId } from '../../src/domain/ids.js';
import { controlView } from '../../workflows/messages.js';
import { eventually } from '../support/eventually.js';
import { quietSdk } from '../support/quiet-sdk.js';
import { startTestDevServer, type TestDevServer } from '../support/temporal-server.js';
import { repetitionOf, TestEnvironment } from '../support/test-environment.js';

quietSdk();

const HOUR = 3_600_000;

let server: TestDevServer;
let env: TestEnvironment;

beforeAll(async () => {
  server = await startTestDevServer();
  env = await TestEnvironment.start({ address: server.address });
});

afterAll(async () => {
  await env.stop();
  await server.stop();
});

describe('when the ticket moves', () => {
  it('a redo during the wait for the window gives up the places, voids the approval and begins a new epoch', async () => {
    env.open('nightly', env.nowMs() + HOUR);
    const ticket = env.ticket('10');
    await env.reach(ticket, 'Implementation');
    await env.until('10', 'waits for the window', (view) => view.waiting?.for === 'window');
    await eventually('it waits in the lane', async () => {
      return (await env.lane('manager-of-FW-10')).queue.length === 1;
    });

    ticket.redo('Design and Risk');

    const again = await env.until(
      '10',
      'asks for a new approval',
      (view) => view.epoch === 2 && view.waiting?.for === 'approval',
    );
    expect(again.approval).toBeNull();
    expect((await env.lane('manager-of-FW-10')).queue).toEqual([]);

    env.open('nightly', env.nowMs());
    ticket.approve('a.schmidt');
    const ended = await env.ended('10');
    expect(ended).toMatchObject({ outcome: 'closed', epoch: 2, approval: { epoch: 2 } });
    expect(env.effects('10', 'commit')).toEqual(['commit FW-10']);
  });

  it('a cancelled ticket ends its phases at once; a push under way runs to its end and is recorded', async () => {
    env.open('nightly', env.nowMs());
    const ticket = env.ticket('11');
    const endUpdate = env.secureChange.holdPushes();
    await env.reach(ticket, 'Implementation');
    await eventually('the Update runs', () => env.effects('11', 'update').length === 1);

    ticket.end('cancelled');

    const left = await eventually('it asked to leave', async () => {
      const facts = await env.history('11');
      return facts.find(({ kind, name }) => kind === 'activityCompleted' && name === 'leaveLanes');
    });
    expect(left.result).toMatchObject({ rides: [{ target: 'm-FW-11' }] });
    endUpdate();
    const ended = await env.ended('11');
    expect(ended.outcome).toBe('cancelled');
    expect(env.effects('11', 'update', 'commit')).toEqual(['update FW-11']);
    // What it saved and did not push stays on record, for a person to decide about.
    const lane = await env.lane('manager-of-FW-11');
    expect(lane.ledger).toMatchObject([{ ticketId: '11', state: 'saved', left: 'cancelled' }]);
  });

  it('an event after the end starts a run that reads, does nothing, and does not hide the ticket', async () => {
    env.open('nightly', env.nowMs());
    const ticket = env.ticket('12');
    await env.reach(ticket, 'Implementation');
    await env.ended('12');
    const before = env.effects('12');

    const late = await env.report('12', 'CLOSE');

    const handle = env.temporal.client.workflow.getHandle(late.workflowId, late.runId);
    expect(await handle.result()).toEqual({ ticketId: '12', outcome: 'lateEvent' });
    expect(env.effects('12')).toEqual(before);
    // Lists lag a little behind.
    await eventually(
      'the newest run that is not late is shown',
      async () => (await env.client.tickets.get('12')).outcome === 'closed',
    );
  });
});

describe('when the clock of a worker is late', () => {
  afterEach(() => env.lag(0));

  it('a push whose window that clock shows as shut waits for the opening, and is made once', async () => {
    const { opensAtMs } = env.open('nightly', env.nowMs() + 2_000);
    env.lag(2_500);
    const ticket = env.ticket('15');
    await env.reach(ticket, 'Implementation');

    expect((await env.ended('15')).outcome).toBe('closed');
    expect(env.secureChange.landed.at(-1)).toMatchObject({ ticketId: '15', kind: 'commit' });
    expect(env.secureChange.landed.at(-1)!.atMs).toBeGreaterThan(opensAtMs);
    // One that saved it, and one that committed it.
    expect((await env.lane('manager-of-FW-15')).past.length).toBeLessThanOrEqual(2);
  });
});

describe('operators', () => {
  const workflowId = ticketWorkflowId('20');

  it('a command is carried out once, however often its key is sent', async () => {
    const ticket = env.ticket('20');
    await env.reach(ticket, 'Approval');
    await env.until('20', 'asks for approval', (view) => view.waiting?.for === 'approval');

    const first = await env.operate(workflowId, { kind: 'hold' }, { key: 'hold-of-20' });
    const second = await env.operate(workflowId, { kind: 'hold' }, { key: 'hold-of-20' });
    const other = await env.operate(workflowId, { kind: 'hold' }, { key: 'another-hold-of-20' });

    expect(first).toMatchObject({ accepted: true, code: 'done' });
    expect(second).toEqual(repetitionOf(first));
    expect(other).toMatchObject({ accepted: false, code: 'wrongState' });
    const { commands } = await env.view('20');
    expect(commands.map(({ kind, by, result }) => [kind, by, result.code])).toEqual([
      ['hold', 'olga', 'done'],
      ['hold', 'olga', 'wrongState'],
    ]);
  });

  it('a command that does not come through the gateway may hold, may not resume, and is recorded as unverified', async () => {
    await env.operate(workflowId, { kind: 'resume' });
    const held = await env.operate(workflowId, { kind: 'hold' }, { signature: null });
    const refused = await env.operate(workflowId, { kind: 'resume' }, { signature: null });

    expect(held).toMatchObject({ accepted: true });
    expect(refused).toMatchObject({ accepted: false, code: 'unverified' });
    const { commands, held: state } = await env.view('20');
    expect(state).toMatchObject({ by: 'unverified:olga' });
    expect(commands.slice(-2).map(({ kind, by, result }) => [kind, by, result.code])).toEqual([
      ['hold', 'unverified:olga', 'done'],
      ['resume', 'unverified:olga', 'unverified'],
    ]);
    await env.operate(workflowId, { kind: 'resume' });
  });

  it('a signature of another key, or for another workflow, does not count', async () => {
    const forged = await env.operate(workflowId, { kind: 'abort' }, { secret: 'another key' });
    expect(forged).toMatchObject({ accepted: false, code: 'unverified' });
    expect((await env.view('20')).mode).toBe('drive');
  });

  it('a held ticket begins nothing, and continues after resume', async () => {
    env.open('nightly', env.nowMs());
    await env.operate(workflowId, { kind: 'hold' });
    const ticket = env.secureChange.tickets.get('20')!;
    ticket.approve('a.schmidt');
    await env.until(
      '20',
      'rests',
      (view) => view.step === 'Implementation' && view.waiting?.for === 'operator',
    );
    expect(env.effects('20', 'update', 'commit')).toEqual([]);

    await env.operate(workflowId, { kind: 'resume' });

    expect((await env.ended('20')).outcome).toBe('closed');
  });
});

describe('the stop switch', () => {
  it('keeps every push from being sent until an operator turns it off; a stop needs no signature', async () => {
    env.open('nightly', env.nowMs());
    const stopped = await env.operate(CONTROL_WORKFLOW_ID, { kind: 'stop' }, { signature: null });
    expect(stopped).toMatchObject({ accepted: true });
    const ticket = env.ticket('30');
    await env.reach(ticket, 'Implementation');
    await env.until('30', 'waits for the start', (view) => view.waiting?.for === 'start');

    expect(await env.operate(CONTROL_WORKFLOW_ID, { kind: 'start' }, { signature: null })).toMatchObject({
      accepted: false,
      code: 'unverified',
    });
    expect(env.effects('30', 'update', 'commit')).toEqual([]);

    // It is not known for certain who stopped: two persons start.
    expect(await env.operate(CONTROL_WORKFLOW_ID, { kind: 'start' })).toMatchObject({ code: 'secondPerson' });
    expect(await env.startPushes()).toMatchObject({ accepted: true });

    expect((await env.ended('30')).outcome).toBe('closed');
    expect(env.effects('30', 'update', 'commit')).toEqual(['update FW-30', 'commit FW-30']);
    const control = env.temporal.client.workflow.getHandle(CONTROL_WORKFLOW_ID);
    expect(await control.query(controlView)).toMatchObject({ stopped: false });
  });
});

describe('a lane', () => {
  it('can be paused without a signature; resume and accept need one', async () => {
    const workflowId = laneWorkflowId('manager-of-FW-11');

    expect(await env.operate(workflowId, { kind: 'pause' }, { signature: null })).toMatchObject({
      accepted: true,
    });
    expect(await env.operate(workflowId, { kind: 'resume' }, { signature: null })).toMatchObject({
      code: 'unverified',
    });
    expect(
      await env.operate(workflowId, { kind: 'acceptLedger', ticketId: '11' }, { signature: null }),
    ).toMatchObject({ code: 'unverified' });
    const once = { key: 'accept-ledger-11' };
    const accepted = await env.operate(workflowId, { kind: 'acceptLedger', ticketId: '11' }, once);
    expect(accepted).toMatchObject({ accepted: true });
    expect(await env.operate(workflowId, { kind: 'acceptLedger', ticketId: '11' }, once)).toEqual(
      repetitionOf(accepted),
    );
    expect(await env.operate(workflowId, { kind: 'resume' })).toMatchObject({ accepted: true });
    const lane = await env.lane('manager-of-FW-11');
    expect(lane).toMatchObject({
      paused: null,
      ledger: [{ ticketId: '11', state: 'saved', acceptedBy: 'olga' }],
    });
  });
});
