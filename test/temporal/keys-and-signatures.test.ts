import { digestOfXml, signLaneMessage, signReport } from '../../packages/client/src/sign.js';
import type { SignedCommand } from '../../src/domain/commands.js';
import type { TicketEvent } from '../../src/domain/event.js';
import { CONTROL_WORKFLOW_ID, laneWorkflowId, TASK_QUEUES, ticketWorkflowId } from '../../src/domain/ids.js';
import * as messages from '../../workflows/messages.js';
import { DEFAULT_MANAGER } from '../../src/domain/lane.js';
import { enrolment } from '../support/enrolment.js';
import { eventually } from '../support/eventually.js';
import { ACTOR_KEY, IDA, signedCommand } from '../support/fake-temporal.js';
import { MESSAGE_SAMPLES } from '../support/message-samples.js';
import { quietSdk } from '../support/quiet-sdk.js';
import { startTestDevServer, type TestDevServer } from '../support/temporal-server.js';
import { TestEnvironment } from '../support/test-environment.js';

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

const handle = (workflowId: string) => env.temporal.client.workflow.getHandle(workflowId);

describe('a key', () => {
  it('stop, start and stop again under one key: the answer does not say that it is stopped', async () => {
    const once = { key: 'stop-of-monday' };
    expect(await env.operate(CONTROL_WORKFLOW_ID, { kind: 'stop' }, once)).toMatchObject({
      accepted: true,
    });
    expect(await env.operate(CONTROL_WORKFLOW_ID, { kind: 'stop' }, once)).toMatchObject({
      accepted: true,
      message: expect.stringContaining('nothing was done now; stopped by olga') as string,
    });
    await env.startPushes();

    const again = await env.operate(CONTROL_WORKFLOW_ID, { kind: 'stop' }, once);
    expect(again).toMatchObject({
      accepted: false,
      code: 'undone',
      message: expect.stringMatching(/carried out at .* and undone since: the stop switch is off/) as string,
    });
    expect(await handle(CONTROL_WORKFLOW_ID).query(messages.controlView)).toMatchObject({ stopped: false });
  });

  it('of an earlier request is refused for another command, another person, and says nothing of the first', async () => {
    const key = { key: 'first-of-75' };
    await env.reach(env.ticket('75'), 'Approval');
    const workflowId = ticketWorkflowId('75');
    await env.operate(workflowId, { kind: 'hold' }, key);
    const reused = {
      accepted: false,
      code: 'keyReused',
      message: expect.not.stringContaining('held') as string,
    };
    expect(await env.operate(workflowId, { kind: 'abort' }, key)).toMatchObject(reused);
    const max = { login: 'max', roles: ['operator'] as const };
    expect(await env.operate(workflowId, { kind: 'hold' }, { ...key, actor: max })).toMatchObject(reused);
    expect((await env.view('75')).mode).toBe('drive');
  });

  it('repeated without a signature gets no answer of the signed one', async () => {
    await env.operate(CONTROL_WORKFLOW_ID, { kind: 'stop' });
    const once = { key: 'start-of-tuesday', actor: IDA };
    expect(await env.operate(CONTROL_WORKFLOW_ID, { kind: 'start' }, once)).toMatchObject({ accepted: true });
    const unsigned = await env.operate(CONTROL_WORKFLOW_ID, { kind: 'start' }, { ...once, signature: null });
    expect(unsigned).toMatchObject({ accepted: false, code: 'unverified' });
  });

  it('outlives a flood of unsigned commands: a recorded start does not end a later stop', async () => {
    await env.operate(CONTROL_WORKFLOW_ID, { kind: 'stop' });
    const recorded = signedCommand({ kind: 'start' }, CONTROL_WORKFLOW_ID, env.nowMs(), {
      actor: IDA,
      key: 'start-recorded',
    });
    await env.intake.operate(recorded, { deadlineMs: 20_000 });
    await env.operate(CONTROL_WORKFLOW_ID, { kind: 'stop' });
    const send = async (signed: SignedCommand, updateId: string) =>
      await handle(CONTROL_WORKFLOW_ID).executeUpdate(messages.operateControl, {
        args: [signed as SignedCommand<{ kind: 'start' }>],
        updateId,
      });
    for (let n = 0; n < 120; n += 1) {
      const flood = signedCommand({ kind: 'stop' }, CONTROL_WORKFLOW_ID, env.nowMs(), { signature: null });
      await send(flood, flood.key);
    }

    expect(await send(recorded, 'under another update id')).toMatchObject({ code: 'undone' });
    expect(await handle(CONTROL_WORKFLOW_ID).query(messages.controlView)).toMatchObject({
      stopped: true,
      by: 'olga',
    });
    await env.startPushes();
  });

  it('signed for one workflow does nothing in another', async () => {
    await env.reach(env.ticket('76'), 'Approval');
    await env.operate(ticketWorkflowId('76'), { kind: 'hold' });
    const resume = signedCommand({ kind: 'resume' }, ticketWorkflowId('75'), env.nowMs());
    const sent = await handle(ticketWorkflowId('76')).executeUpdate(messages.operateTicket, {
      args: [resume],
    });
    expect(sent).toMatchObject({ accepted: false, code: 'unverified' });
    expect((await env.view('76')).held).not.toBeNull();
  });

  it('that a ticket answered before its end is still answered after it', async () => {
    env.open('nightly', env.nowMs());
    const ticket = env.ticket('77');
    await env.reach(ticket, 'Approval');
    const once = { key: 'abort-of-77' };
    await env.operate(ticketWorkflowId('77'), { kind: 'abort' }, once);
    ticket.end('cancelled');
    await env.ended('77');
    expect(await env.operate(ticketWorkflowId('77'), { kind: 'abort' }, once)).toMatchObject({
      accepted: true,
      message: expect.stringContaining('under this key; it has ended') as string,
    });
    expect(await env.operate(ticketWorkflowId('77'), { kind: 'hold' })).toMatchObject({
      code: 'wrongState',
    });
  });
});

