import type { Command } from 'commander';
import type { Cli } from '../act.js';
import { onOperate } from '../operate.js';

export function addTicketComplete(parent: Command, cli: Cli): void {
  const command = parent
    .command('complete <id>')
    .description('record that a person did the change on a device by hand')
    .requiredOption('--target <management-id>', 'the device')
    .requiredOption('--evidence <text>', 'how one can see that it is done');
  onOperate(command, cli, (commands, options, { arg, text }) =>
    commands.ticket(
      arg(0),
      { kind: 'completeManual', target: text('target') ?? '', evidence: text('evidence') ?? '' },
      options,
    ),
  );
}
