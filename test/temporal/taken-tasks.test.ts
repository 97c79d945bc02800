import { refused } from '../support/fake-secure-change.js';
import { firewallChange, manager } from '../support/firewall-change.js';
import { quietSdk } from '../support/quiet-sdk.js';
import { startTestDevServer, type TestDevServer } from '../support/temporal-server.js';
import { TestEnvironment } from '../support/test-environment.js';

quietSdk();

const DAY_MS = 86_400_000;
const IDS = ['80', '81'];

let server: TestDevServer;
let env: TestEnvironment;

beforeAll(async () => {
  server = await startTestDevServer();
  // Every task replays the run: who held a task is known from its history alone.
  env = await TestEnvironment.start({ address: server.address, maxCachedWorkflows: 0 });
});
afterAll(async () => {
  await env.stop();
  await server.stop();
});

it('a taken task goes back once to the person who held it, over other workers, lost answers and repeated events', async () => {
  const definition = firewallChange({ taskAccess: 'reassign' });
  const phases = definition.steps['Implementation']!.phases.filter(({ phase }) => phase !== 'advance');
  const steps = { ...definition.steps, Implementation: { phases } };
  env.fake.processes.set('Firewall change', { ...definition, steps });
  env.open('nightly', env.nowMs() + DAY_MS);
  const lost = (): unknown =>
    env.secureChange.faults.push({ call: 'reassignTask', after: refused({ kind: 'ambiguous' }) });
  env.secureChange.onChange = ({ current }) => {
    if (current?.name === 'Implementation') for (const task of current.tasks) task.assignee = 'n.weber';
  };
  const tickets = IDS.map((id) => env.ticket(id, { devices: [manager(`M${id}`)] }));
  const holders = (): unknown => tickets.map(({ current }) => current?.tasks[0]?.assignee);
  lost();
  for (const ticket of tickets) await env.reach(ticket, 'Implementation');
  for (const id of IDS) {
    await env.until(
      id,
      'waits for its window',
      ({ waiting }) => waiting?.for === 'window' || waiting?.for === 'lane',
    );
    for (let times = 0; times < 2; times += 1) await env.report(id, 'ADVANCE', 'Approval', `again-${id}`);
  }
  expect(holders()).toEqual(['sco', 'sco']);

  await env.stopWorkers();
  await env.startWorkers();
  lost();
  env.open('nightly', env.nowMs() + 500);
  await env.replan('nightly', ...IDS.map((id) => `manager-of-M${id}`));
  for (const id of IDS) {
    await env.until(id, 'has given its task back', ({ timeline }) =>
      timeline.some(({ what }) => what.includes('gave task')),
    );
    const effects = env.effects(id, 'reassign', 'update', 'commit', 'complete').slice(-4);
    expect(effects).toEqual(['reassign sco', `update M${id}`, `commit M${id}`, 'reassign n.weber']);
  }
  expect(holders()).toEqual(['n.weber', 'n.weber']);
});
