// Bundles the workflows once for all tests: each of some sixty workers would take seconds for it.
// Prints where the bundle is, as NAME=PATH on standard output.
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';

import { writeWorkflowBundle } from '../workers/bundle-workflows.js';

const folder = join(import.meta.dirname, '../node_modules/.cache/tests');
const file = join(folder, 'workflow-bundle.js');
mkdirSync(folder, { recursive: true });
// At once, because a second run of the tests may be reading it.
await writeWorkflowBundle(`${file}.${process.pid}`);
renameSync(`${file}.${process.pid}`, file);
console.log(`SCO_WORKFLOW_BUNDLE=${file}`);
