import { MockActivityEnvironment } from '@temporalio/testing';

const quiet = (): void => {};

/** The run that activities of these tests belong to. */
export const RUN_ID = 'a-run';

/** The SDK's own, without its log lines: a failure that a test provokes is nothing to read about. */
export function activityEnvironment(runId = RUN_ID): MockActivityEnvironment {
  const logger = { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet };
  const workflowExecution = { workflowId: 'a-workflow', runId };
  return new MockActivityEnvironment({ attempt: 1, workflowExecution }, { logger });
}

/** One attempt, in the SDK's environment. */
export async function runActivity<I, R>(activity: (input: I) => Promise<R>, input: I): Promise<R> {
  return await activityEnvironment().run<[I], R, (input: I) => Promise<R>>(activity, input);
}
