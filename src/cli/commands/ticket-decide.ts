import type { Command } from 'commander';
import type { TicketCommand } from '../../domain/commands.js';
import type { Asked, Cli } from '../act.js';
import { UsageError } from '../exit-codes.js';
import { onOperate } from '../operate.js';

export function addTicketDecide(parent: Command, cli: Cli): void {
  const command = parent
    .command('decide <id>')
    .description(
      'decide about a Commit that is live on some devices and failed on others: accept it or commit again',
    )
    .requiredOption('--target <management-id>', 'device or commit target, as `sco ticket show` names it')
    .option('--accept', 'after a partial Commit: take it as it is')
    .option('--repeat', 'after a partial Commit: commit again');
  onOperate(command, cli, async (commands, options, asked) =>
    commands.ticket(asked.arg(0), toCommand(asked), options),
  );
}

function toCommand({ text, flag }: Asked): TicketCommand {
  const target = text('target') ?? '';
  const answers: readonly (readonly [flag: string, command: TicketCommand])[] = [
    ['accept', { kind: 'decidePartial', target, answer: 'accept' }],
    ['repeat', { kind: 'decidePartial', target, answer: 'repeat' }],
  ];
  const [given, another] = answers.filter(([name]) => flag(name));
  if (given === undefined || another !== undefined) {
    throw new UsageError('decide: give exactly one of --accept, --repeat');
  }
  return given[1];
}
