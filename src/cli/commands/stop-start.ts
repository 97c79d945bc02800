import type { Command } from 'commander';
import type { Cli } from '../act.js';
import { onOperate } from '../operate.js';

export function addStopStart(program: Command, cli: Cli): void {
  onOperate(
    program.command('stop').description('stop all pushes: from 5 s after this no Update or Commit is sent'),
    cli,
    (commands, options) => commands.control({ kind: 'stop' }, options),
  );
  onOperate(
    program.command('start').description('end a stop: needs another person than the one who stopped'),
    cli,
    (commands, options) => commands.control({ kind: 'start' }, options),
  );
}
