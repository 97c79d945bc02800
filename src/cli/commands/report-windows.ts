import type { Command } from 'commander';
import { isReadable } from '../../../packages/client/src/contract.js';
import { WINDOW_STATES, windowRows, type WindowRow, type WindowState } from '../../domain/window-report.js';
import { onAction, type Cli } from '../act.js';
import { EXIT, UsageError } from '../exit-codes.js';
import { safe } from '../output.js';
import { renderWindows } from '../render-windows.js';
import { styleOf } from '../style.js';
import { numberOf } from '../window/ask.js';

const DAY_MS = 86_400_000;

export function addReportWindows(parent: Command, cli: Cli): void {
  const command = parent
    .command('windows')
    .description(
      'what went live inside its window, overridden, or outside by others, and which openings were missed; ends with 1 when something was outside',
    )
    .option('--days <n>', 'how many days back (31)')
    .option('--lane <name>', 'of one manager only: name or management id');
  onAction(command, cli, async (asked) => {
    const days = numberOf(asked, 'days', 31, 366);
    const client = await asked.context.openClient();
    try {
      const all = await client.lanes.windows();
      const only = asked.text('lane');
      const lanes = only === undefined ? all : all.filter((lane) => namesOf(lane).includes(only));
      if (only !== undefined && lanes.length === 0)
        throw new UsageError(
          `--lane: there is no lane ${safe(only)}; there are: ${all.map((lane) => safe(namesOf(lane).at(-1), 60)).join(', ') || 'none'}`,
        );
      const sinceMs = asked.context.now() - days * DAY_MS;
      const rows = windowRows(lanes.filter(isReadable), sinceMs);
      const counts = countsOf(rows);
      const unreadable = lanes.filter((lane) => 'unreadable' in lane);
      asked.output.answer({ sinceMs, counts, rows, unreadable }, () =>
        renderWindows(rows, counts, sinceMs, styleOf(asked)),
      );
      for (const lane of unreadable)
        asked.context.stderr.write(
          `${asked.output.colours.yellow('not in the report:')} lane ${safe(lane.key)}: ${safe(lane.unreadable, 200)}\n`,
        );
      const isFine = counts.outside + counts.outsideByOthers + unreadable.length === 0;
      return isFine ? EXIT.ok : EXIT.problem;
    } finally {
      await client.close();
    }
  });
}

function namesOf(lane: { readonly key: string; readonly name?: string }): readonly string[] {
  return lane.name === undefined ? [lane.key] : [lane.key, lane.name];
}

function countsOf(rows: readonly WindowRow[]): Record<WindowState, number> {
  const counted = WINDOW_STATES.map((state) => [state, rows.filter((row) => row.state === state).length]);
  return Object.fromEntries(counted) as Record<WindowState, number>;
}
