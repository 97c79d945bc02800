/** What of a terminal is needed to draw on it. */
export interface Screen {
  write(text: string): unknown;
  readonly rows?: number;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

/** A picture that is redrawn in place. */
export interface Picture {
  draw(lines: readonly string[]): void;
  /** Leaves the last picture where it is. */
  done(): void;
}

const UP = (rows: number): string => (rows > 0 ? `\u001b[${rows}A` : '');
const ERASE_BELOW = '\u001b[J';
const CLEAR_SCREEN = '\u001b[2J\u001b[H';
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
/** The terminal cuts a line at its edge: a line is a row, however wide its characters are. */
const NO_WRAPPING = '\u001b[?7l';
const WRAPPING = '\u001b[?7h';

/**
 * Erases the whole picture and draws the whole next one, in one write: what is inserted above a line that stays is then never left
 * out. A picture that is higher than the terminal loses its middle lines, because the cursor cannot return to rows that have scrolled
 * away. A change of size moves the old rows to unknown places, so the screen is cleared.
 */
export function openPicture(screen: Screen): Picture {
  let drawn: number | null = null;
  let resized = false;
  const onResize = (): void => {
    resized = true;
  };
  screen.on('resize', onResize);
  return {
    draw: (lines) => {
      const shown = fitted(lines, (screen.rows ?? 24) - 1);
      const start = drawn === null ? HIDE_CURSOR : resized ? CLEAR_SCREEN : `\r${UP(drawn)}`;
      screen.write(
        `${start}${ERASE_BELOW}${NO_WRAPPING}${shown.map((line) => `${line}\n`).join('')}${WRAPPING}`,
      );
      drawn = shown.length;
      resized = false;
    },
    done: () => {
      screen.off('resize', onResize);
      if (drawn !== null) screen.write(SHOW_CURSOR);
    },
  };
}

/** The first and the last lines; one third of the rows is for the last ones. */
function fitted(lines: readonly string[], rows: number): readonly string[] {
  if (lines.length <= rows) return lines;
  const tail = Math.floor((rows - 1) / 3);
  return [...lines.slice(0, rows - 1 - tail), '…', ...lines.slice(lines.length - tail)];
}
