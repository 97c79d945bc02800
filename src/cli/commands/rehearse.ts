import type { Command } from 'commander';
import { onAction, type Cli } from '../act.js';
import { EXIT } from '../exit-codes.js';
import { styleOf } from '../style.js';

export function addRehearse(program: Command, cli: Cli): void {
  const command = program
    .command('rehearse')
    .argument('<ticket>', 'the ticket of SecureChange, or the file of an earlier --save')

    .option('--process <name>', 'the process; that of the workflow of the ticket when left out')
    .option('--save <file>', 'keep what SecureChange answered, to rehearse the ticket again without it');
  onAction(
    command,
    cli,
    async (asked) => {
      const { play } = await import('../rehearse/play.js');
      const { renderRehearsal } = await import('../rehearse/render-rehearsal.js');
      const rehearsed = await play(asked);
      asked.output.answer(rehearsed, () => renderRehearsal(rehearsed, styleOf(asked)));
      return EXIT.ok;
    },
    { quiet: true },
  );
}
