import type { Command } from 'commander';
import { cleanJson, cleanPage } from '../../domain/clean-text.js';
import type { TicketView } from '../../domain/view.js';
import { onAction, type Asked, type Cli } from '../act.js';
import { EXIT } from '../exit-codes.js';
import { formatInstant } from '../instants.js';
import { styleOf, sentence } from '../style.js';
import { renderChange, renderTicketWithin } from '../render-ticket.js';
import type { Redraw } from '../context.js';

export function addTicketWatch(parent: Command, cli: Cli): void {
  const command = parent
    .command('watch <id>')
    .description(
      'follow a ticket to its end: redraws on a terminal, else prints changes (with --json one document a line)',
    );
  onAction(command, cli, async (asked) => {
    const client = await asked.context.openClient();
    const shown = openShown(asked);
    try {
      for await (const view of client.tickets.watch(asked.arg(0), { signal: asked.context.interrupted })) {
        shown.show(view);
      }
      return EXIT.ok;
    } finally {
      shown.end();
      await client.close();
    }
  });
}

interface Shown {
  show(view: TicketView): void;
  end(): void;
}

function openShown(asked: Asked): Shown {
  const { context, output } = asked;
  if (output.json) {
    return { show: (view) => context.stdout.write(`${cleanJson(view)}\n`), end: () => undefined };
  }
  return context.redraw === null ? printChanges(asked) : redraw(asked, context.redraw());
}

/** Drawn again every second, so that countdowns run. */
function redraw(asked: Asked, { draw, done }: Redraw): Shown {
  let last: TicketView | null = null;
  const paint = (): void => {
    // The last line of the screen is for the cursor.
    const rows = Math.max(4, (asked.context.stdout.rows ?? 24) - 1);
    if (last !== null) draw(cleanPage(renderTicketWithin(last, styleOf(asked), rows)));
  };
  const ticking = setInterval(paint, 1_000);
  return {
    show: (view) => {
      last = view;
      paint();
    },
    end: () => {
      clearInterval(ticking);
      paint();
      done();
    },
  };
}

function printChanges(asked: Asked): Shown {
  const write = (text: string): unknown => asked.context.stdout.write(cleanPage(text));
  const printed = new Set<string>();
  let before = '';
  return {
    show: (view) => {
      const style = styleOf(asked);
      for (const { atMs, what } of view.timeline) {
        const key = `${atMs} ${what}`;
        if (printed.has(key)) continue;
        printed.add(key);
        write(`${formatInstant(atMs, style.zone)}  ${sentence(what, style, 200)}\n`);
      }
      const change = renderChange(view, style);
      const state = change.slice(change.indexOf('  '));
      if (state !== before) write(`${change}\n`);
      before = state;
    },
    end: () => undefined,
  };
}
