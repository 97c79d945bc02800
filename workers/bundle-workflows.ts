import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { bundleWorkflowCode, type WorkflowBundleWithSourceMap } from '@temporalio/worker';

/** The folder, not a file: it works from source and from the build. */
const WORKFLOWS = fileURLToPath(new URL('../workflows', import.meta.url));
const INTERCEPTORS = [
  fileURLToPath(new URL('../workflows/interceptors', import.meta.url)),
  fileURLToPath(new URL('../workflows/partial-history', import.meta.url)),
  fileURLToPath(new URL('../workflows/traces', import.meta.url)),
];

async function bundleWorkflows(): Promise<WorkflowBundleWithSourceMap> {
  return await bundleWorkflowCode({
    workflowsPath: WORKFLOWS,
    workflowInterceptorModules: INTERCEPTORS,
    logger: quiet,
  });
}

/** What the image calls while it is built, and the set-up of the tests. */
export async function writeWorkflowBundle(file: string): Promise<void> {
  const { code } = await bundleWorkflows();
  await writeFile(file, code);
}

/** What a worker runs: the bundle in that file (`SCO_WORKFLOW_BUNDLE`); without one, bundled now, which takes seconds. */
export async function workflowsToRun(file = ''): Promise<{ code: string }> {
  return file === '' ? await bundleWorkflows() : { code: await readFile(file, 'utf8') };
}

const silent = (): void => undefined;
const complain = (message: string): void => void process.stderr.write(`workflow bundle: ${message}\n`);
const quiet = { log: silent, trace: silent, debug: silent, info: silent, warn: complain, error: complain };
