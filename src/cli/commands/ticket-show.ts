import type { Command } from 'commander';
import { onAction, type Cli } from '../act.js';
import { EXIT } from '../exit-codes.js';
import { styleOf } from '../style.js';
import { renderTicket } from '../render-ticket.js';

export function addTicketShow(parent: Command, cli: Cli): void {
  const command = parent
    .command('show <id>')
    .description(
      'state, what it waits for and until when, devices, and the ways out when it needs attention',
    );
  onAction(command, cli, async (asked) => {
    const client = await asked.context.openClient();
    try {
      const view = await client.tickets.get(asked.arg(0));
      asked.output.answer(view, () => renderTicket(view, styleOf(asked)));
      return EXIT.ok;
    } finally {
      await client.close();
    }
  });
}
