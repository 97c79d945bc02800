import { Command, CommanderError, InvalidArgumentError } from 'commander';

import { quietSdk } from '../support/quiet-sdk.js';
import { herd } from './herd.js';
import { record, tableOf, type Report } from './report.js';

interface Printing {
  readonly json?: true;
  readonly record?: true;
  readonly note: string;
}

const positive = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('a whole number from 1 on is needed');
  return value;
};

const program = new Command('npm run bench --')
  .description('Measures, and asserts nothing. Exit code 0: measured; 1: could not measure; 2: wrong usage.')
  .exitOverride();

printed(program.command('herd'))
  .description(
    'Tickets on shared managers, saved ahead, when their window opens; beside bare workflows of the same shape',
  )
  .option('--tickets <number>', 'how many', positive, 500)
  .option('--managers <number>', 'how many managers they share', positive, 20)
  .option('--commit-ms <number>', 'how long a Commit takes', positive, 3_000)
  .action(async (asked: Printing & { tickets: number; managers: number; commitMs: number }) => {
    print(asked, await herd({ ...asked, log }));
  });

function printed(command: Command): Command {
  return command
    .option('--json', 'one document on standard output')
    .option('--record', 'appends the figures with machine and date to docs/benchmarks.md')
    .option('--note <text>', 'recorded too: what else the machine did', '');
}

function print({ json, record: recorded, note }: Printing, report: Report): void {
  console.log(json ? JSON.stringify(report, null, 2) : `${report.part}\n\n${tableOf(report)}`);
  if (recorded) record(report, Date.now(), note);
}

function log(line: string): void {
  console.error(`${new Date().toISOString().slice(11, 19)}  ${line}`);
}

try {
  quietSdk();
  await program.parseAsync();
  process.exit(0);
} catch (error) {
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
  console.error(error);
  process.exit(1);
}
