import { signNewTicket } from '../../packages/client/src/sign.js';
import type { SignedNewTicket } from '../../src/domain/new-ticket.js';
import { TASK_QUEUES } from '../../src/domain/ids.js';
import { ACTOR_KEY } from '../support/fake-temporal.js';
import { firewallChange } from '../support/firewall-change.js';
import { NEW_TICKET } from '../support/new-ticket.js';
import { quietSdk } from '../support/quiet-sdk.js';
import { startTestDevServer, type TestDevServer } from '../support/temporal-server.js';
import { TestEnvironment } from '../support/test-environment.js';

quietSdk();

let server: TestDevServer;
let env: TestEnvironment;
beforeAll(async () => {
  server = await startTestDevServer();
  env = await TestEnvironment.start({ address: server.address });
  env.fake.processes.set('Firewall change', firewallChange({ itsmMay: ['create'] }));
});
afterAll(async () => {
  await env.stop();
  await server.stop();
});

function asked(part: Partial<SignedNewTicket> = {}): SignedNewTicket {
  return signNewTicket({ ...NEW_TICKET, fields: [], issuedAtMs: Date.now(), ...part }, ACTOR_KEY);
}

const open = (ticket: SignedNewTicket) => env.intake.openTicket(ticket, { deadlineMs: 30_000 });
const created = (): string[] => env.secureChange.opened.map(({ subject }) => subject);
const again = (ticket: SignedNewTicket) =>
  env.temporal.client.workflow.execute('itsmTicket', {
    workflowId: `itsm/${ticket.externalId}`,
    taskQueue: TASK_QUEUES.main,
    args: [ticket],
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  });

it('a ticket that two gateways are asked for at once is opened once, and other contents are refused', async () => {
  env.secureChange.shownAfterMs = 1_500;
  const now = Date.now();
  const results = await Promise.all([
    open(asked()),
    open(asked({ issuedAtMs: now - 1_000 })),
    open(asked({ externalId: 'CHG0030002' })),
  ]);
  const [first, second, other] = results.map((result) => (result.kind === 'open' ? result.ticketId : result));
  expect(first).toBe(second);
  expect(other).not.toBe(first);
  expect(created().sort()).toEqual(['[CHG0030001] Web shop', '[CHG0030002] Web shop']);
  expect(await open(asked({ subject: 'Another' }))).toEqual({
    kind: 'differs',
    ticketId: first,
    parts: ['subject'],
  });
  expect(await open(asked())).toMatchObject({ kind: 'open', ticketId: first, isNew: false });
});

it('a recorded request that is started again opens nothing, and an old one is refused', async () => {
  const before = created().length;
  const recorded = asked({ externalId: 'CHG0030003' });
  const result = await open(recorded);
  expect(result).toMatchObject({ kind: 'open', isNew: true });
  expect(await again(recorded)).toMatchObject({ ...result, isNew: false });
  const old = asked({ externalId: 'CHG0030004', issuedAtMs: Date.now() - 16 * 60_000 });
  expect(await again(old)).toEqual({ kind: 'refused', why: 'its signature is too old' });
  // Another form of the id is another workflow id: it must not be another ticket.
  expect(await again(asked({ externalId: 'chg0030003' }))).toMatchObject({ kind: 'refused' });
  expect(created().length).toBe(before + 1);
});
