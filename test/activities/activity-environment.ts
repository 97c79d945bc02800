import { MockActivityEnvironment } from '@temporalio/testing';

const quiet = (): void => {};

/** The SDK's own, without its log lines: a failure that a test provokes is nothing to read about. */
export function activityEnvironment(): MockActivityEnvironment {
  const logger = { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet };
  return new MockActivityEnvironment({ attempt: 1 }, { logger });
}

/** One attempt, in the SDK's environment. */
export async function runActivity<I, R>(activity: (input: I) => Promise<R>, input: I): Promise<R> {
  return await activityEnvironment().run<[I], R, (input: I) => Promise<R>>(activity, input);
}
