import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { bundleWorkflowCode, type BundleOptions, type WorkflowBundleWithSourceMap } from '@temporalio/worker';

/** The folder, not a file: it works from source and from the build. */
const WORKFLOWS = fileURLToPath(new URL('../workflows', import.meta.url));
const INTERCEPTORS = [
  fileURLToPath(new URL('../workflows/interceptors', import.meta.url)),
  fileURLToPath(new URL('../workflows/partial-history', import.meta.url)),
  fileURLToPath(new URL('../workflows/traces', import.meta.url)),
];
/** Of `tsconfig.json`, by which the build compiles. */
const TARGET = 'es2023';

/**
 * Decision, and what it means for workflow code: bundle-workflows.decision.md.
 */
async function bundleWorkflows(): Promise<WorkflowBundleWithSourceMap> {
  return await bundleWorkflowCode({
    workflowsPath: WORKFLOWS,
    workflowInterceptorModules: INTERCEPTORS,
    // Else each run loads every module for itself, and keeps them as long as it is in memory.
    preloadModules: [WORKFLOWS, ...INTERCEPTORS],
    webpackConfigHook: compileAsTheBuild,
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

type Hook = NonNullable<BundleOptions['webpackConfigHook']>;

/** From source the SDK compiles for ES2017: every object spread and class field becomes a call of a helper, which the build has not. */
const compileAsTheBuild: Hook = (config) => {
  const compilers = (config.module?.rules ?? []).flatMap((rule) => compilerIn(rule) ?? []);
  if (compilers.length === 0)
    throw new Error(
      'workflow bundle: the SDK has no rule for TypeScript any more; look at bundle-workflows.ts',
    );
  for (const compiler of compilers) compiler.target = TARGET;
  return config;
};

/** Options of the compiler in a rule of the SDK's. */
function compilerIn(rule: unknown): { target?: string } | undefined {
  return (rule as { use?: { options?: { jsc?: { target?: string } } } } | null)?.use?.options?.jsc;
}

const silent = (): void => undefined;
const complain = (message: string): void => void process.stderr.write(`workflow bundle: ${message}\n`);
const quiet = { log: silent, trace: silent, debug: silent, info: silent, warn: complain, error: complain };
