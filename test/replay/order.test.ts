import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflowCode, Worker } from '@temporalio/worker';

import { quietSdk } from '../support/quiet-sdk.js';
import { recordingsOf } from '../support/recordings.js';

const ROOT = join(__dirname, '../..');
const logger = quietSdk();

let copy: string;

beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'sco-order-'));
  cpSync(join(ROOT, 'workflows'), join(copy, 'workflows'), { recursive: true });
  cpSync(join(ROOT, 'src/domain'), join(copy, 'src/domain'), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
});

afterEach(() => rmSync(copy, { recursive: true }));

/** Exchanges two statements of a copied file; fails when it no longer reads like that. */
function exchange(file: string, first: string, second: string): void {
  const path = join(copy, file);
  const before = readFileSync(path, 'utf8');
  for (const statement of [first, second]) expect(before.split(statement)).toHaveLength(2);
  const after = before.replace(first, '/* here */').replace(second, first).replace('/* here */', second);
  writeFileSync(path, after);
}

async function replayOfCopy(): Promise<void> {
  const workflowBundle = await bundleWorkflowCode({ workflowsPath: join(copy, 'workflows'), logger });
  const ticket = recordingsOf('happy').find(({ file }) => file.startsWith('ticket-'))!;
  await Worker.runReplayHistory({ workflowBundle }, ticket.history, 'ticket/1');
}

it('two activities in another order turn the replay red', async () => {
  exchange(
    'workflows/assess.ts',
    `await run.refresh('riskCheck', { definitionToo });`,
    `const design = await run.attempt({ phase: 'riskCheck' }, async () =>
      activities.readDesign(run.stepRef()),
    );`,
  );

  await expect(replayOfCopy()).rejects.toMatchObject({
    name: 'DeterminismViolationError',
    message: expect.stringMatching(/TMPRL1100.*'readTicket' does not match .*'readDesign'/) as string,
  });
});
