import type { Command } from 'commander';
import type { Cli } from '../act.js';
import { onOperate } from '../operate.js';

export function addTicketBackOut(parent: Command, cli: Cli): void {
  const command = parent
    .command('backout <id>')
    .description('open a ticket that takes back what this one made live; also after it has ended')
    .option('--device <names...>', 'only on these devices, by name or management id');
  onOperate(command, cli, (commands, options, { arg, texts }) =>
    commands.ticket(arg(0), { kind: 'backOut', devices: texts('device') }, options),
  );
}
