import { fakeEnvironment } from '../support/fake-environment.js';
import { firewallChange, manager } from '../support/firewall-change.js';
import { refused } from '../support/fake-secure-change.js';
import { measuredRunner } from '../../workers/measured-runner.js';
import type { ScriptResult } from '../../src/scripts/scripts.js';
import { scriptEntry } from '../support/running-gateway.js';

describe('a push', () => {
  it('is measured once, with the worst of its results, also when two tickets ride', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', firewallChange({ saveUpdates: 'inWindow' }));
    for (const id of ['1', '2'])
      await env.reach(env.ticket({ id, devices: [manager('DG')] }), 'Implementation');
    for (const id of ['1', '2']) await env.ended(id);

    const pushes = env.temporal.measured.filter(({ name }) => name === 'sco_push_duration_seconds');
    expect(pushes.length).toBe(env.temporal.pushes.size);
    expect(pushes.map(({ labels }) => labels)).toContainEqual({ kind: 'commit', result: 'live' });
    for (const { value } of pushes) expect(value).toBeGreaterThan(0);
  });
});

describe('a script', () => {
  it.each([
    [{ outcome: 'exited', exitCode: 0 }, 'succeeded'],
    [{ outcome: 'exited', exitCode: 3 }, 'failed'],
    [{ outcome: 'exited', exitCode: null }, 'failed'],
    [{ outcome: 'timedOut', exitCode: null }, 'timedOut'],
  ] as const)('that ended with %o is counted as %s', async (result, counted) => {
    const seen: unknown[] = [];
    const runner = { run: async () => result as unknown as ScriptResult };
    const call = { event: 'ADVANCE', args: [], stdin: '', key: 'k' };
    await measuredRunner(runner, (...measured) => seen.push(measured)).run(
      scriptEntry({ name: 'cmdb' }),
      call,
    );
    expect(seen).toEqual([['sco_script_runs_total', 1, { script: 'cmdb', result: counted }]]);
  });
});

it('the age of the oldest message grows while the ITSM refuses it, and is 0 once all are delivered', async () => {
  const env = fakeEnvironment();
  const tried: (number | undefined)[] = [];
  env.secureChange.faults.push({ call: 'send', times: 40, before: refused({ kind: 'transient' }) });
  const { ended } = env.outboxAges;
  env.outboxAges.ended = (message, result) => {
    ended(message, result);
    if (result === 'failed') tried.push(env.outboxAges.oldest().get(message.server));
  };
  await env.reach(env.ticket(), 'Implementation');
  await env.ended();

  expect(tried).toHaveLength(40);
  expect(tried).toEqual([...tried].sort((a, b) => Number(a) - Number(b)));
  expect(tried.at(-1)).toBeGreaterThan(60);
  expect(env.outboxAges.oldest().get('servicenow')).toBe(0);
});

it('an attempt to send a message is measured with the age of the message, and with how it ended', async () => {
  const env = fakeEnvironment();
  env.secureChange.faults.push({ call: 'send', times: 40, before: refused({ kind: 'transient' }) });
  await env.reach(env.ticket(), 'Implementation');
  await env.ended();

  const attempts = env.temporal.measured.filter(({ name }) => name === 'sco_message_age_seconds');
  const failed = { server: 'servicenow', result: 'failed' };
  expect(attempts.slice(0, 40).map(({ labels }) => labels)).toEqual(Array(40).fill(failed));
  expect(attempts[40]).toMatchObject({ labels: { server: 'servicenow', result: 'acknowledged' } });
  // The oldest message waits behind no other: its age grows with every attempt.
  const ages = attempts.slice(0, 41).map(({ value }) => value);
  expect(ages).toEqual([...ages].sort((a, b) => a - b));
  expect(ages[40]).toBeGreaterThan(60);
});
