import type { Command } from 'commander';
import { carriedBy, carriedText } from '../carried.js';
import type { Cli } from '../act.js';
import { UsageError } from '../exit-codes.js';
import { onOperate } from '../operate.js';

export function addTicketOverride(parent: Command, cli: Cli): void {
  const override = parent
    .command('override <id>')
    .description('ask to push devices outside their window, once; another person must confirm it')
    .requiredOption('--device <names...>', 'devices, by name or management id')
    .option('--hours <n>', 'how many hours the override is valid, at most 24', '2')
    .option('--carry <tickets...>', 'of an emergency: tickets whose saved changes may go live with it');
  onOperate(override, cli, async (commands, options, asked) => {
    const devices = asked.texts('device');
    const hours = Number(asked.text('hours') ?? 2);
    if (!Number.isInteger(hours)) throw new UsageError('--hours: a whole number from 1 to 24');
    const carries = asked.texts('carry');
    const carried = await carriedBy(asked.context, asked.arg(0), devices);
    const unnamed = carried.filter(({ ticketId }) => !carries.includes(ticketId));
    // The fence refuses them as well; here the person can still decide.
    if (unnamed.length > 0) throw new UsageError(carriedText(unnamed));
    return commands.ticket(
      asked.arg(0),
      { kind: 'override', devices, hours, ...(carries.length > 0 && { carries }) },
      options,
    );
  });
  const confirm = parent
    .command('confirm <id>')
    .description('confirm an override that another person asked for')
    .requiredOption('--override <key>', 'its key, as sco ticket show names it');
  onOperate(confirm, cli, (commands, options, { arg, text }) =>
    commands.ticket(arg(0), { kind: 'confirm', override: text('override') ?? '' }, options),
  );
  const record = parent
    .command('record-approval <id>')
    .description(
      'record the approval of an emergency that the ITSM does not show (a person other than the two who gave the override)',
    )
    .requiredOption('--evidence <text>', 'where the approval can be read');
  onOperate(record, cli, (commands, options, { arg, text }) =>
    commands.ticket(arg(0), { kind: 'recordApproval', evidence: text('evidence') ?? '' }, options),
  );
}
