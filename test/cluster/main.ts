import { randomInt } from 'node:crypto';
import { Command } from 'commander';

import { onInterrupt } from '../../src/embedded/interrupts.js';
import { exitCodeAfter, wholeNumber } from '../support/command-line.js';
import { soakProcesses, type SoakOptions } from '../soak/soak.js';
import { soakText } from '../soak/soak-text.js';
import { startCluster } from './cluster.js';

const COMMAND = 'npm run test:cluster';
const command = new Command(`${COMMAND} --`)
  .description(
    'Tickets of shared managers go through two gateways and two workers on a Temporal cluster with PostgreSQL while each process is killed. Exit code 0: every effect took place exactly once and nothing is stuck; 1: not so; 2: wrong usage.',
  )
  .option(
    '--seed <number>',
    'repeats the order of kills of an earlier run',
    wholeNumber(0),
    randomInt(1_000_000),
  )
  .option('--kills <number>', 'how many, of seven processes', wholeNumber(0), 14)
  .option('--tickets <number>', 'how many, on three managers', wholeNumber(1), 28)
  .option('--minutes <number>', 'what has not ended then is stuck', wholeNumber(1), 20)
  .option('--at-once <number>', 'tickets on one manager at the same time', wholeNumber(1), 2)
  .exitOverride();

function log(line: string): void {
  console.error(`${new Date().toISOString().slice(11, 19)}  ${line}`);
}

/** Its exit code. */
async function run(options: SoakOptions): Promise<number> {
  log(`seed ${options.seed}`);
  const cluster = await startCluster({ log });
  const report = await soakProcesses(cluster, options);
  console.log(soakText(options, report, COMMAND));
  const keepLogs = report.wrong.length > 0;
  if (keepLogs) log(`logs stay in ${cluster.folder}`);
  await cluster.stop({ keepLogs });
  return keepLogs ? 1 : 0;
}

try {
  command.parse();
  const ending = new AbortController();
  const running = run({
    ...command.opts<Pick<SoakOptions, 'seed' | 'kills' | 'tickets' | 'minutes' | 'atOnce'>>(),
    interrupted: ending.signal,
    log,
  });
  onInterrupt({
    stopGracefully: async () => {
      log('stopping');
      ending.abort();
      await running;
    },
    exit: () => process.exit(130),
  });
  process.exitCode = await running;
} catch (error) {
  process.exitCode = exitCodeAfter(error);
}
