import { TestWorkflowEnvironment } from '@temporalio/testing';

import { locateTestServer } from '../../src/embedded/time-skipping.js';
import { searchAttributeTable } from '../../workflows/search-attributes.js';

/** Numbers of temporal.api.enums.v1.IndexedValueType. */
const TYPE_NUMBERS: Readonly<Record<string, number>> = { KEYWORD: 2, BOOL: 5, DATETIME: 6, KEYWORD_LIST: 7 };

/** The SDK waits 5 s for it, which a busy machine can need for the start of a process. */
async function started<T>(start: () => Promise<T>, triesLeft = 3): Promise<T> {
  try {
    return await start();
  } catch (error) {
    if (triesLeft <= 1) throw error;
    return started(start, triesLeft - 1);
  }
}

/**
 * A server of its own that skips time while a caller sleeps and no activity runs. It has no lists and no schedules.
 */
export async function startTimeSkippingServer(): Promise<TestWorkflowEnvironment> {
  const executable = { type: 'existing-path' as const, path: await locateTestServer() };
  const environment = await started(async () =>
    TestWorkflowEnvironment.createTimeSkipping({ server: { executable } }),
  );
  // It cannot list its attributes, so they are added without a check.
  await environment.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: Object.fromEntries(
      searchAttributeTable().map(({ name, type }) => [name, TYPE_NUMBERS[type] ?? 0]),
    ),
  });
  return environment;
}
