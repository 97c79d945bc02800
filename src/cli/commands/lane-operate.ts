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
  const acceptForeign = parent
    .command('accept-foreign <key>')
    .description('let one Commit make live what other administrators saved, exactly as it was seen')
    .requiredOption('--target <id>', 'commit target, by id or name')
    .requiredOption('--seen <code>', 'what was seen, as sco lane show names it')
    .option('--hours <n>', 'how long the acceptance counts, at most 72', '12');
  onOperate(acceptForeign, cli, (commands, options, { arg, text }) =>
    commands.lane(
      arg(0),
      {
        kind: 'acceptForeign',
        target: text('target') ?? '',
        seen: text('seen') ?? '',
        hours: Number(text('hours') ?? 12),
      },
      options,
    ),
  );
  const review = parent
    .command('review <key>')
    .description('close the review of an override (a person other than the two who gave it)')
    .requiredOption('--override <key>', 'its key, as sco lane show names it');
  onOperate(review, cli, (commands, options, { arg, text }) =>
    commands.lane(arg(0), { kind: 'closeReview', override: text('override') ?? '' }, options),
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
