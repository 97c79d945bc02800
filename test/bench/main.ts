import { Command } from 'commander';

import { exitOnInterrupt } from '../../src/embedded/interrupts.js';
import { exitCodeAfter, wholeNumber } from '../support/command-line.js';
import { quietSdk } from '../support/quiet-sdk.js';
import { ack } from './ack.js';
import { all, goalsText } from './all.js';
import { events } from './events.js';
import { herd } from './herd.js';
import { inWindow } from './in-window.js';
import { life } from './life.js';
import { page } from './page.js';
import { PARTS_OF_ALL } from './parts.js';
import { replay } from './replay.js';
import { record, textOf, type Report } from './report.js';
import { runPart } from './run-part.js';
import { scale } from './scale.js';
import { wait } from './wait.js';

interface Printing {
  readonly json?: true;
  readonly record?: true;
  readonly note: string;
}

/** Of `all`: what hangs must not keep the others from being measured. */
const PART_WITHIN_MS = 6 * 60_000;

let exitCode = 0;

const program = new Command('npm run bench --')
  .description('Measures, and asserts nothing. Exit code 0: measured; 1: could not measure; 2: wrong usage.')
  .exitOverride();

printed(program.command('all'))
  .description(
    'Every part that fits, one after the other, each a process of its own; under 15 minutes on two cores. ' +
      'A part that cannot be measured is named, and makes the exit code 1',
  )
  .action(async ({ json, record: recorded, note }: Printing) => {
    const measured = await all({
      parts: PARTS_OF_ALL,
      run: async (part) => runPart(part, PART_WITHIN_MS),
      onReport: (report) => {
        if (json !== true) console.log(`\n${textOfPart(report)}\n`);
        if (recorded) record(report, Date.now(), note);
      },
      log,
    });
    console.log(json ? JSON.stringify(measured, null, 2) : goalsText(measured));
    if (measured.notMeasured.length > 0) exitCode = 1;
  });

printed(program.command('herd'))
  .description(
    'Tickets on shared managers, saved ahead, when their window opens; beside bare workflows of the same shape',
  )
  .option('--tickets <number>', 'how many', wholeNumber(1), 500)
  .option('--managers <number>', 'how many managers they share', wholeNumber(1), 20)
  .option('--commit-ms <number>', 'how long a Commit takes', wholeNumber(1), 3_000)
  .option('--deadline-s <number>', 'figures are taken this long after the opening', wholeNumber(1), 900)
  .option('--saved-by-persons', 'persons make the Updates: spares a second for each ticket before the window')
  .action(
    async (
      asked: Printing & {
        tickets: number;
        managers: number;
        commitMs: number;
        deadlineS: number;
        savedByPersons?: true;
      },
    ) => {
      print(asked, await herd({ ...asked, deadlineMs: asked.deadlineS * 1_000, log }));
    },
  );

printed(program.command('ack'))
  .description(
    'Events acknowledged by the gateway beside bare signalWithStart, and beside a service with a process per event',
  )
  .option(
    '--seconds <number>',
    'how long each way is measured for each number of callers',
    wholeNumber(1),
    12,
  )
  .action(async (asked: Printing & { seconds: number }) => {
    print(asked, await ack({ ...asked, callers: [1, 10, 40], triggerServiceSeconds: 5, log }));
  });

printed(program.command('life'))
  .description('One-device tickets to their end, beside bare workflows with as many activities')
  .option('--tickets <number>', 'how many', wholeNumber(1), 40)
  .option('--in-flight <number>', 'how many at a time', wholeNumber(1), 10)
  .action(async (asked: Printing & { tickets: number; inFlight: number }) => {
    print(asked, await life({ ...asked, log }));
  });

printed(program.command('events'))
  .description('History of the ticket of the demo scenario happy, and what it gets while it waits')
  .option('--sweeps <number>', 'how many sweeps pass while it waits', wholeNumber(1), 3)
  .action(async (asked: Printing & { sweeps: number }) => {
    print(asked, await events({ ...asked, log }));
  });

printed(program.command('wait'))
  .description('Heap of a waiting ticket, and how soon a worker that starts answers for all of them')
  .option('--tickets <number>', 'how many; 10000 is the goal and takes long', wholeNumber(2), 300)
  .option(
    '--snapshot <file>',
    "gets the heap of the thread that runs workflows, for Chrome's developer tools",
  )
  .action(async (asked: Printing & { tickets: number; snapshot?: string }) => {
    print(asked, await wait({ ...asked, log }));
  });

printed(program.command('replay'))
  .description('Replays the history of a ticket that is about to continue as new')
  .option('--events <number>', 'of the history', wholeNumber(100), 2_000)
  .option('--times <number>', 'how often', wholeNumber(1), 5)
  .action(async (asked: Printing & { events: number; times: number }) => {
    print(asked, await replay({ ...asked, log }));
  });

printed(program.command('inWindow'))
  .description('Tickets on one device group, nothing saved before the window: the estimate, and what it took')
  .option('--tickets <number>', 'how many', wholeNumber(1), 25)
  .option(
    '--scale <number>',
    'lengths of a Panorama (Update 90 s, Commit 240 s) divided by',
    wholeNumber(1),
    20,
  )
  .action(async (asked: Printing & { tickets: number; scale: number }) => {
    print(asked, await inWindow({ ...asked, log }));
  });

printed(program.command('scale'))
  .description(
    'Tickets through a cluster with PostgreSQL, with one worker and with two, and which part was the limit',
  )
  .option('--tickets <number>', 'how many in each of four rounds', wholeNumber(1), 100)
  .option('--in-flight <number>', 'how many at a time', wholeNumber(1), 40)
  .action(async (asked: Printing & { tickets: number; inFlight: number }) => {
    print(asked, await scale({ ...asked, log }));
  });

printed(program.command('page'))
  .description(
    'Every list of the page for people over many tickets, through the gateway, with nothing remembered',
  )
  .option('--tickets <number>', 'how many', wholeNumber(1), 10_000)
  .option('--ended <number>', 'how many of them have ended', wholeNumber(0), 3_000)
  .option('--waiting <number>', 'how many of them wait for a person', wholeNumber(0), 300)
  .option('--managers <number>', 'how many lanes with a full queue', wholeNumber(1), 20)
  .action(async (asked: Printing & { tickets: number; ended: number; waiting: number; managers: number }) => {
    print(asked, await page({ ...asked, log }));
  });

function printed(command: Command): Command {
  return command
    .option('--json', 'one document on standard output')
    .option('--record', 'appends the figures with machine and date to docs/benchmarks.md')
    .option('--note <text>', 'recorded too: what else the machine did', '');
}

function print({ json, record: recorded, note }: Printing, report: Report): void {
  console.log(json ? JSON.stringify(report, null, 2) : textOfPart(report));
  if (recorded) record(report, Date.now(), note);
}

function textOfPart(report: Report): string {
  return `${report.part}\n\n${textOf(report)}`;
}

function log(line: string): void {
  console.error(`${new Date().toISOString().slice(11, 19)}  ${line}`);
}

try {
  exitOnInterrupt();
  quietSdk();
  await program.parseAsync();
  process.exit(exitCode);
} catch (error) {
  process.exit(exitCodeAfter(error));
}
