import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { locateTestServer } from '../../src/embedded/time-skipping.js';

it('lets three days pass in seconds, for a workflow that our jest set-up bundles', async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const executable = { type: 'existing-path' as const, path: await locateTestServer() };
  const environment = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } });
  try {
    const worker = await Worker.create({
      connection: environment.nativeConnection,
      taskQueue: 'skipping',
      workflowsPath: new URL('../fixtures/embedded/three-days.ts', import.meta.url).pathname,
    });
    const passedMs = await worker.runUntil(
      environment.client.workflow.execute('threeDays', { workflowId: 'three-days', taskQueue: 'skipping' }),
    );

    expect(passedMs).toBeGreaterThanOrEqual(3 * 24 * 60 * 60 * 1000);
  } finally {
    await environment.teardown();
  }
});
