import { AsyncLocalStorage } from 'node:async_hooks';

import { laneWorkflowId, pushWorkflowId, ticketWorkflowId } from '../../src/domain/ids.js';
import { openTraces, type OpenTraces } from '../../src/telemetry/otlp-traces.js';
import { laneReplan } from '../../workflows/messages.js';
import { eventually } from '../support/eventually.js';
import { refused } from '../support/fake-secure-change.js';
import { manager } from '../support/firewall-change.js';
import { quietSdk } from '../support/quiet-sdk.js';
import { startTestDevServer, type TestDevServer } from '../support/temporal-server.js';
import { TestEnvironment } from '../support/test-environment.js';
import { receiveTraces, type ReceivedSpan, type TraceReceiver } from '../support/trace-receiver.js';

quietSdk();

const HOUR = 3_600_000;
/** So few events that tickets and lanes have several runs. */
const LONG = 60;
const WORKFLOW_ID = 'temporal.workflow.id';

let server: TestDevServer;
let env: TestEnvironment;
let receiver: TraceReceiver;
let traces: OpenTraces;
/** Tickets whose reports come from a gateway without traces. */
const untraced = new Set<string>();

beforeAll(async () => {
  receiver = await receiveTraces();
  traces = openTraces({
    service: 'test',
    instance: 'one',
    release: '0',
    endpoint: receiver.url,
    headers: undefined,
    now: () => Date.now(),
    onProblem: (reason) => {
      throw new Error(reason);
    },
    onTaken: () => undefined,
  });
  server = await startTestDevServer({
    dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': LONG },
  });
  env = await TestEnvironment.start({
    address: server.address,
    traces,
    reportThrough: (ticketId, send) =>
      // SecureChange is no part of a trace: here it runs inside the activities that call it.
      outside(() =>
        untraced.has(ticketId) ? send() : asRequest('report', send, { 'sco.ticket': ticketId }),
      ),
  });
});

afterAll(async () => {
  await env.stop();
  await server.stop();
  await traces.close();
  await receiver.close();
});

const outside = AsyncLocalStorage.snapshot();

function asRequest<T>(name: string, run: () => Promise<T>, attributes = {}): Promise<T> {
  return traces.span({ name, kind: 'request', attributes, follows: [] }, run);
}

async function runOf(workflowId: string): Promise<string> {
  return (await env.temporal.client.workflow.getHandle(workflowId).describe()).runId;
}

/** Nudges it until another run has taken over, with messages that no trace has. */
async function continueAsNew(workflowId: string, nudge: () => Promise<unknown>): Promise<string> {
  const before = await runOf(workflowId);
  return await eventually(`${workflowId} continues as new`, async () => {
    await nudge();
    const now = await runOf(workflowId);
    return now === before ? undefined : now;
  });
}

function spansOf(workflowId: string): readonly ReceivedSpan[] {
  return receiver.spans.filter(({ attributes }) => attributes[WORKFLOW_ID] === workflowId);
}

/** Each of these tickets waits in this lane for a window that opens in an hour. */
async function waitInLane(key: string, ids: readonly string[]): Promise<void> {
  env.open('nightly', env.nowMs() + HOUR);
  for (const id of ids) {
    await env.reach(env.ticket(id, { devices: [manager(key, { laneKey: key })] }), 'Implementation');
    await env.until(id, 'waits for the window', ({ waiting }) => waiting?.for === 'window');
  }
  await eventually(`all wait in ${key}`, async () => {
    const { queue, push } = await env.lane(key);
    return push === null && queue.length === ids.length;
  });
}

/** Of what enrolled a ticket. */
async function traceOf(ticketId: string): Promise<string> {
  return await eventually(`the span that enrolled ${ticketId}`, () => {
    return spansOf(ticketWorkflowId(ticketId)).find(({ name }) => name === 'enrol')?.traceId;
  });
}

const storyOf = ({ traceId, linked }: ReceivedSpan): readonly string[] => [traceId, ...linked].sort();

async function commitOf(key: string): Promise<string> {
  const { past } = await env.lane(key);
  const commits = past.filter(({ kind }) => kind === 'commit');
  expect(commits.length).toBe(1);
  return pushWorkflowId(key, commits[0]!.n);
}

