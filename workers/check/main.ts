import { hostname } from 'node:os';
import { Runtime } from '@temporalio/worker';
import { Command } from 'commander';

import { cleanLine } from '../../src/domain/clean-text.js';
import { createLogger, toSdkLogger } from '../../src/telemetry/logger.js';
import { connectTemporal } from '../../src/temporal/connect.js';
import { WORKFLOW_TYPES } from '../../workflows/messages.js';
import { workflowsToRun } from '../bundle-workflows.js';
import { replayRuns } from './replay-runs.js';

const FAILED_SHOWN = 50;

/** Replays what runs on the server with the workflows of this release, before its workers get any of it. */
async function main(): Promise<void> {
  const command = new Command('npm run release:check --')
    .description(
      'Replays all open workflows with the workflows of this release. Reads only. Exit code 0: all of them can go on with it; 1: some cannot, or the server did not answer; 2: wrong usage.',
    )
    .option('--json', 'one document on standard output')
    .parse();
  Runtime.install({ logger: toSdkLogger(createLogger({ name: 'release-check', level: 'error' })) });
  const temporal = await connectTemporal({ identity: `release-check@${hostname()}/${process.pid}` });
  try {
    const ours = Object.values(WORKFLOW_TYPES).map((type) => `'${type}'`);
    const found = await replayRuns(
      temporal.client,
      await workflowsToRun(process.env.SCO_WORKFLOW_BUNDLE),
      `ExecutionStatus = 'Running' AND WorkflowType IN (${ours.join(', ')})`,
    );
    const { replayed, failed } = found;
    if (command.opts<{ json?: true }>().json) console.log(JSON.stringify(found, null, 2));
    else {
      console.log(`${replayed} open workflows replayed, ${failed.length} cannot go on with this release`);
      for (const run of failed.slice(0, FAILED_SHOWN)) console.log(`✗ ${cleanLine(run)}`);
      if (failed.length > FAILED_SHOWN) console.log(`and ${failed.length - FAILED_SHOWN} more (--json)`);
      if (failed.length > 0) console.log('Do not give them to its workers; report it: a patch is missing.');
    }
    process.exitCode = failed.length === 0 ? 0 : 1;
  } finally {
    await temporal.close();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`release-check: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
