import type { Command } from 'commander';
import { onAction, type Cli } from '../act.js';
import { EXIT } from '../exit-codes.js';
import { styleOf } from '../style.js';
import { concernsOf, readStatus } from '../status/read-status.js';
import { renderStatus } from '../status/render-status.js';

export function addStatus(program: Command, cli: Cli): void {
  const command = program.command('status');
  onAction(
    command,
    cli,
    async (asked) => {
      const client = await asked.context.openClient();
      try {
        const status = await readStatus(asked.context, client);
        const concerns = concernsOf(status);
        asked.output.answer({ ...status, concerns }, () => renderStatus(status, concerns, styleOf(asked)));
        return concerns.length === 0 ? EXIT.ok : EXIT.problem;
      } finally {
        await client.close();
      }
    },
    { quiet: true },
  );
}
