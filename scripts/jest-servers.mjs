import { setUpWith } from './jest-set-up.mjs';

/** Jest's global set-up for suites on a server: finds or builds both servers, and bundles the workflows. */
export default setUpWith('setup-servers.ts', 'setup-workflows.ts');
