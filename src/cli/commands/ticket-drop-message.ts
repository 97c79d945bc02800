import type { Command } from 'commander';
import type { Cli } from '../act.js';
import { onOperate } from '../operate.js';

export function addTicketDropMessage(parent: Command, cli: Cli): void {
  const command = parent
    .command('drop-message <id>')
    .description('drop a message that was not sent to an external system')
    .requiredOption('--point <name>', 'the integration point, as `sco ticket show` names it');
  onOperate(command, cli, (commands, options, { arg, text }) =>
    commands.ticket(arg(0), { kind: 'dropMessage', point: text('point') ?? '' }, options),
  );
}
