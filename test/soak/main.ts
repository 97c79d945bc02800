import { randomInt } from 'node:crypto';
import { appendFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';

import { onInterrupt } from '../../src/embedded/interrupts.js';
import { exitCodeAfter, wholeNumber } from '../support/command-line.js';
import { soak, type SoakOptions } from './soak.js';
import { soakText } from './soak-text.js';

const command = new Command('npm run soak --')
  .description(
    'Tickets go through the whole product while worker, gateway, Temporal and simulator are killed at random. Exit code 0: every effect took place exactly once and nothing is stuck; 1: not so; 2: wrong usage.',
  )
  .option(
    '--seed <number>',
    'repeats the order of kills of an earlier run',
    wholeNumber(0),
    randomInt(1_000_000),
  )
  .option('--kills <number>', 'how many', wholeNumber(0), 90)
  .option('--tickets <number>', 'how many, on three managers', wholeNumber(1), 24)
  .option('--minutes <number>', 'what has not ended then is stuck', wholeNumber(1), 60)
  .option(
    '--at-once <number>',
    'tickets on one manager at the same time; with more than one, some park because a Commit made their change live too',
    wholeNumber(1),
    1,
  )
  .exitOverride();

try {
  command.parse();
  const asked = command.opts<Pick<SoakOptions, 'seed' | 'kills' | 'tickets' | 'minutes' | 'atOnce'>>();
  const logFile = join(tmpdir(), `sco-soak-${asked.seed}.log`);
  const ending = new AbortController();
  const options: SoakOptions = {
    ...asked,
    interrupted: ending.signal,
    onLine: (line, name) => appendFileSync(logFile, `${name}: ${line}\n`),
    log: (line) => console.error(`${new Date().toISOString().slice(11, 19)}  ${line}`),
  };
  console.error(`soak with seed ${options.seed}`);
  rmSync(logFile, { force: true });
  const soaking = soak(options);
  onInterrupt({
    stopGracefully: async () => {
      console.error('stopping');
      ending.abort();
      await soaking;
    },
    exit: () => process.exit(130),
  });
  const report = await soaking;
  console.log(soakText(options, report));
  if (report.wrong.length > 0) console.log(`log        ${logFile}`);
  else rmSync(logFile, { force: true });
  process.exitCode = report.wrong.length === 0 ? 0 : 1;
} catch (error) {
  process.exitCode = exitCodeAfter(error);
}