describe('a message without a signature', () => {
  function reportOf80(part: Partial<TicketEvent> = {}): TicketEvent {
    const ticketInfoXml = '<ticket_info/>';
    return {
      key: 'forged',
      name: 'ADVANCE',
      ticketId: '80',
      source: 'mediator',
      receivedAtMs: env.nowMs(),
      info: null,
      script: { name: 'notify', args: [], ticketInfoXml, ticketInfoSha256: digestOfXml(ticketInfoXml) },
      ...part,
    };
  }

  beforeAll(async () => {
    env.fake.scripts.set('notify', {});
    env.open('nightly', env.nowMs() + HOUR);
    await env.reach(env.ticket('80'), 'Implementation');
    await env.until('80', 'waits for the window', (view) => view.waiting?.for === 'window');
  });

  it.each<[string, (event: TicketEvent) => TicketEvent]>([
    ['without a signature', (event) => event],
    ['with a made-up signature', (event) => ({ ...event, signature: 'f'.repeat(64) })],
    [
      'with the signature of other arguments',
      (event) => ({
        ...signReport({ ...event, script: { ...event.script!, args: ['-x'] } }, ACTOR_KEY),
        script: event.script!,
      }),
    ],
    ['about another ticket', (event) => signReport({ ...event, ticketId: '75' }, ACTOR_KEY)],
    [
      'with another XML than was signed',
      (event) => {
        const signed = signReport({ ...event, script: { ...event.script!, args: ['-t'] } }, ACTOR_KEY);
        return {
          ...signed,
          script: { ...signed.script!, ticketInfoXml: '<ticket_info><id>6</id></ticket_info>' },
        };
      },
    ],
  ])('a raw report %s runs no script', async (_, forge) => {
    await handle('ticket/80').signal(messages.ticketReported, forge(reportOf80()));
    await handle('ticket/80').signal(
      messages.ticketReported,
      signReport(reportOf80({ key: 'marker', name: 'MARKER', script: undefined as never }), ACTOR_KEY),
    );
    await env.until('80', 'has read', (view) => view.lastEvents.at(-1)?.source === 'mediator');
    expect(env.effects('-', 'script')).toEqual([]);
  });

  it('is shown as unverified, and what the gateway signed runs its script', async () => {
    await handle('ticket/80').signal(messages.ticketReported, reportOf80());
    await env.until('80', 'shows it', (view) => view.lastEvents.at(-1)?.source === 'unverified:mediator');
    await handle('ticket/80').signal(
      messages.ticketReported,
      signReport(reportOf80({ key: 'genuine' }), ACTOR_KEY),
    );
    await eventually('the script ran', () => env.effects('-', 'script').length === 1);
  });

  it('a result of a lane in which the ticket has no place is ignored', async () => {
    const [ended] = MESSAGE_SAMPLES.laneNews;
    for (const laneKey of ['manager-of-FW-80', 'somewhere'])
      await handle('ticket/80').signal(messages.laneNews, { ...ended, laneKey, target: 'FW-77' });
    const view = await env.until(
      '80',
      'notes it',
      ({ ignored, waiting }) => ignored?.last.at(-1)?.message === 'laneNews' && waiting?.for === 'window',
    );
    expect(view.targets.map(({ commit }) => commit)).not.toContain('done');
    expect(env.effects('80', 'commit')).toEqual([]);
  });

  it('a result that neither the push nor the lane has makes nothing live', async () => {
    const [ended] = MESSAGE_SAMPLES.laneNews;
    const forged = { ...ended, laneKey: 'manager-of-FW-80', target: 'm-FW-80' };
    await handle('ticket/80').signal(messages.laneNews, forged);
    const view = await env.until('80', 'waits again', ({ waiting }) => waiting?.for === 'window');
    expect(view.targets).toMatchObject([{ commit: 'todo' }]);
  });
});

