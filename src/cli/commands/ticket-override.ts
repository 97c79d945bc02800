import type { Command } from 'commander';
import type { Cli } from '../act.js';
import { UsageError } from '../exit-codes.js';
import { onOperate } from '../operate.js';

export function addTicketOverride(parent: Command, cli: Cli): void {
  const override = parent
    .command('override <id>')
    .description('ask to push devices outside their window, once; another person must confirm it')
    .requiredOption('--device <names...>', 'devices, by name or management id')
    .option('--hours <n>', 'how long it counts, at most 24', '2');
  onOperate(override, cli, (commands, options, asked) => {
    const devices = asked.texts('device');
    const hours = Number(asked.text('hours') ?? 2);
    if (!Number.isInteger(hours)) throw new UsageError('--hours: a whole number from 1 to 24');
    return commands.ticket(asked.arg(0), { kind: 'override', devices, hours }, options);
  });
  const confirm = parent
    .command('confirm <id>')
    .description('confirm an override that another person asked for')
    .requiredOption('--override <key>', 'its key, as sco ticket show names it');
  onOperate(confirm, cli, (commands, options, { arg, text }) =>
    commands.ticket(arg(0), { kind: 'confirm', override: text('override') ?? '' }, options),
  );
}
