/** Started by `watchForOrphans`: waits until the worker at the other end of its standard input is gone, then cleans up. */
import { setTimeout as sleep } from 'node:timers/promises';

import { birthOf } from './process-table.js';
import { createRunRecords } from './run-records.js';

const [dataDir = '', worker, birth] = process.argv.slice(2);

// A service manager that stops the worker signals us too; the worker still finishes its scripts then.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);

process.stdin.resume().once('close', () => void cleanUp());

async function cleanUp(): Promise<void> {
  // Its pipes close a moment before it is gone.
  while (birth !== '' && birthOf(Number(worker)) === birth) await sleep(20);
  await createRunRecords(dataDir).sweep();
}
