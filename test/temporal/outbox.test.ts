import { ticketWorkflowId } from '../../src/domain/ids.js';
import type { IntegrationPoint } from '../../src/domain/process.js';
import { refused } from '../support/fake-secure-change.js';
import { firewallChange, POINTS } from '../support/firewall-change.js';
import { quietSdk } from '../support/quiet-sdk.js';
import { startTestDevServer, type TestDevServer } from '../support/temporal-server.js';
import { TestEnvironment } from '../support/test-environment.js';

quietSdk();

/** The next attempt would come in an hour. */
const LATER = refused({ kind: 'busy', code: 'http.too_many', retryAfterMs: 3_600_000 });

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

it('a message whose attempts wait is sent again at once, and the next one of it dropped, by an operator', async () => {
  env.secureChange.faults.push({ call: 'send', target: 'create-change', before: LATER });
  const reporting: IntegrationPoint = {
    ...POINTS[0]!,
    name: 'report-risk',
    action: 'call',
    call: { method: 'POST', paths: ['/risk', '/audit'], accept: [200], repeatable: false },
  };
  env.fake.processes.set('Firewall change', firewallChange({ integrationPoints: [...POINTS, reporting] }));
  await env.reach(env.ticket('70'), 'Approval');
  await env.until(
    '70',
    'has three messages',
    ({ outbox }) => outbox.length === 3 && outbox[0]?.state === 'sent',
  );
  const [first, second] = (await env.view('70')).outbox;
  expect(await env.client.tickets.message('70', first!.number)).toMatchObject({ point: 'create-change' });
  expect(await env.client.tickets.message('70', 99)).toBeNull();

  env.secureChange.faults.push({ call: 'send', target: 'report-risk', before: LATER });
  expect(
    await env.operate(ticketWorkflowId('70'), { kind: 'retryMessage', message: first!.number }),
  ).toMatchObject({
    accepted: true,
  });
  await env.until(
    '70',
    'sends the call',
    ({ outbox }) => outbox[0]?.number === second!.number && outbox[0].state === 'sent',
  );
  expect(
    await env.operate(ticketWorkflowId('70'), { kind: 'dropMessage', message: second!.number }),
  ).toMatchObject({
    accepted: true,
  });
  await env.until('70', 'has sent the rest', ({ outbox }) => outbox.length === 0);
  expect((await env.view('70')).delivered.map(({ point, state }) => `${point} ${state}`)).toEqual([
    'create-change acknowledged',
    'report-risk dropped',
    'report-risk acknowledged',
  ]);
  expect(env.effects('70', 'itsm')).toEqual(['itsm create create-change', 'itsm POST /audit']);
});
