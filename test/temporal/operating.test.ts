import { CONTROL_WORKFLOW_ID, laneWorkflowId, ticketWorkflowId } from '../../src/domain/ids.js';
import { controlView } from '../../workflows/messages.js';
import { eventually } from '../support/eventually.js';
import { quietSdk } from '../support/quiet-sdk.js';
import { startTestDevServer, type TestDevServer } from '../support/temporal-server.js';
import { repetitionOf, TemporalWorld } from '../support/temporal-world.js';

quietSdk();

const HOUR = 3_600_000;

let server: TestDevServer;
let world: TemporalWorld;

beforeAll(async () => {
  server = await startTestDevServer();
  world = await TemporalWorld.start({ address: server.address });
});

afterAll(async () => {
  await world.stop();
  await server.stop();
});

describe('when the ticket moves', () => {
  it('a redo during the wait for the window gives up the places, voids the approval and begins a new epoch', async () => {
    world.open('nightly', world.nowMs() + HOUR);
    const ticket = world.ticket('10');
    await world.reach(ticket, 'Implementation');
    await world.until('10', 'waits for the window', (view) => view.waiting?.for === 'window');
    await eventually('it waits in the lane', async () => {
      return (await world.lane('manager-of-FW-10')).queue.length === 1;
    });

    ticket.redo('Design and Risk');

    const again = await world.until(
      '10',
      'asks for a new approval',
      (view) => view.epoch === 2 && view.waiting?.for === 'approval',
    );
    expect(again.approval).toBeNull();
    expect((await world.lane('manager-of-FW-10')).queue).toEqual([]);

    world.open('nightly', world.nowMs());
    ticket.approve('a.schmidt');
    const ended = await world.ended('10');
    expect(ended).toMatchObject({ outcome: 'closed', epoch: 2, approval: { epoch: 2 } });
    expect(world.effects('10', 'commit')).toEqual(['commit FW-10']);
  });

  it('a cancelled ticket ends its phases at once; a push under way runs to its end and is recorded', async () => {
    world.open('nightly', world.nowMs());
    const ticket = world.ticket('11');
    const endUpdate = world.secureChange.holdPushes();
    await world.reach(ticket, 'Implementation');
    await eventually('the Update runs', () => world.effects('11', 'update').length === 1, 30_000);

    ticket.end('cancelled');

    const left = await eventually('it asked to leave', async () => {
      const facts = await world.history('11');
      return facts.find(({ kind, name }) => kind === 'activityCompleted' && name === 'leaveLanes');
    });
    expect(left.result).toMatchObject({ rides: [{ target: 'm-FW-11' }] });
    endUpdate();
    const ended = await world.ended('11');
    expect(ended.outcome).toBe('cancelled');
    expect(world.effects('11', 'update', 'commit')).toEqual(['update FW-11']);
    // What it saved and did not push stays on record, for a person to decide about.
    const lane = await world.lane('manager-of-FW-11');
    expect(lane.ledger).toMatchObject([{ ticketId: '11', state: 'saved', left: 'cancelled' }]);
  });

  it('an event after the end starts a run that looks, does nothing, and does not hide the ticket', async () => {
    world.open('nightly', world.nowMs());
    const ticket = world.ticket('12');
    await world.reach(ticket, 'Implementation');
    await world.ended('12');
    const before = world.effects('12');

    const late = await world.report('12', 'CLOSE');

    const handle = world.temporal.client.workflow.getHandle(late.workflowId, late.runId);
    expect(await handle.result()).toEqual({ ticketId: '12', outcome: 'lateEvent' });
    expect(world.effects('12')).toEqual(before);
    // Lists lag a little behind.
    await eventually(
      'the newest run that is not late is shown',
      async () => (await world.client.tickets.get('12')).outcome === 'closed',
    );
  });
});

describe('when the clock of a worker is late', () => {
  afterEach(() => world.lag(0));

  it('a push that its gate finds too early sends nothing, and is tried again calmly', async () => {
    const { opensAtMs } = world.open('nightly', world.nowMs() + 2_000);
    world.lag(2_500);
    const ticket = world.ticket('15');
    await world.reach(ticket, 'Implementation');

    expect((await world.ended('15')).outcome).toBe('closed');
    expect(world.secureChange.landed.at(-1)).toMatchObject({ ticketId: '15', kind: 'commit' });
    expect(world.secureChange.landed.at(-1)!.atMs).toBeGreaterThan(opensAtMs);
    expect((await world.lane('manager-of-FW-15')).past.length).toBeLessThanOrEqual(4);
  });
});

