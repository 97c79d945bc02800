import { globalHandlers } from '@temporalio/worker/lib/workflow/vm-shared.js';

import { bundleWorkflows } from '../../workers/bundle-workflows.js';
import { quietSdk } from './quiet-sdk.js';

quietSdk();

// The SDK would remember where every promise began, for a query no replay asks; under jest it looks, and never finds.
globalHandlers.installed = true;

let made: ReturnType<typeof bundleWorkflows> | undefined;

/** The bundle of today's workflows, made once for all tests that share this module. */
export async function workflowBundle(): ReturnType<typeof bundleWorkflows> {
  return await (made ??= bundleWorkflows());
}
