import { globalHandlers } from '@temporalio/worker/lib/workflow/vm-shared.js';

import { workflowsToRun } from '../../workers/bundle-workflows.js';
import { quietSdk } from './quiet-sdk.js';

quietSdk();

// The SDK would remember where every promise began, for a query no replay asks; under jest it looks, and never finds.
globalHandlers.installed = true;

let read: ReturnType<typeof workflowsToRun> | undefined;

/** The bundle of today's workflows, one for all tests that share this module. */
export async function workflowBundle(): ReturnType<typeof workflowsToRun> {
  return await (read ??= workflowsToRun(process.env.SCO_WORKFLOW_BUNDLE));
}
