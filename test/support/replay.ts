import { globalHandlers } from '@temporalio/worker/lib/workflow/vm-shared.js';

import { bundleWorkflows } from '../../workers/bundle-workflows.js';
import { quietSdk } from './quiet-sdk.js';

quietSdk();

// A replay watches every promise of the process, and would go on doing so in the tests after it.
afterAll(() => globalHandlers.uninstall());

let made: ReturnType<typeof bundleWorkflows> | undefined;

/** The bundle of today's workflows, made once for all tests that share this module. */
export async function workflowBundle(): ReturnType<typeof bundleWorkflows> {
  return await (made ??= bundleWorkflows());
}
