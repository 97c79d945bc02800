import { randomInt } from 'node:crypto';
import { appendFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, CommanderError, InvalidArgumentError } from 'commander';

import { onInterrupt } from '../../src/embedded/interrupts.js';
import { soak, soakText, type SoakOptions } from './soak.js';

const number =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`a whole number from ${least} on is needed`);
    return value;
  };

const command = new Command('npm run soak --')
  .description(
    'Tickets go through the whole product while worker, gateway, Temporal and simulator are killed at random. Exit code 0: every effect took place exactly once and nothing is stuck; 1: not so; 2: wrong usage.',
  )
  .option('--seed <number>', 'repeats the order of kills of an earlier run', number(0), randomInt(1_000_000))
  .option('--kills <number>', 'how many', number(0), 90)
  .option('--tickets <number>', 'how many, on three managers', number(1), 24)
  .option('--minutes <number>', 'what has not ended then is stuck', number(1), 60)
  .option(
    '--at-once <number>',
    'tickets on one manager at the same time; with more than one, some park because a Commit made their change live too',
    number(1),
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
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    console.error(error);
    process.exitCode = 1;
  }
}