async function sent(pushId: string): Promise<readonly ReceivedSpan[]> {
  return await eventually(`the spans of ${pushId}`, () => {
    const spans = spansOf(pushId);
    return spans.some(({ name }) => name === 'send') ? spans : undefined;
  });
}

describe('a push of several tickets', () => {
  it('is in the trace of one and linked to those of the others, also when its lane continued as new', async () => {
    const ids = ['60', '61', '62', '63'];
    untraced.add('63');
    await waitInLane('l60', ids);
    const lane = env.temporal.client.workflow.getHandle(laneWorkflowId('l60'));
    await continueAsNew(laneWorkflowId('l60'), async () =>
      lane.signal(laneReplan, { basis: null, plans: [] }),
    );

    env.open('nightly', env.nowMs());
    await env.replan('nightly', 'l60');
    for (const id of ids) expect((await env.ended(id)).outcome).toBe('closed');

    const stories = await Promise.all(['60', '61', '62'].map(traceOf));
    expect(new Set(stories).size).toBe(3);
    for (const span of await sent(await commitOf('l60'))) {
      expect([span.name, storyOf(span)]).toEqual([span.name, stories.toSorted()]);
      // 63 came without a trace.
      expect(span.attributes).toMatchObject({ 'sco.tickets_not_linked': 1 });
    }
    expect(spansOf(ticketWorkflowId('63'))).toEqual([]);
  });

  it('stays linked to all of them after a person has answered it, and belongs to that answer', async () => {
    const ids = ['70', '71'];
    await waitInLane('l70', ids);
    env.secureChange.faults.push({
      call: 'commit',
      target: 'm-l70',
      before: refused({
        kind: 'ambiguous',
        code: 'http.connection_lost',
        message: 'the connection was lost',
      }),
    });
    env.open('nightly', env.nowMs());
    await env.replan('nightly', 'l70');
    await env.until('70', 'asks', ({ needsAttention }) => needsAttention?.code === 'push.unknown');
    const { push } = await env.lane('l70');
    const pushId = pushWorkflowId('l70', push!.n);

    const decide = { kind: 'decideUnknownPush', answer: 'wasNotSent' } as const;
    await asRequest('decide', async () => env.operate(pushId, decide));
    for (const id of ids) await env.ended(id);

    const [decided] = await eventually('the span of the answer', () => {
      const spans = receiver.spans.filter(({ name }) => name === 'decide');
      return spans.length > 0 ? spans : undefined;
    });
    const stories = await Promise.all(ids.map(traceOf));
    const after = await eventually('the push has reported its end', () => {
      const spans = spansOf(pushId).filter(({ traceId }) => traceId === decided?.traceId);
      return spans.some(({ name }) => name === 'reportPushEnd') ? spans : undefined;
    });
    for (const span of after)
      expect([span.name, span.linked.toSorted()]).toEqual([span.name, stories.toSorted()]);
    // It was not sent: the lane sends it in another push, for the same tickets.
    const { past } = await env.lane('l70');
    const again = past.find(({ kind, result }) => kind === 'commit' && result === 'live');
    for (const span of await sent(pushWorkflowId('l70', again!.n)))
      expect([span.name, storyOf(span)]).toEqual([span.name, stories.toSorted()]);
  });
});

describe('a ticket that continues as new', () => {
  it('goes on in the trace of its last request', async () => {
    await waitInLane('l80', ['80']);
    const id = ticketWorkflowId('80');
    const nudge = async (): Promise<unknown> => env.report('80', 'ADVANCE');
    const runId = await continueAsNew(id, nudge);
    await nudge();

    const first = await eventually('an activity of the new run', () =>
      spansOf(id).find(({ attributes }) => attributes['temporal.run.id'] === runId),
    );
    expect(first.traceId).toBe(await traceOf('80'));
    const reports = receiver.spans.filter(
      ({ name, attributes }) => name === 'report' && attributes['sco.ticket'] === '80',
    );
    expect(reports.map(({ traceId }) => traceId)).toContain(first.traceId);

    env.open('nightly', env.nowMs());
    await env.replan('nightly', 'l80');
    await env.ended('80');
    for (const span of await sent(await commitOf('l80'))) expect(span.traceId).toBe(first.traceId);
  });
});
