import { fileURLToPath } from 'node:url';

import { NativeConnection, Worker } from '@temporalio/worker';
import fc from 'fast-check';

import { digestOfXml, signLaneMessage, signReport } from '../../src/client/sign.js';
import { findFailingWorkflows } from '../../src/client/failing-workflows.js';
import { findForeignWorkflows } from '../../src/client/foreign-workflows.js';
import type { SignedCommand } from '../../src/domain/commands.js';
import type { TicketEvent } from '../../src/domain/event.js';
import {
  CONTROL_WORKFLOW_ID,
  laneWorkflowId,
  pushWorkflowId,
  TASK_QUEUES,
  ticketWorkflowId,
  UPDATE_SLOT_WORKFLOW_ID,
} from '../../src/domain/ids.js';
import { CALLERS } from '../../activities/callers.js';
import { readStopSwitch } from '../../activities/control.js';
import { ACTIVITY_NAMES } from '../../activities/effects.js';
import { optionsOf } from '../../workflows/activity-options.js';
import { MESSAGES, type MessageName } from '../../workflows/message-shapes.js';
import * as messages from '../../workflows/messages.js';
import { ensureStanding } from '../../workers/create-worker.js';
import { DEFAULT_MANAGER } from '../../src/domain/lane.js';
import { enrolment } from '../support/enrolment.js';
import { eventually } from '../support/eventually.js';
import { ACTOR_KEY, signedCommand } from '../support/fake-temporal.js';
import { MESSAGE_SAMPLES } from '../support/message-samples.js';
import { quietSdk } from '../support/quiet-sdk.js';
import { startTestDevServer, type TestDevServer } from '../support/temporal-server.js';
import { TestEnvironment } from '../support/test-environment.js';

quietSdk();

const HOUR = 3_600_000;
const SEED = 8;

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

interface RunningWorker {
  readonly shutdown: () => void;
  readonly ended: Promise<void>;
}

/** A worker whose lanes fail. */
const brokenWorker = async (taskQueue: string): Promise<RunningWorker> =>
  workerWith('broken-lane', taskQueue);

/** A worker with the workflows of a fixture, on a task queue that is not ours. */
async function workerWith(fixture: string, taskQueue: string): Promise<RunningWorker> {
  const connection = await NativeConnection.connect({ address: server.address });
  const workflowsPath = fileURLToPath(new URL(`../fixtures/workflows/${fixture}.ts`, import.meta.url));
  const worker = await Worker.create({ connection, taskQueue, workflowsPath });
  const ended = worker.run().finally(async () => connection.close());
  return {
    shutdown: () => {
      worker.shutdown();
    },
    ended,
  };
}

const handle = (workflowId: string) => env.temporal.client.workflow.getHandle(workflowId);

/** How often a workflow task of this workflow has failed in its present run. */
async function taskFailures(workflowId: string): Promise<number> {
  const { events } = await handle(workflowId).fetchHistory();
  return (events ?? []).filter((event) => event.workflowTaskFailedEventAttributes).length;
}

/** A signal with payloads as they are, past every converter. */
async function rawSignal(workflowId: string, signalName: string, data: string, encoding = 'json/plain') {
  const { client, namespace } = env.temporal;
  const payload = { metadata: { encoding: Buffer.from(encoding) }, data: Buffer.from(data) };
  await client.workflowService.signalWorkflowExecution({
    namespace,
    workflowExecution: { workflowId },
    signalName,
    input: { payloads: [payload] },
  });
}

/** Any JSON, and messages of ours with one argument replaced. */
function junkFor(name: MessageName): readonly (readonly unknown[])[] {
  const some = fc.sample(fc.array(fc.jsonValue(), { maxLength: 2 }), { numRuns: 12, seed: SEED });
  const sample: unknown = MESSAGE_SAMPLES[name][0];
  if (typeof sample !== 'object' || sample === null) return some;
  const wrong = Object.keys(sample).map((key) => [{ ...sample, [key]: { wrong: true } }]);
  return [[], [null], [[null]], [{}], ...wrong, ...some];
}