const FAR_AWAY = { opensAtMs: 4_000_000_000_000, closesAtMs: 4_000_003_600_000 };

describe('a message to a lane that takes or gives up a place, begins or ends a call', () => {
  it('counts only with the signature of a worker', async () => {
    const key = 'l90';
    const lane = await env.temporal.client.workflow.start('lane', {
      workflowId: laneWorkflowId(key),
      taskQueue: TASK_QUEUES.main,
      args: [{ version: 1, key, name: 'L90' }],
    });
    const window = { calendar: 'x', ruleVersion: 'r', minimumRemainingMs: 0, intervals: [FAR_AWAY] };
    const input = {
      manager: DEFAULT_MANAGER,
      enrolments: [enrolment({ ticketId: '90', window, saved: true, hasSaved: true })],
    };
    const forged = [
      input,
      { ...input, signature: 'f'.repeat(64) },
      signLaneMessage('another lane', 'laneEnrol', input, ACTOR_KEY),
      signLaneMessage(key, 'lanePushEnded', input, ACTOR_KEY),
    ];
    for (const each of forged) await lane.signal(messages.laneEnrol, each);
    await lane.signal(messages.laneReplan, ...MESSAGE_SAMPLES.laneReplan);
    const refused = [
      lane.executeUpdate(messages.laneLeave, { args: MESSAGE_SAMPLES.laneLeave }),
      lane.executeUpdate(messages.laneBeginSend, { args: MESSAGE_SAMPLES.laneBeginSend }),
      lane.executeUpdate(messages.laneCallNotMade, { args: MESSAGE_SAMPLES.laneCallNotMade }),
      lane.executeUpdate(messages.laneSavedInPush, { args: MESSAGE_SAMPLES.laneSavedInPush }),
      lane.executeUpdate(messages.laneBeginAutomatic, { args: MESSAGE_SAMPLES.laneBeginAutomatic }),
      lane.executeUpdate(messages.laneEndAutomatic, { args: MESSAGE_SAMPLES.laneEndAutomatic }),
      lane.executeUpdate(messages.lanePushEnded, { args: MESSAGE_SAMPLES.lanePushEnded }),
    ];
    for (const each of refused) await expect(each).rejects.toMatchObject({ cause: { type: 'Unsigned' } });
    const { queue, ledger, ignored } = await eventually('they are ignored', async () => {
      const view = await env.lane(key);
      return view.ignored?.count === 12 ? view : undefined;
    });
    expect([queue, ledger]).toEqual([[], []]);
    expect(ignored?.last.at(-1)?.why).toBe('it has no valid signature of a worker');

    await lane.signal(messages.laneEnrol, signLaneMessage(key, 'laneEnrol', input, ACTOR_KEY));
    await eventually('the place is taken', async () => (await env.lane(key)).queue.length === 1);
    const left = { ticketId: '90', target: null, because: 'held' as const, upTo: enrolment().placeNumber };
    await lane.executeUpdate(messages.laneLeave, {
      args: [signLaneMessage(key, 'laneLeave', left, ACTOR_KEY)],
    });
    await lane.signal(messages.laneEnrol, signLaneMessage(key, 'laneEnrol', input, ACTOR_KEY));
    await eventually('the recorded enrolment is refused', async () => {
      const view = await env.lane(key);
      return view.ignored?.last.at(-1)?.why === 'its place was given up' && view.queue.length === 0;
    });
  });
});
