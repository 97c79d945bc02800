import { displayRows } from './text-width.js';
import type { Redraw } from './context.js';

/** What of a terminal is needed to draw on it. */
export interface Terminal {
  write(text: string): unknown;
  readonly columns?: number;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

const UP = (rows: number): string => (rows > 0 ? `\u001b[${rows}A` : '');
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const ERASE_BELOW = '\u001b[J';
const CLEAR_SCREEN = '\u001b[2J\u001b[H';

/**
 * Erases what was drawn before and draws everything again, in one write. The text must be shorter than the terminal. A change of
 * size moves the old lines to unknown rows, so the screen is cleared.
 */
export function openRedraw(terminal: Terminal): Redraw {
  let drawn: string | null = null;
  let resized = false;
  const onResize = (): void => {
    resized = true;
  };
  terminal.on('resize', onResize);
  return {
    draw: (text) => {
      const columns = terminal.columns ?? 80;
      const start =
        drawn === null ? HIDE_CURSOR : resized ? CLEAR_SCREEN : `\r${UP(displayRows(drawn, columns))}`;
      resized = false;
      drawn = text;
      terminal.write(`${start}${ERASE_BELOW}${text}\n`);
    },
    done: () => {
      terminal.off('resize', onResize);
      if (drawn !== null) terminal.write(SHOW_CURSOR);
    },
  };
}
