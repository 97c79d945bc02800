import { pushWorkflowId } from '../../src/domain/ids.js';
import { fakeEnvironment, MINUTE, type FakeEnvironment } from '../support/fake-environment.js';
import { manager } from '../support/firewall-change.js';

/** One ticket on each manager. Its Update is saved ahead of the window and takes ten minutes. */
async function bothSave(): Promise<FakeEnvironment> {
  const env = fakeEnvironment();
  env.secureChange.pushMs = 10 * MINUTE;
  for (const [id, device] of Object.entries({ '1': 'DG', '2': 'ADOM' }))
    await env.reach(env.ticket({ id, devices: [manager(device)] }), 'Implementation');
  await env.time.until('one saves, the other waits', () => env.temporal.pushes.size === 2);
  await env.time.until('its Update runs', () => updates(env).length === 1);
  return env;
}

const updates = (env: FakeEnvironment) => env.secureChange.effects.filter(({ kind }) => kind === 'update');

/** SecureChange runs one Update at a time. */
function expectOneAtATime(env: FakeEnvironment): void {
  const [first, second] = updates(env);
  const landed = env.secureChange.landed.find(({ ticketId }) => ticketId === first!.ticketId);
  expect(second!.atMs).toBeGreaterThanOrEqual(landed!.atMs);
}

describe('the update slot of a push that is gone', () => {
  it('is free only when SecureChange shows that its Update has ended', async () => {
    const env = await bothSave();
    const [first] = updates(env);
    const saving = [...env.temporal.pushes.values()].find(({ run }) =>
      run.start.members.some(({ ticketId }) => ticketId === first!.ticketId),
    )!;
    env.temporal.terminatePush(pushWorkflowId(saving.run.start.laneKey, saving.run.start.n));
    await env.time.until('both are saved', () => env.secureChange.saved.length === 2);
    expectOneAtATime(env);
    for (const id of ['1', '2']) await env.ended(id);
    expect(updates(env)).toHaveLength(2);
  });

  it('is free at once when its Update was never made', async () => {
    const env = fakeEnvironment();
    env.secureChange.faults.push({ call: 'update', ends: 'vanishes' });
    for (const [id, device] of Object.entries({ '1': 'DG', '2': 'ADOM' }))
      await env.reach(env.ticket({ id, devices: [manager(device)] }), 'Implementation');
    await env.time.until('its Update vanished', () => updates(env).length >= 1);
    const [first] = updates(env);
    const [id] = [...env.temporal.pushes].find(([, { run }]) =>
      run.start.members.some(({ ticketId }) => ticketId === first!.ticketId),
    )!;
    env.temporal.terminatePush(id);
    const vanishedAtMs = env.time.nowMs;
    await env.time.until('the other is saved', () => env.secureChange.saved.length === 1);
    expect(env.time.nowMs - vanishedAtMs).toBeLessThan(5 * MINUTE);
  });
});
