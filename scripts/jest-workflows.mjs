import { setUpWith } from './jest-set-up.mjs';

/** Jest's global set-up for suites that replay or run workflows: bundles them. */
export default setUpWith('setup-workflows.ts');
