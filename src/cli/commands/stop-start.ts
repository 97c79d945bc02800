import type { Command } from 'commander';
import type { Cli } from '../act.js';
import { onOperate } from '../operate.js';

export function addStopStart(program: Command, cli: Cli): void {
  onOperate(program.command('stop'), cli, (commands, options) => commands.control({ kind: 'stop' }, options));
  onOperate(program.command('start'), cli, (commands, options) =>
    commands.control({ kind: 'start' }, options),
  );
}
