import fc from 'fast-check';

import {
  ALERTS_WORKFLOW_ID,
  CONTROL_WORKFLOW_ID,
  laneWorkflowId,
  pushWorkflowId,
  TASK_QUEUES,
  UPDATE_SLOT_WORKFLOW_ID,
} from '../../src/domain/ids.js';
import { MESSAGES, type MessageName } from '../../workflows/message-shapes.js';
import * as messages from '../../workflows/messages.js';
import { STARTS } from '../../workflows/start-shapes.js';
import { enrolment } from '../support/enrolment.js';
import { eventually } from '../support/eventually.js';
import { manager } from '../support/firewall-change.js';
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

/** As it is, past every converter. */
const payload = (data: string | Buffer, encoding = 'json/plain') => ({
  metadata: { encoding: Buffer.from(encoding) },
  data: Buffer.from(data),
});

const UNHEARD_OF = payload('x', 'binary/unheard-of');

async function rawSignal(workflowId: string, signalName: string, data: string, encoding = 'json/plain') {
  const { client, namespace } = env.temporal;
  await client.workflowService.signalWorkflowExecution({
    namespace,
    workflowExecution: { workflowId },
    signalName,
    input: { payloads: [payload(data, encoding)] },
  });
}

async function detailsOf(workflowId: string): Promise<string> {
  const metadata = await handle(workflowId).query<{ currentDetails?: string }>(
    '__temporal_workflow_metadata',
  );
  return metadata.currentDetails ?? '';
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

  /** The slot has no view: its details show what it ignored. */
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
    const baseline = JSON.stringify({
      leader: '70/DG',
      ref,
      seen: 'none|-',
      revision: null,
      savedUntilMs: null,
    });
    const member = { ...enrolment({ ticketId: '70' }), enrolledAtMs: 0, seq: 1 };
    const begun = { call: 'commit', baseline, members: ['70/DG'] };
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
          resolve: [begun],
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
        expect(await detailsOf(workflowId)).toMatch(/\d+ messages were ignored; the newest: updateSlotRe/);
        expect(await taskFailures(workflowId)).toBe(0);
        return;
      }
      const { ignored } = await handle(workflowId).query<{ ignored?: { count: number } }>(view);
      // What takes no argument cannot have a wrong one.
      const hasArguments = MESSAGE_SAMPLES[name].length > 0;
      if (definition.type === 'signal' && hasArguments) expect(ignored?.count).toBeGreaterThan(0);
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

  it('an answer of an activity that cannot be decoded fails the activity, which is asked for again', async () => {
    const { client, namespace } = env.temporal;
    env.open('nightly', env.nowMs());
    env.secureChange.pushMs = 6_000;
    await env.reach(env.ticket('77'), 'Implementation');
    const { push } = await eventually('its push runs', async () => {
      const lane = await env.lane('manager-of-FW-77').catch(() => undefined);
      return lane?.push ? lane : undefined;
    });
    const workflowId = pushWorkflowId('manager-of-FW-77', push!.n);
    const details = { payloads: [UNHEARD_OF] };
    const failure = { message: 'x', applicationFailureInfo: { type: 'bug', nonRetryable: true, details } };
    for (const answer of ['completed', 'failed'] as const) {
      await eventually(`one has been ${answer} by another caller`, async () => {
        const { raw } = await handle(workflowId).describe();
        const activityId = raw.pendingActivities?.find(
          ({ activityType }) => activityType?.name === 'follow',
        )?.activityId;
        if (activityId == null) return undefined;
        const of = { namespace, workflowId, activityId };
        await (answer === 'completed'
          ? client.workflowService.respondActivityTaskCompletedById({ ...of, result: details })
          : client.workflowService.respondActivityTaskFailedById({ ...of, failure }));
        return true;
      });
    }
    env.secureChange.pushMs = 40;
    expect(await env.ended('77')).toMatchObject({ outcome: 'closed' });
    expect(env.effects('77', 'commit')).toHaveLength(1);
    expect(await taskFailures(workflowId)).toBe(0);
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
});