describe('operators', () => {
  const workflowId = ticketWorkflowId('20');

  it('a command is carried out once, however often its key is sent', async () => {
    const ticket = world.ticket('20');
    await world.reach(ticket, 'Approval');
    await world.until('20', 'asks for approval', (view) => view.waiting?.for === 'approval');

    const first = await world.operate(workflowId, { kind: 'hold' }, { key: 'hold-of-20' });
    const second = await world.operate(workflowId, { kind: 'hold' }, { key: 'hold-of-20' });
    const other = await world.operate(workflowId, { kind: 'hold' }, { key: 'another-hold-of-20' });

    expect(first).toMatchObject({ accepted: true, code: 'done' });
    expect(second).toEqual(repetitionOf(first));
    expect(other).toMatchObject({ accepted: false, code: 'wrongState' });
    const { commands } = await world.view('20');
    expect(commands.map(({ kind, by, result }) => [kind, by, result.code])).toEqual([
      ['hold', 'olga', 'done'],
      ['hold', 'olga', 'wrongState'],
    ]);
  });

  it('what goes past the gateway may hold, may not resume, and is recorded as unverified', async () => {
    await world.operate(workflowId, { kind: 'resume' });
    const held = await world.operate(workflowId, { kind: 'hold' }, { signature: null });
    const refused = await world.operate(workflowId, { kind: 'resume' }, { signature: null });

    expect(held).toMatchObject({ accepted: true });
    expect(refused).toMatchObject({ accepted: false, code: 'unverified' });
    const { commands, held: state } = await world.view('20');
    expect(state).toMatchObject({ by: 'unverified:olga' });
    expect(commands.slice(-2).map(({ kind, by, result }) => [kind, by, result.code])).toEqual([
      ['hold', 'unverified:olga', 'done'],
      ['resume', 'unverified:olga', 'unverified'],
    ]);
    await world.operate(workflowId, { kind: 'resume' });
  });

  it('a signature of another key, or for another workflow, is worth nothing', async () => {
    const forged = await world.operate(workflowId, { kind: 'abort' }, { secret: 'a key of somebody else' });
    expect(forged).toMatchObject({ accepted: false, code: 'unverified' });
    expect((await world.view('20')).mode).toBe('drive');
  });

  it('while a ticket is held nothing is begun, and afterwards it goes on', async () => {
    world.open('nightly', world.nowMs());
    await world.operate(workflowId, { kind: 'hold' });
    const ticket = world.secureChange.tickets.get('20')!;
    ticket.approve('a.schmidt');
    await world.until(
      '20',
      'rests',
      (view) => view.step === 'Implementation' && view.waiting?.for === 'operator',
    );
    expect(world.effects('20', 'update', 'commit')).toEqual([]);

    await world.operate(workflowId, { kind: 'resume' });

    expect((await world.ended('20')).outcome).toBe('closed');
  });
});

describe('the stop switch', () => {
  it('keeps every push from being sent until somebody starts again; nobody needs a signature to stop', async () => {
    world.open('nightly', world.nowMs());
    const stopped = await world.operate(CONTROL_WORKFLOW_ID, { kind: 'stop' }, { signature: null });
    expect(stopped).toMatchObject({ accepted: true });
    const ticket = world.ticket('30');
    await world.reach(ticket, 'Implementation');
    await world.until('30', 'waits for the start', (view) => view.waiting?.for === 'start');

    expect(await world.operate(CONTROL_WORKFLOW_ID, { kind: 'start' }, { signature: null })).toMatchObject({
      accepted: false,
      code: 'unverified',
    });
    expect(world.effects('30', 'update', 'commit')).toEqual([]);

    await world.operate(CONTROL_WORKFLOW_ID, { kind: 'start' });

    expect((await world.ended('30')).outcome).toBe('closed');
    expect(world.effects('30', 'update', 'commit')).toEqual(['update FW-30', 'commit FW-30']);
    const control = world.temporal.client.workflow.getHandle(CONTROL_WORKFLOW_ID);
    expect(await control.query(controlView)).toMatchObject({ stopped: false });
  });
});

describe('a lane', () => {
  it('can be paused by anybody, resumed and asked to accept only by somebody who is known', async () => {
    const workflowId = laneWorkflowId('manager-of-FW-11');

    expect(await world.operate(workflowId, { kind: 'pause' }, { signature: null })).toMatchObject({
      accepted: true,
    });
    expect(await world.operate(workflowId, { kind: 'resume' }, { signature: null })).toMatchObject({
      code: 'unverified',
    });
    expect(
      await world.operate(workflowId, { kind: 'acceptLedger', ticketId: '11' }, { signature: null }),
    ).toMatchObject({ code: 'unverified' });
    const once = { key: 'accept-ledger-11' };
    const accepted = await world.operate(workflowId, { kind: 'acceptLedger', ticketId: '11' }, once);
    expect(accepted).toMatchObject({ accepted: true });
    expect(await world.operate(workflowId, { kind: 'acceptLedger', ticketId: '11' }, once)).toEqual(
      repetitionOf(accepted),
    );
    expect(await world.operate(workflowId, { kind: 'resume' })).toMatchObject({ accepted: true });
    const lane = await world.lane('manager-of-FW-11');
    expect(lane).toMatchObject({
      paused: null,
      ledger: [{ ticketId: '11', state: 'saved', acceptedBy: 'olga' }],
    });
  });
});