describe('malformed messages', () => {
  const OWNERS: Readonly<Record<string, string>> = {
    ticket: 'ticket/70',
    lane: 'lane/l70',
    control: 'control',
    push: pushWorkflowId('l70', 1),
    slot: UPDATE_SLOT_WORKFLOW_ID,
  };
  const ofWorkflow = (name: string): string =>
    OWNERS[
      /control/i.test(name)
        ? 'control'
        : /^laneNews$|ticket(View|Reported)|operateTicket/.test(name)
          ? 'ticket'
          : /^updateSlotRe/.test(name)
            ? 'slot'
            : /[pP]ush(View)?$|^updateSlotGranted$/.test(name) && !name.startsWith('lane')
              ? 'push'
              : 'lane'
    ] ?? '';

  /** The slot shows nothing: it does not count what it ignored. */
  const viewOf = (workflowId: string): string | null => {
    if (workflowId === UPDATE_SLOT_WORKFLOW_ID) return null;
    if (workflowId.startsWith('push/')) return 'pushView';
    if (workflowId === 'control') return 'controlView';
    return workflowId.startsWith('ticket/') ? 'ticketView' : 'laneView';
  };

  beforeAll(async () => {
    const ticket = env.ticket('70');
    await env.reach(ticket, 'Approval');
    await env.until('70', 'asks for approval', (view) => view.waiting?.for === 'approval');
    await env.temporal.client.workflow.start('lane', {
      workflowId: laneWorkflowId('l70'),
      taskQueue: TASK_QUEUES.main,
      args: [{ version: 1, key: 'l70', name: 'L70' }],
    });
    await env.temporal.client.workflow.signalWithStart('updateSlot', {
      workflowId: UPDATE_SLOT_WORKFLOW_ID,
      taskQueue: TASK_QUEUES.main,
      args: [{ version: 1 }],
      signal: messages.updateSlotReleased,
      signalArgs: [{ laneKey: 'elsewhere', n: 1, runId: 'r', round: 1, closesAtMs: 1 }],
    });
    // A push that waits: it asks a person about a call of which nothing shows.
    const ref = { ticketId: '70', stepId: 'gone', taskId: 'gone', fieldId: 'gone' };
    const baseline = JSON.stringify({ leader: '70/DG', ref, seen: 'none|-', revision: null });
    const member = { ...enrolment({ ticketId: '70' }), enrolledAtMs: 0, seq: 1 };
    const begun = { call: 'commit', effectKey: 'e', nonce: 'a', atMs: 0, baseline, members: ['70/DG'] };
    await env.temporal.client.workflow.start('push', {
      workflowId: pushWorkflowId('l70', 1),
      taskQueue: TASK_QUEUES.main,
      args: [
        {
          version: 1,
          laneKey: 'l70',
          laneName: 'L70',
          n: 1,
          kind: 'commit',
          target: 'DG',
          targetName: 'DG',
          members: [member],
          expectedSaveMs: 0,
          restMs: 0,
          resolve: [{ ...begun, accepted: [], alsoLive: [], replaced: [], ended: false }],
        },
      ],
    });
  });

  it.each(Object.keys(MESSAGES) as MessageName[])(
    '%s: any JSON leaves its workflow at work',
    async (name) => {
      const workflowId = ofWorkflow(name);
      const definition = messages[name];
      for (const junk of junkFor(name)) {
        if (definition.type === 'signal') await handle(workflowId).signal(name, ...junk);
        else if (definition.type === 'update') {
          const rejected = handle(workflowId).executeUpdate(name, { args: [...junk] as [unknown] });
          await expect(rejected).rejects.toMatchObject({
            cause: { message: expect.stringContaining('malformed') as string },
          });
        } else
          await handle(workflowId)
            .query(name, ...junk)
            .catch(() => undefined);
      }
      const view = viewOf(workflowId);
      if (view === null) {
        expect(await taskFailures(workflowId)).toBe(0);
        return;
      }
      const { ignored } = await handle(workflowId).query<{ ignored?: { count: number } }>(view);
      if (definition.type === 'signal') expect(ignored?.count).toBeGreaterThan(0);
      expect(await taskFailures(workflowId)).toBe(0);
    },
  );

  it('unknown signals, with names of the SDK or unreadable payloads, are counted and ignored', async () => {
    for (const workflowId of ['ticket/70', 'lane/l70', CONTROL_WORKFLOW_ID]) {
      await handle(workflowId).signal('nobodyKnowsMe', 'x');
      await rawSignal(workflowId, '__temporal_something', '1');
      await rawSignal(workflowId, 'laneGranted', '{not JSON');
      await rawSignal(workflowId, 'laneEnrol', 'x', 'binary/unheard-of');
    }
    await eventually('the stop switch has noted them', async () => {
      const { ignored } = await handle(CONTROL_WORKFLOW_ID).query(messages.controlView);
      return ignored?.last.some(({ why }) => why === 'this workflow has no such signal');
    });
    const { ignored } = await env.view('70');
    expect(ignored?.last.length).toBeLessThanOrEqual(5);
    for (const workflowId of ['ticket/70', 'lane/l70', CONTROL_WORKFLOW_ID]) {
      expect(await taskFailures(workflowId)).toBe(0);
    }
  });

  it('a reason of 1.5 MB is rejected before it is stored', async () => {
    const signed = signedCommand({ kind: 'hold' }, 'ticket/70', env.nowMs(), {
      reason: 'x'.repeat(1_500_000),
      signature: null,
    });
    const sent = handle('ticket/70').executeUpdate(messages.operateTicket, {
      args: [signed],
      updateId: 'huge',
    });
    await expect(sent).rejects.toMatchObject({
      cause: { message: expect.stringContaining('reason') as string },
    });
    const padded = {
      ...signedCommand({ kind: 'hold' }, 'ticket/70', env.nowMs()),
      padding: 'x'.repeat(100_000),
    };
    const other = handle('ticket/70').executeUpdate(messages.operateTicket, {
      args: [padded],
      updateId: 'padded',
    });
    await expect(other).rejects.toMatchObject({
      cause: { message: expect.stringContaining('characters') as string },
    });
    expect(JSON.stringify(await env.newestRun('70')).length).toBeLessThan(500_000);
    expect((await env.view('70')).held).toBeNull();
  });

  it('a run that was not started by our code ends at once', async () => {
    const start = async (workflowId: string, type: string, args: unknown[]) =>
      await env.temporal.client.workflow.start(type, { workflowId, taskQueue: TASK_QUEUES.main, args });
    const carry = { queue: [], scripts: [] };
    const wrong = [
      await start('ticket/71', 'ticket', []),
      await start('ticket/72', 'ticket', [{ version: 1, ticketId: '70' }]),
      await start('ticket/73', 'ticket', [{ version: 1, ticketId: '73', carry }]),
      await start('lane/l74', 'lane', [null]),
      await start('another control', 'control', []),
    ];
    for (const run of wrong) {
      await expect(run.result()).rejects.toMatchObject({ cause: { type: 'WrongStart' } });
    }
  });
});

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
    await env.operate(CONTROL_WORKFLOW_ID, { kind: 'start' });

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
    const once = { key: 'start-of-tuesday' };
    await env.operate(CONTROL_WORKFLOW_ID, { kind: 'start' }, once);
    const unsigned = await env.operate(CONTROL_WORKFLOW_ID, { kind: 'start' }, { ...once, signature: null });
    expect(unsigned).toMatchObject({ accepted: false, code: 'unverified' });
  });

  it('outlives a flood of unsigned commands: a recorded start does not end a later stop', async () => {
    await env.operate(CONTROL_WORKFLOW_ID, { kind: 'stop' });
    const recorded = signedCommand({ kind: 'start' }, CONTROL_WORKFLOW_ID, env.nowMs(), {
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
    await env.operate(CONTROL_WORKFLOW_ID, { kind: 'start' });
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
    await lane.signal(messages.laneConfirm, ...MESSAGE_SAMPLES.laneConfirm);
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
      return view.ignored?.count === 13 ? view : undefined;
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

describe('a workflow that another caller starts under an id of ours', () => {
  it('is named, and a lane runs and recovers beside what is left of it', async () => {
    const { client } = env.temporal;
    const key = 'l95';
    const workflowId = laneWorkflowId(key);
    const args = [null];
    await client.workflow.start('lane', { workflowId, taskQueue: TASK_QUEUES.main, args });
    await expect(handle(workflowId).result()).rejects.toThrow();
    const foreign = await client.workflow.start('another', { workflowId, taskQueue: 'elsewhere', args });
    const reader = { ...env.temporal, deadlineMs: 10_000 };
    const found = await eventually('it is named', async () => {
      const { found: all } = await findForeignWorkflows(reader);
      return all.length > 0 ? all : undefined;
    });
    expect(found).toEqual([
      { workflowId, runId: foreign.firstExecutionRunId, type: 'another', taskQueue: 'elsewhere' },
    ]);
    await handle(workflowId).terminate();

    const window = { calendar: 'x', ruleVersion: 'r', minimumRemainingMs: 0, intervals: [FAR_AWAY] };
    const input = { manager: DEFAULT_MANAGER, enrolments: [enrolment({ ticketId: '95', window })] };
    await client.workflow.signalWithStart('lane', {
      workflowId,
      taskQueue: TASK_QUEUES.main,
      args: [{ version: 1, key, name: 'L95' }],
      signal: messages.laneEnrol,
      signalArgs: [signLaneMessage(key, 'laneEnrol', input, ACTOR_KEY)],
    });
    await eventually('it has recovered', async () => {
      const { recovered, queue } = await handle(workflowId).query(messages.laneState);
      return recovered && queue.length === 1;
    });
  });
});

describe('a push that was reset in the middle of its Commit', () => {
  it('sends nothing again, follows its call to the end and reports it', async () => {
    const { client, namespace } = env.temporal;
    env.open('nightly', env.nowMs());
    env.secureChange.pushMs = 3_000;
    await env.reach(env.ticket('97'), 'Implementation');
    await eventually('the Commit was made', () => env.effects('97', 'commit').length === 1);
    env.secureChange.pushMs = 40;
    const { push } = await env.lane('manager-of-FW-97');
    const workflowId = pushWorkflowId('manager-of-FW-97', push!.n);
    const { runId } = await handle(workflowId).describe();
    const { events } = await handle(workflowId).fetchHistory();
    const first = events?.find(({ workflowTaskCompletedEventAttributes: completed }) => completed != null);
    await client.workflowService.resetWorkflowExecution({
      namespace,
      workflowExecution: { workflowId, runId },
      reason: 'test',
      requestId: 'reset of 97',
      workflowTaskFinishEventId: first!.eventId!,
    });
    expect(await env.ended('97')).toMatchObject({ outcome: 'closed' });
    expect(env.effects('97', 'update', 'commit')).toEqual(['update FW-97', 'commit FW-97']);
    expect((await handle(workflowId).describe()).runId).not.toBe(runId);
  });
});

describe('a workflow that is not ours', () => {
  it('gets no activity of ours, also under the id and type of a ticket, so that nothing is signed for it', async () => {
    const input = { ticketId: '99', laneKey: 'l99', laneName: 'L99', n: 1, items: [], laneKeys: ['l99'] };
    const calls = ACTIVITY_NAMES.filter((name) => CALLERS[name] !== 'every').map((name) => [
      name,
      optionsOf(name).taskQueue,
    ]);
    const theirs = await workerWith('foreign-caller', 'stolen');
    try {
      const outcomes = (await env.temporal.client.workflow.execute('ticket', {
        workflowId: ticketWorkflowId('99'),
        taskQueue: 'stolen',
        args: [calls, input],
      })) as Record<string, unknown>;
      expect(outcomes).toEqual(
        Object.fromEntries(calls.map(([name]) => [name, 'orchestrator.foreign_caller'])),
      );
    } finally {
      theirs.shutdown();
      await theirs.ended;
    }
    await expect(handle(laneWorkflowId('l99')).describe()).rejects.toThrow();
  });
});

describe('a stop switch that was terminated', () => {
  afterEach(async () => {
    const { stopped } = await handle(CONTROL_WORKFLOW_ID).query(messages.controlView);
    if (stopped) await env.operate(CONTROL_WORKFLOW_ID, { kind: 'start' });
  });

  const startControl = async (type: string, taskQueue: string, args: unknown[]): Promise<void> => {
    await env.temporal.client.workflow.start(type, { workflowId: CONTROL_WORKFLOW_ID, taskQueue, args });
  };

  it('is on again whoever starts it with whatever arguments, also the moment after', async () => {
    await env.operate(CONTROL_WORKFLOW_ID, { kind: 'stop' });
    for (const start of [{ version: 1, first: true }, { version: 1 }, null]) {
      await handle(CONTROL_WORKFLOW_ID).terminate();
      await startControl('control', TASK_QUEUES.main, [start]);
      const view = await eventually('it has looked for earlier runs', async () => {
        const found = await handle(CONTROL_WORKFLOW_ID).query(messages.controlView);
        return found.reason?.includes('was lost') === true ? found : undefined;
      });
      expect(view).toMatchObject({ stopped: true, by: null });
    }
  });

  it('counts as on while another workflow answers under its id that it is off', async () => {
    const { client } = env.temporal;
    const read = async (): Promise<unknown> => readStopSwitch(client, () => env.nowMs());
    expect(await read()).toMatchObject({ stopped: false });
    await handle(CONTROL_WORKFLOW_ID).terminate();
    const theirs = await workerWith('stand-in', 'stolen');
    try {
      await startControl('control', 'stolen', [{}]);
      expect(await handle(CONTROL_WORKFLOW_ID).query(messages.controlView)).toMatchObject({ stopped: false });
      await eventually('it is named', async () => {
        const { found } = await findForeignWorkflows({ ...env.temporal, deadlineMs: 10_000 });
        return found.some(({ workflowId, taskQueue }) => workflowId === 'control' && taskQueue === 'stolen');
      });
      expect(await read()).toMatchObject({
        stopped: true,
        message: expect.stringContaining('not ours') as string,
      });
      await handle(CONTROL_WORKFLOW_ID).terminate();
    } finally {
      theirs.shutdown();
      await theirs.ended;
    }
    await ensureStanding(client, 24 * HOUR);
    expect(await read()).toMatchObject({ stopped: true });
  });

  it('starts again as on, until an operator starts', async () => {
    await handle(CONTROL_WORKFLOW_ID).terminate();
    await ensureStanding(env.temporal.client, 24 * HOUR);
    expect(await handle(CONTROL_WORKFLOW_ID).query(messages.controlView)).toMatchObject({
      stopped: true,
      by: null,
    });
    expect(await env.operate(CONTROL_WORKFLOW_ID, { kind: 'start' })).toMatchObject({ accepted: true });
    expect(await handle(CONTROL_WORKFLOW_ID).query(messages.controlView)).toMatchObject({ stopped: false });
  });
});

describe('a workflow whose code fails', () => {
  let broken: Awaited<ReturnType<typeof brokenWorker>> | undefined;

  afterEach(async () => {
    broken?.shutdown();
    await broken?.ended;
  });

  it('is found with its reason, and takes its row in the list of lanes and no other', async () => {
    const { client } = env.temporal;
    // Running with a task that no code can carry out: its type is ours, its worker has none of it.
    const started = await client.workflow.start('lane', {
      workflowId: 'lane/broken',
      taskQueue: 'a queue with broken code',
      args: [{ version: 1, key: 'broken', name: 'Broken' }],
    });
    broken = await brokenWorker('a queue with broken code');
    const reader = { ...env.temporal, deadlineMs: 10_000 };
    const found = await eventually('its failing task is found', async () => {
      const { failing } = await findFailingWorkflows(reader);
      return failing.length > 0 ? failing : undefined;
    });
    expect(found).toMatchObject([
      {
        workflowId: 'lane/broken',
        runId: started.firstExecutionRunId,
        type: 'lane',
        reason: expect.stringContaining('broken on purpose') as string,
      },
    ]);
    const lanes = await eventually('the list has it', async () => {
      const listed = await env.client.lanes.list();
      return listed.some((lane) => 'unreadable' in lane) ? listed : undefined;
    });
    expect(lanes.length).toBeGreaterThan(1);
    expect(lanes.filter((lane) => 'unreadable' in lane)).toMatchObject([{ key: 'broken' }]);
  });
});
