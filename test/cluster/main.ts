import { onInterrupt } from '../../src/embedded/interrupts.js';
import { exitCodeAfter } from '../support/command-line.js';
import { soakProcesses, type SoakOptions } from '../soak/soak.js';
import { soakCommand, type AskedSoak } from '../soak/soak-command.js';
import { soakText } from '../soak/soak-text.js';
import { startCluster } from './cluster.js';
import { restoreCluster } from './restore.js';

const COMMAND = 'npm run test:cluster';
const command = soakCommand({
  name: COMMAND,
  description:
    'Tickets of shared managers go through two gateways and two workers on a Temporal cluster with PostgreSQL while each process is killed. Exit code 0: every effect took place exactly once and nothing is stuck; 1: not so; 2: wrong usage.',
  defaults: { kills: 14, tickets: 28, minutes: 20, atOnce: 2 },
  killsText: 'how many, of seven processes',
  atOnceText: 'tickets on one manager at the same time',
}).option(
  '--restore',
  'instead of all this: the database is backed up, set back, and what was done after it is not done again',
);

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
  if (command.opts<{ restore?: true }>().restore === true) process.exit(await restoreCluster(log));
  const ending = new AbortController();
  const running = run({
    ...command.opts<AskedSoak>(),
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
