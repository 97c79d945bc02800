import { digestOfXml, signReport } from '../../packages/client/src/sign.js';
import type { TicketEvent } from '../../src/domain/event.js';
import type { ScriptReply } from '../../src/domain/script-reply.js';
import { firewallChange } from '../support/firewall-change.js';
import { ACTOR_KEY } from '../support/fake-temporal.js';
import { quietSdk } from '../support/quiet-sdk.js';
import { startTestDevServer, type TestDevServer } from '../support/temporal-server.js';
import { TestEnvironment } from '../support/test-environment.js';

quietSdk();

let server: TestDevServer;
let env: TestEnvironment;
beforeAll(async () => {
  server = await startTestDevServer();
  env = await TestEnvironment.start({ address: server.address });
  env.fake.processes.set('Firewall change', firewallChange({ mode: 'observe' }));
  env.fake.scripts.set('notify', { runs: 'always' });
});
afterAll(async () => {
  await env.stop();
  await server.stop();
});

async function report(ticketId: string, name: string, deadlineMs: number): Promise<ScriptReply> {
  const xml = '<ticket_info/>';
  const event: TicketEvent = {
    key: `${name} of ${ticketId}`,
    name,
    ticketId,
    source: 'mediator',
    receivedAtMs: env.nowMs(),
    info: null,
    script: {
      name: 'notify',
      args: [],
      ticketInfoXml: xml,
      ticketInfoSha256: digestOfXml(xml),
      runs: 'always',
      reply: 'result',
    },
  };
  const { runId } = await env.intake.report(signReport(event, ACTOR_KEY), { deadlineMs: 10_000 });
  const { key: eventKey, receivedAtMs } = event;
  return await env.intake.scriptReply(
    { ticketId, runId, eventKey, receivedAtMs, script: 'notify' },
    { deadlineMs },
  );
}

it('a mediator gets the result of its script from the workflow of the ticket', async () => {
  env.ticket('301', { workflow: 'Firewall change' });
  env.fake.scriptResults.set('notify', [{ exitCode: 3, stdout: 'looked', stderr: 'no route' }]);
  expect(await report('301', 'CREATE', 60_000)).toEqual({
    kind: 'ended',
    answer: { output: 'looked', error: { output: 'no route', returnCode: 3 } },
  });
});

it('also of the last event of a ticket, whose run has ended by then', async () => {
  const ticket = env.ticket('302', { workflow: 'Firewall change' });
  await report('302', 'CREATE', 60_000);
  ticket.end('cancelled');
  await env.ended('302');
  expect(await report('302', 'CANCEL', 60_000)).toEqual({
    kind: 'ended',
    answer: { output: 'done', error: null },
  });
  await env.ended('302');
});

it('at the deadline what is known, while no worker answers', async () => {
  env.ticket('303', { workflow: 'Firewall change' });
  await env.stopWorkers();
  const startedAtMs = Date.now();
  expect(await report('303', 'CREATE', 700)).toEqual({ kind: 'unknown' });
  expect(Date.now() - startedAtMs).toBeLessThan(10_000);
});
