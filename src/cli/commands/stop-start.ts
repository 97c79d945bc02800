import type { Command } from 'commander';
import type { Cli } from '../act.js';
import { onOperate } from '../operate.js';

export function addStopStart(program: Command, cli: Cli): void {
  onOperate(
    program.command('stop').description('no Update or Commit is sent later than 5 s after this'),
    cli,
    (commands, options) => commands.control({ kind: 'stop' }, options),
  );
  onOperate(program.command('start').description('end a stop'), cli, (commands, options) =>
    commands.control({ kind: 'start' }, options),
  );
}
