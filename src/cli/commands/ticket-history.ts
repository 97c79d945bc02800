import type { Command } from 'commander';
import { renderTimeline } from '../../audit/render-text.js';
import { toTimeline, type TimelineRow } from '../../audit/timeline.js';
import { onAction, type Cli } from '../act.js';
import { EXIT } from '../exit-codes.js';
import { formatInstant, localInstants } from '../instants.js';
import type { Colours } from '../output.js';

export function addTicketHistory(parent: Command, cli: Cli): void {
  const command = parent
    .command('history <id>')
    .description("what happened, who did it and when, over all of the ticket's runs")
    .option('--facts', 'with --json: every plain fact of the histories instead of the timeline');
  onAction(command, cli, async ({ context, output, arg, flag }) => {
    const client = await context.openClient();
    try {
      const facts = await client.tickets.history(arg(0));
      const rows = toTimeline(facts);
      output.answer(flag('facts') ? facts : rows, () =>
        renderTimeline(
          rows.map((row) => localised(row, context.zone)),
          {
            formatInstant: (ms) => formatInstant(ms, context.zone),
            width: output.width ?? 0,
            mark: (kind, line) => paint(kind, line, output.colours),
          },
        ),
      );
      return EXIT.ok;
    } finally {
      await client.close();
    }
  });
}

function localised(row: TimelineRow, zone: string | undefined): TimelineRow {
  const { what, detail } = row;
  return { ...row, what: localInstants(what, zone), detail: detail && localInstants(detail, zone) };
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
