import { randomInt } from 'node:crypto';
import { Command } from 'commander';

import { exitCodeAfter, wholeNumber } from '../support/command-line.js';
import { yearInProcess } from './in-process.js';
import { yearText, type YearOptions } from './run.js';

const command = new Command('npm run year --')
  .description(
    'A year of tickets on shared managers with random windows, people, errors and vendor behaviour, in one process on a clock that jumps. Exit code 0: every promise held; 1: not so; 2: wrong usage.',
  )
  .option('--seed <number>', 'repeats an earlier year', wholeNumber(0), randomInt(1_000_000))
  .option('--tickets <number>', 'how many', wholeNumber(1), 3_000)
  .exitOverride();

try {
  command.parse();
  const { seed, tickets } = command.opts<Pick<YearOptions, 'seed' | 'tickets'>>();
  console.error(`year with seed ${seed}`);
  const report = await yearInProcess({ seed, tickets, log: (line) => console.error(line) });
  console.log(yearText({ seed, tickets }, report));
  process.exitCode = report.wrong.length === 0 ? 0 : 1;
} catch (error) {
  process.exitCode = exitCodeAfter(error);
}
