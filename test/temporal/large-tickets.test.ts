import type { ActivityDeps } from '../../activities/contract.js';
import { ticketWorkflowId } from '../../src/domain/ids.js';
import type { IntegrationPoint } from '../../src/domain/process.js';
import { SEARCH_ATTRIBUTES } from '../../workflows/search-attributes.js';
import { refused } from '../support/fake-secure-change.js';
import { directFirewall, firewallChange, manager } from '../support/firewall-change.js';
import { quietSdk } from '../support/quiet-sdk.js';
import { startTestDevServer, type TestDevServer } from '../support/temporal-server.js';
import { TestEnvironment } from '../support/test-environment.js';

quietSdk();

/** From here on the server warns; at five times as much it terminates. */
const WARNED_EVENTS = 10_240;
const WARNED_BYTES = 10 * 1024 * 1024;

const MESSAGE_BYTES = 200_000;

let server: TestDevServer;
let env: TestEnvironment;

beforeAll(async () => {
  server = await startTestDevServer();
  env = await TestEnvironment.start({ address: server.address, deps: withLargeMessages });
  env.fake.settings = { ...env.fake.settings, pollEveryMs: 5, restMs: 0 };
  env.secureChange.pushMs = 5;
});

afterAll(async () => {
  await env.stop();
  await server.stop();
});

/** Points that say so are rendered into bodies as large as an attachment list may make them. */
function withLargeMessages({ itsm }: ActivityDeps): Partial<ActivityDeps> {
  return {
    itsm: {
      ...itsm,
      render: (point, context) => {
        const message = itsm.render(point, context);
        return point.name.startsWith('large') ? { ...message, body: 'x'.repeat(MESSAGE_BYTES) } : message;
      },
    },
  };
}

function point(
  name: string,
  when: IntegrationPoint['when'],
  action: IntegrationPoint['action'],
): IntegrationPoint {
  return { name, enabled: true, when, server: 'servicenow', action, blocking: false, body: { text: name } };
}

/** Every run of the ticket: how it ended, how many events and bytes it has. */
async function runsOf(ticketId: string) {
  const { workflow } = env.temporal.client;
  const runs: { status: string; events: number; bytes: number }[] = [];
  const facts = await env.history(ticketId);
  for (const runId of new Set(facts.map((fact) => fact.runId))) {
    const run = await workflow.getHandle(ticketWorkflowId(ticketId), runId).describe();
    runs.push({ status: run.status.name, events: run.historyLength, bytes: run.historySize ?? 0 });
  }
  return runs;
}

it('a ticket with 200 devices and long names lives its whole life', async () => {
  const long = (text: string): string => `${text} — ${'Brandschutzüberwachung '.repeat(10)}`;
  const workflow = long('Firewall change').repeat(2);
  env.fake.processes.set(workflow, firewallChange({ workflow }));
  env.open('nightly', env.nowMs());
  const devices = Array.from({ length: 200 }, (_, index) => {
    const ids = { managementId: `d${index}`, instructionDigest: `instructions ${index}` };
    const managed = { laneKey: `manager ${index % 4}`, laneName: long(`manager ${index % 4}`) };
    if (index < 20) return manager(long(`M${index}`), { ...ids, ...managed });
    const done = index >= 40 ? { design: 'fullyImplemented' as const } : {};
    return directFirewall(long(`D${index}`), { ...ids, laneKey: ids.managementId, ...done });
  });
  const ticket = env.ticket('10', { workflow, devices, requester: long('r.meier').repeat(2) });

  await env.reach(ticket, 'Implementation');
  const ended = await env.ended('10', 280_000);

  expect(ended.outcome).toBe('closed');
  expect(ended.targets.filter(({ done }) => done)).toHaveLength(200);
  const pushes = env.effects('10', 'update', 'commit');
  expect(pushes).toHaveLength(20 + 20 + 20);
  expect(new Set(pushes).size).toBe(pushes.length);
  const runs = await runsOf('10');
  expect(runs.map(({ status }) => status)).toEqual([
    ...runs.slice(1).map(() => 'CONTINUED_AS_NEW'),
    'COMPLETED',
  ]);
  for (const { events, bytes } of runs) {
    expect(events).toBeLessThan(WARNED_EVENTS);
    expect(bytes).toBeLessThan(WARNED_BYTES);
  }
  const { typedSearchAttributes } = await env.temporal.client.workflow
    .getHandle(ticketWorkflowId('10'))
    .describe();
  const shown = typedSearchAttributes.get(SEARCH_ATTRIBUTES.devices) ?? [];
  expect(shown.at(-1)).toBe('…more');
  expect(Buffer.byteLength(JSON.stringify(shown))).toBeLessThan(2_048);
  for (const key of [SEARCH_ATTRIBUTES.workflowName, SEARCH_ATTRIBUTES.requester]) {
    expect(typedSearchAttributes.get(key)?.length).toBe(255);
  }
});

it('a ticket with twenty unsent messages of 200 KB waits for the ITSM and then sends them all, in order', async () => {
  const points = Array.from({ length: 20 }, (_, index) =>
    point(`large-${index}`, { kind: 'inbound', step: 'Approval' }, index === 0 ? 'create' : 'update'),
  );
  env.fake.processes.set('Talkative', firewallChange({ workflow: 'Talkative', integrationPoints: points }));
  env.open('nightly', env.nowMs());
  const away = {
    call: 'send' as const,
    times: Infinity,
    before: refused({ kind: 'transient', code: 'http.unavailable' }),
  };
  env.secureChange.faults.push(away);
  const ticket = env.ticket('20', { workflow: 'Talkative' });
  await env.reach(ticket, 'Implementation');
  await env.until('20', 'has come to its end but for the messages', ({ status, outbox }) => {
    return status === 'closed' && outbox.length === 20;
  });

  // Many events while nothing can be sent: it may not continue as new, and must not need to.
  for (let round = 0; round < 30; round += 1) await env.report('20', 'ADVANCE');
  expect((await runsOf('20')).map(({ status }) => status)).toEqual(['RUNNING']);
  env.secureChange.faults.splice(env.secureChange.faults.indexOf(away), 1);
  await env.ended('20');

  expect(env.effects('20', 'itsm')).toEqual(points.map(({ name, action }) => `itsm ${action} ${name}`));
  const [run] = await runsOf('20');
  expect(run?.status).toBe('COMPLETED');
  expect(run?.bytes).toBeLessThan(WARNED_BYTES);
});
