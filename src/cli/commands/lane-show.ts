import type { Command } from 'commander';
import { onAction, type Cli } from '../act.js';
import { EXIT } from '../exit-codes.js';
import { styleOf } from '../style.js';
import { renderLane } from '../render-lane.js';

export function addLaneShow(parent: Command, cli: Cli): void {
  const command = parent
    .command('show <key>')
    .description('queue, ledger and last pushes of a lane, by key or name');
  onAction(command, cli, async (asked) => {
    const client = await asked.context.openClient();
    try {
      const lane = await client.lanes.get(asked.arg(0));
      const running = lane.queue.length === 0 ? [] : await client.tickets.list({ open: true, limit: 1_000 });
      const subjects = new Map(running.map(({ ticketId, subject }) => [ticketId, subject]));
      asked.output.answer(lane, () => renderLane(lane, subjects, styleOf(asked)));
      return EXIT.ok;
    } finally {
      await client.close();
    }
  });
}
