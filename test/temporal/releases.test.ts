import { CONTROL_WORKFLOW_ID, laneWorkflowId, RELEASES, ticketWorkflowId } from '../../src/domain/ids.js';
import { fileURLToPath } from 'node:url';

import { bundleWorkflowCode } from '@temporalio/worker';

import { workflowsToRun } from '../../workers/bundle-workflows.js';
import { replayRuns } from '../../workers/check/replay-runs.js';
import { eventually } from '../support/eventually.js';
import { manager } from '../support/firewall-change.js';
import { quietSdk } from '../support/quiet-sdk.js';
import { startTestDevServer, type TestDevServer } from '../support/temporal-server.js';
import { TestEnvironment } from '../support/test-environment.js';

quietSdk();

const HOUR = 3_600_000;

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

async function releaseOf(workflowId: string): Promise<string | null> {
  const { raw } = await env.temporal.client.workflow.getHandle(workflowId).describe();
  const version = raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion;
  return version == null ? null : `${version.deploymentName} ${version.buildId}`;
}

async function runOf(workflowId: string): Promise<string> {
  return (await env.temporal.client.workflow.getHandle(workflowId).describe()).runId;
}

async function named(name: string) {
  const found = (await env.client.releases.list()).releases.find((release) => release.name === name);
  if (found === undefined) throw new Error(`there is no release ${name}`);
  return found;
}

/** Its workers ask all four queues, as the server sees it. */
async function complete(name: string): Promise<void> {
  await eventually(`the workers of ${name} ask every queue`, async () => {
    const found = (await env.client.releases.list()).releases.find((release) => release.name === name);
    return found?.missingQueues.length === 0;
  });
}

it('a release that could not go on with what runs is found before it gets any of it', async () => {
  const ticket = env.ticket('502');
  await env.reach(ticket, 'Approval');
  const query = "ExecutionStatus = 'Running'";
  const { client } = env.temporal;
  const fits = await replayRuns(client, await workflowsToRun(process.env.SCO_WORKFLOW_BUNDLE), query);
  expect(fits.failed).toEqual([]);
  expect(fits.replayed).toBeGreaterThan(1);

  // Other workflows under the same server: none of ours is there.
  const others = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../bench/bare-lane.ts', import.meta.url)),
  });
  const unfit = await replayRuns(client, others, query);
  expect(unfit.failed).toHaveLength(unfit.replayed);
  expect(unfit.failed).toContainEqual(expect.stringContaining('ticket/502'));
});

it('a ticket that waits for its window is handed from release to release, renewed, and ends in the newest', async () => {
  const { releases } = env.client;
  env.open('nightly', env.nowMs() + 6 * HOUR);
  const ticket = env.ticket('501', { devices: [manager('HANDED')] });
  await env.reach(ticket, 'Implementation');
  await env.until('501', 'waits, saved', ({ waiting }) => waiting?.for === 'window');
  const lane = laneWorkflowId('manager-of-HANDED');
  const workflows = [ticketWorkflowId('501'), lane, CONTROL_WORKFLOW_ID];

  // No release yet: whoever asks gets the work.
  expect(await releases.list()).toEqual({ releases: [], unversionedWorkers: ['worker@test'] });
  await expect(releases.use('1.0')).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining('SCO_RELEASE=1.0') as string,
  });

  const stopFirst = await env.startRelease('1.0');
  await complete('1.0');
  expect(await named('1.0')).toMatchObject({ role: 'none', workers: ['worker@test/1.0'], openWorkflows: 0 });
  await releases.use('1.0');
  expect(await named('1.0')).toMatchObject({ role: 'current', percent: null });
  await env.stopWorkers();
  await env.report('501', 'ADVANCE');
  await eventually(
    'the ticket is in 1.0',
    async () => (await releaseOf(workflows[0]!)) === `${RELEASES} 1.0`,
  );

  const stopSecond = await env.startRelease('2.0');
  await complete('2.0');
  await releases.use('2.0', { percent: 5 });
  expect(await named('2.0')).toMatchObject({ role: 'ramping', percent: 5 });
  expect(await named('1.0')).toMatchObject({ role: 'current' });
  await releases.use('2.0');
  await stopFirst();

  const before = await Promise.all(workflows.map(runOf));
  const renewed: string[] = [];
  expect(await releases.renew((id) => renewed.push(id))).toBe(renewed.length);
  expect(renewed).toEqual(expect.arrayContaining(workflows));
  await eventually('every one of them goes on in a new run of 2.0', async () => {
    const runs = await Promise.all(workflows.map(runOf));
    const in2 = await Promise.all(workflows.map(releaseOf));
    return (
      runs.every((run, index) => run !== before[index]) && in2.every((each) => each === `${RELEASES} 2.0`)
    );
  });
  await eventually('the server counts them', async () => (await named('2.0')).openWorkflows >= 3);
  expect(await env.view('501')).toMatchObject({ waiting: { for: 'window' } });

  env.open('nightly', env.nowMs());
  await env.replan('nightly', 'manager-of-HANDED');
  expect((await env.ended('501')).outcome).toBe('closed');
  expect(env.secureChange.effects.filter(({ kind }) => kind === 'commit')).toHaveLength(1);
  await stopSecond();
});
