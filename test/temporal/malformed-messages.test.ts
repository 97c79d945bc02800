import fc from 'fast-check';

import {
  CONTROL_WORKFLOW_ID,
  laneWorkflowId,
  pushWorkflowId,
  TASK_QUEUES,
  UPDATE_SLOT_WORKFLOW_ID,
} from '../../src/domain/ids.js';
import { MESSAGES, type MessageName } from '../../workflows/message-shapes.js';
import * as messages from '../../workflows/messages.js';
import { enrolment } from '../support/enrolment.js';
import { eventually } from '../support/eventually.js';
import { signedCommand } from '../support/fake-temporal.js';
import { MESSAGE_SAMPLES } from '../support/message-samples.js';
import { quietSdk } from '../support/quiet-sdk.js';
import { startTestDevServer, type TestDevServer } from '../support/temporal-server.js';
import { TestEnvironment } from '../support/test-environment.js';

quietSdk();

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
