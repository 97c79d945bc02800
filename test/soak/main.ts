import { appendFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onInterrupt } from '../../src/embedded/interrupts.js';
import { exitCodeAfter } from '../support/command-line.js';
import { soak, type SoakOptions } from './soak.js';
import { soakCommand, type AskedSoak } from './soak-command.js';
import { soakText } from './soak-text.js';

const command = soakCommand({
  name: 'npm run soak',
  description:
    'Tickets go through the whole product while worker, gateway, Temporal and simulator are killed at random. Exit code 0: every effect took place exactly once and nothing is stuck; 1: not so; 2: wrong usage.',
  defaults: { kills: 90, tickets: 24, minutes: 60, atOnce: 1 },
  killsText: 'how many',
  atOnceText:
    'tickets on one manager at the same time; with more than one, some park because a Commit made their change live too',
});

try {
  command.parse();
  const asked = command.opts<AskedSoak>();
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
