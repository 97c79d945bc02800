import type { Command } from 'commander';
import { onAction, type Cli } from '../act.js';
import { EXIT } from '../exit-codes.js';
import { styleOf } from '../style.js';
import { renderLanes } from '../render-lane.js';

export function addLaneList(parent: Command, cli: Cli): void {
  onAction(
    parent.command('list').description('all lanes: queue, running push and pause of each manager'),
    cli,
    async (asked) => {
      const client = await asked.context.openClient();
      try {
        const lanes = await client.lanes.list();
        asked.output.answer(lanes, () => renderLanes(lanes, styleOf(asked)));
        return EXIT.ok;
      } finally {
        await client.close();
      }
    },
  );
}
