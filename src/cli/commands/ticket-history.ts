import type { Command } from 'commander';
import { renderTimeline } from '../../audit/render-text.js';
import { toTimeline, type TimelineRow } from '../../audit/timeline.js';
import { onAction, type Cli } from '../act.js';
import { EXIT } from '../exit-codes.js';
import { formatInstant } from '../instants.js';
import type { Colours } from '../output.js';

export function addTicketHistory(parent: Command, cli: Cli): void {
  const command = parent
    .command('history <id>')
    .description("what happened, who did it and when, over all of the ticket's runs")
    .option('--facts', 'with --json: every plain fact of the histories instead of the timeline');
  onAction(command, cli, async ({ world, output, arg, flag }) => {
    const client = world.openClient();
    try {
      const facts = await client.tickets.history(arg(0));
      const rows = toTimeline(facts);
      const width = world.stdout.isTTY === true ? (world.stdout.columns ?? 0) : 0;
      output.answer(flag('facts') ? facts : rows, () =>
        renderTimeline(rows, {
          formatInstant: (ms) => formatInstant(ms, world.zone),
          width,
          mark: (kind, line) => paint(kind, line, output.colours),
        }),
      );
      return EXIT.ok;
    } finally {
      await client.close();
    }
  });
}

function paint(kind: TimelineRow['kind'], line: string, colours: Colours): string {
  switch (kind) {
    case 'command':
      return colours.yellow(line);
    case 'state':
    case 'end':
      return colours.bold(line);
    case 'idle':
    case 'wait':
      return colours.dim(line);
    case 'event':
      return colours.cyan(line);
    case 'work':
      return line;
  }
}
