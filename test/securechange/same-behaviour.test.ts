import { evidenceKey, type DeviceDesign } from '../../src/domain/provisioning.js';
import { createHttp } from '../../src/http/http.js';
import { createSecureChange } from '../../src/securechange/rest-client.js';
import type { FieldRef, SecureChange } from '../../src/securechange/secure-change.js';
import { startStandIn } from '../../packages/simulator/test/stand-in.js';
import { eventually } from '../support/eventually.js';
import { failureOf } from '../support/failure-of.js';
import { fakeEnvironment } from '../support/fake-environment.js';
import { SERVICE_LOGIN } from '../support/fake-secure-change.js';
import { directFirewall, manager } from '../support/firewall-change.js';
import { shippedCapabilities } from '../support/shipped-capabilities.js';

/** SecureChange with one ticket that is approved, designed and in step Implementation, its task ours. */
interface Approved {
  readonly client: SecureChange;
  readonly ref: FieldRef;
  /** Nothing that was started runs any more. */
  finished(): Promise<void>;
}

async function refOf(client: SecureChange, ticketId: string): Promise<FieldRef> {
  const { step } = await client.readTicket(ticketId, { requestField: 'Required Access' });
  if (!step?.request) throw new Error(`ticket ${ticketId} has no request`);
  return { ticketId, stepId: step.id, taskId: step.request.taskId, fieldId: step.request.id };
}

async function ofTheFake(): Promise<Approved> {
  const { time, secureChange: client } = fakeEnvironment();
  const ticket = client.create({
    id: '1',
    workflow: 'Firewall change',
    steps: ['Open Request', 'Implementation', 'Verification'],
    devices: [manager('DG-B'), directFirewall('ASA-EDGE')],
  });
  ticket.complete(ticket.requester);
  ticket.assign(ticket.current!.tasks[0]!.id, SERVICE_LOGIN);
  await client.redesign(await refOf(client, '1'));
  await time.idle();
  return { client, ref: await refOf(client, '1'), finished: async () => await time.idle() };
}

async function ofTheSimulator(): Promise<Approved> {
  const simulator = await startStandIn();
  const http = (name: string) =>
    createHttp({
      name,
      baseUrl: simulator.running.url,
      auth: { kind: 'basic', user: 'wf-api', password: 'wf-api' },
    });
  const [securechange, securetrack] = [http('securechange'), http('securetrack')];
  const client = createSecureChange({
    http: securechange,
    secureTrackHttp: securetrack,
    login: 'wf-api',
    clock: { now: () => Date.now() },
    capabilities: shippedCapabilities,
  });
  closers.push(async () => {
    await securechange.close();
    await securetrack.close();
    await simulator.running.close();
  });
  await simulator.control('PUT', '/timings', { updateMs: 600_000, commitMs: 600_000 });
  const { id } = await simulator.implementation({ '@type': 'ANY' });
  const finished = async (): Promise<void> => {
    await simulator.finish();
    await eventually('no task is pending', async () => (await simulator.place(id)).taskStatus !== 'PENDING');
  };
  return { client, ref: await refOf(client, String(id)), finished };
}

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** What the tests of phases, lanes and pushes rely on: where one of the two fails, their fake is wrong. */
describe.each([
  ['the fake of the tests', ofTheFake],
  ['the simulator, over REST', ofTheSimulator],
])('%s', (_, approved) => {
  async function deviceOf({ client, ref }: Approved, enforcedBy: 'commit' | 'update'): Promise<DeviceDesign> {
    const { devices } = await client.readDesign(ref);
    return devices.find(({ capability }) => capability.enforcedBy === enforcedBy)!;
  }

  it('saves the change of a manager with an Update, and makes it live with a Commit', async () => {
    const at = await approved();
    const before = await deviceOf(at, 'commit');
    expect(before).toMatchObject({ design: 'computed', update: 'none', commit: { state: 'none' } });

    await at.client.update(at.ref, before.managementId);
    await at.finished();
    const saved = await deviceOf(at, 'commit');
    expect(saved).toMatchObject({ update: 'updated', commit: { state: 'none' } });

    await at.client.commit(at.ref, before.managementId);
    await at.finished();
    const { managementId } = before;
    const evidence = await at.client.readCommitReport(at.ref, managementId);
    expect(evidence.state).toBe('committed');
    expect(evidenceKey(evidence)).not.toBe(evidenceKey(saved.commit));
  });

  it('raises the revision of a direct device with an Update', async () => {
    const at = await approved();
    const { managementId } = await deviceOf(at, 'update');
    const before = await at.client.readRevision(managementId);
    await at.client.update(at.ref, managementId);
    await at.finished();
    expect(await at.client.readRevision(managementId)).toBeGreaterThan(before ?? 0);
  });

  it('takes no second write for a task on which an Update runs', async () => {
    const at = await approved();
    const { managementId } = await deviceOf(at, 'commit');
    await at.client.update(at.ref, managementId);
    const { step } = await at.client.readTicket(at.ref.ticketId, { requestField: 'Required Access' });
    expect(step?.tasks).toMatchObject([{ status: 'PENDING' }]);
    expect(await failureOf(at.client.completeTask(at.ref, []))).toMatchObject({
      kind: 'busy',
      code: 'securechange.task_pending',
    });
  });

  it('takes nothing for a step that the ticket has left', async () => {
    const at = await approved();
    await at.client.completeTask(at.ref, []);
    await at.finished();
    expect(await failureOf(at.client.completeTask(at.ref, []))).toMatchObject({
      kind: 'rejected',
      code: 'securechange.ticket_moved_on',
    });
  });

  it('refuses to read a ticket that is not there', async () => {
    const { client } = await approved();
    expect(await failureOf(client.readTicket('999999', { requestField: null }))).toMatchObject({
      kind: 'rejected',
      code: 'securechange.not_found',
    });
  });
});