describe('malformed starts', () => {
  const junk = (start: unknown) => ({ input: { payloads: [payload(JSON.stringify(start))] } });
  /** Of a start whatever its type: what every caller of Temporal can send. */
  const PARTS: Readonly<Record<string, object>> = {
    'no arguments': {},
    'arguments that cannot be decoded': { input: { payloads: [UNHEARD_OF] } },
    'arguments that are not JSON': { input: { payloads: [payload('{not json')] } },
    'arguments without an encoding': { input: { payloads: [{ data: Buffer.from('x') }] } },
    'binary arguments': { input: { payloads: [payload(Buffer.alloc(9), 'binary/plain')] } },
    'arguments of 1.5 MB': junk({ laneKey: 'x'.repeat(1_500_000) }),
    'very deep arguments': { input: { payloads: [payload('['.repeat(1e5) + ']'.repeat(1e5))] } },
    'an empty state': junk({ version: 1, carry: null }),
    'the state of a run that was none': junk({ version: 1, carry: { state: 5, queue: [], view: 'x' } }),
    'that state again by a retry': {
      ...junk({ version: 1, carry: { state: 5 } }),
      retryPolicy: { initialInterval: { seconds: 1 } },
    },
    'a memo that cannot be decoded': {
      memo: { fields: { subject: UNHEARD_OF, windowBases: payload('{'), windowBasis: { data: [] } } },
    },
    'an empty search attribute': {
      searchAttributes: { indexedFields: { ScoPhase: payload('', 'binary/null') } },
    },
    'a last result that cannot be decoded': { lastCompletionResult: { payloads: [UNHEARD_OF] } },
    'a failure that cannot be decoded': {
      continuedFailure: {
        message: 'x',
        encodedAttributes: UNHEARD_OF,
        applicationFailureInfo: { type: 'x', details: { payloads: [UNHEARD_OF] } },
      },
    },
    ...Object.fromEntries(
      fc.sample(fc.jsonValue(), { numRuns: 6, seed: SEED }).map((any, index) => [`JSON ${index}`, junk(any)]),
    ),
  };

  interface Row {
    readonly idOf: (n: number) => string;
    /** The id says all that our own code starts it with: it works. The others end at once as failed. */
    readonly works: boolean;
  }
  /** A workflow type without a row does not compile. */
  const ROWS: { readonly [T in keyof typeof STARTS]: Row } = {
    ticket: { idOf: (n) => `ticket/${7_000 + n}`, works: true },
    lane: { idOf: (n) => laneWorkflowId(`l7-${n}`), works: true },
    updateSlot: { idOf: () => UPDATE_SLOT_WORKFLOW_ID, works: true },
    control: { idOf: () => CONTROL_WORKFLOW_ID, works: true },
    alerts: { idOf: () => ALERTS_WORKFLOW_ID, works: true },
    sweep: { idOf: (n) => `sweep-${n}`, works: true },
    auditExport: { idOf: (n) => `auditExport-${n}`, works: true },
    push: { idOf: (n) => pushWorkflowId('l7', 1 + n), works: false },
    script: { idOf: (n) => `script/risk/k${n}`, works: false },
    itsmTicket: { idOf: (n) => `itsm/e${n}`, works: false },
  };

  async function rawStart(workflowId: string, type: string, part: object): Promise<void> {
    const { client, namespace } = env.temporal;
    await client.workflowService.startWorkflowExecution({
      namespace,
      workflowId,
      workflowType: { name: type },
      taskQueue: { name: TASK_QUEUES.main },
      requestId: `${workflowId} ${Math.random()}`,
      workflowIdConflictPolicy: 3,
      ...part,
    });
  }

  /** What its first workflow task came to. */
  async function firstTask(workflowId: string): Promise<string> {
    return await eventually(`${workflowId} has been run`, async () => {
      const { events } = await handle(workflowId).fetchHistory();
      for (const event of events ?? []) {
        const broken = event.workflowTaskFailedEventAttributes;
        if (broken) return `its workflow task fails: ${broken.failure?.message ?? ''}`;
        const failed = event.workflowExecutionFailedEventAttributes?.failure;
        if (failed) return `${failed.applicationFailureInfo?.type ?? ''}: ${failed.message ?? ''}`;
      }
      const isDone = (events ?? []).some((event) => event.workflowTaskCompletedEventAttributes);
      return isDone ? 'works' : undefined;
    });
  }

  const WORDS = /^WrongStart: this run was not started by the orchestrator: start(\.\w+)?: expected /;

  it.each(Object.keys(STARTS) as (keyof typeof STARTS)[])(
    '%s: whatever it is started with, its workflow task does not fail',
    async (type) => {
      const { idOf, works } = ROWS[type];
      let n = 0;
      for (const [what, part] of Object.entries(PARTS)) {
        const workflowId = idOf((n += 1));
        await rawStart(workflowId, type, part);
        const seen = `with ${what}: ${await firstTask(workflowId)}`;
        if (works) expect(seen).toBe(`with ${what}: works`);
        else expect(seen.slice(`with ${what}: `.length)).toMatch(WORDS);
        if (works)
          await handle(workflowId)
            .terminate()
            .catch(() => undefined);
      }
    },
  );

  it('under an id that is not its own, it ends at once', async () => {
    const wrong: readonly (readonly [string, string])[] = [
      ['another control', 'control'],
      ['lane/other', 'updateSlot'],
      [UPDATE_SLOT_WORKFLOW_ID, 'lane'],
      ['lane/', 'lane'],
      ['ticket/004', 'ticket'],
      ['ticket/7100', 'sweep'],
      ['control', 'toString'],
    ];
    for (const [workflowId, type] of wrong) {
      await rawStart(workflowId, type, junk({ version: 1, key: 'update', name: 'Update' }));
      expect(`${workflowId} ${await firstTask(workflowId)}`).toContain('WrongStart: ');
    }
  });

  it.each([
    ['no members', { members: [null] }],
    ['no calls', { resolve: [{ call: 'commit', baseline: '{}', members: [] }] }],
    ['another number', { n: 9 }],
    ['no kind', { kind: 'all' }],
  ])('a push with %s of ours ends at once', async (_, part) => {
    const start = {
      version: 1,
      laneKey: 'l8',
      laneName: 'L8',
      n: 1,
      kind: 'commit',
      target: 'DG',
      targetName: 'DG',
      members: [],
      expectedSaveMs: 0,
      restMs: 0,
      resolve: [],
      ...part,
    };
    await rawStart(pushWorkflowId('l8', 1), 'push', junk(start));
    expect(await firstTask(pushWorkflowId('l8', 1))).toContain('WrongStart: ');
  });

  it('the stop switch, a lane and the update slot do their work all the same', async () => {
    await rawStart(CONTROL_WORKFLOW_ID, 'control', { input: { payloads: [UNHEARD_OF] } });
    await eventually('the switch has looked for earlier runs', async () => {
      const { reason } = await handle(CONTROL_WORKFLOW_ID).query(messages.controlView);
      return reason?.includes('was lost');
    });
    expect(await env.startPushes()).toMatchObject({ accepted: true });
    await rawStart(UPDATE_SLOT_WORKFLOW_ID, 'updateSlot', {});
    await rawStart(laneWorkflowId('l9'), 'lane', { input: { payloads: [UNHEARD_OF] } });
    const ticket = env.ticket('79', { devices: [manager('FW-79', { laneKey: 'l9' })] });
    env.open('nightly', env.nowMs());
    await env.reach(ticket, 'Implementation');
    expect(await env.ended('79')).toMatchObject({ outcome: 'closed' });
  });
});
