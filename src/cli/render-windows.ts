import { instantText } from '../domain/instant-text.js';
import type { WindowRow, WindowState } from '../domain/window-report.js';
import { toWords } from '../domain/words.js';
import { firstFew } from './first-few.js';
import { formatInstant } from './instants.js';
import { safe } from './output.js';
import { sentence, type Style } from './style.js';
import { renderTable } from './table.js';

/** How many of each, then one row for each. */
export function renderWindows(
  rows: readonly WindowRow[],
  counts: Readonly<Record<WindowState, number>>,
  sinceMs: number,
  style: Style,
): string {
  const since = `since ${formatInstant(sinceMs, style.zone)}`;
  if (rows.length === 0) return `Nothing went live, and no opening was missed, ${since}.`;
  const summary = Object.entries(counts).map(([state, count]) => `${count} ${toWords(state)}`);
  const table = renderTable(
    [
      { title: 'At', min: 26 },
      'Manager',
      'Target',
      { title: 'Tickets', min: 6 },
      'State',
      { title: 'Calendar', leaveOut: 2 },
      { title: 'Opening', leaveOut: 1 },
      { title: 'What', min: 30 },
    ],
    rows.map((row) => [
      formatInstant(row.atMs, style.zone),
      safe(row.lane, 40),
      safe(row.target, 40),
      firstFew(
        row.tickets.map((ticketId) => safe(ticketId)),
        5,
      ),
      coloured(row.state, style),
      safe(row.calendar, 60),
      row.opening === null
        ? null
        : sentence(
            `${instantText(row.opening.opensAtMs)} to ${instantText(row.opening.closesAtMs)}`,
            style,
            80,
          ),
      sentence(row.text, style, 300),
    ]),
    style,
  );
  return `${since.replace('since', 'Since')}: ${summary.join(', ')}.\n\n${table}`;
}

function coloured(state: WindowState, { colours }: Style): string {
  const words = toWords(state);
  switch (state) {
    case 'inside':
    case 'insideByOthers':
      return colours.green(words);
    case 'overridden':
    case 'missed':
      return colours.yellow(words);
    case 'outside':
    case 'outsideByOthers':
      return colours.red(words);
  }
}
