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
    const client = asked.context.openClient();
    try {
      const lane = await client.lanes.get(asked.arg(0));
      asked.output.answer(lane, () => renderLane(lane, styleOf(asked)));
      return EXIT.ok;
    } finally {
      await client.close();
    }
  });
}
