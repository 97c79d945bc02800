import type { Command } from 'commander';
import type { Cli } from '../act.js';
import { onOperate } from '../operate.js';

export function addLaneOperate(parent: Command, cli: Cli): void {
  const accept = parent
    .command('accept <key>')
    .description(
      'allow the next Commit to make live what other tickets saved on this manager; counts for one Commit',
    )
    .option('--ticket <id>', 'only those of this ticket');
  onOperate(accept, cli, (commands, options, { arg, text }) =>
    commands.lane(arg(0), { kind: 'acceptLedger', ticketId: text('ticket') ?? null }, options),
  );
  onOperate(
    parent
      .command('retry <key>')
      .description('repeat the Commit that failed for all its tickets, in the next open window'),
    cli,
    (commands, options, { arg }) => commands.lane(arg(0), { kind: 'retryPush' }, options),
  );
  onOperate(
    parent.command('pause <key>').description('start no push until resume'),
    cli,
    (commands, options, { arg }) => commands.lane(arg(0), { kind: 'pause' }, options),
  );
  onOperate(parent.command('resume <key>').description('end a pause'), cli, (commands, options, { arg }) =>
    commands.lane(arg(0), { kind: 'resume' }, options),
  );
}
