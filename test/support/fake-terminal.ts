/** As much of a terminal as we use: text that wraps, line feeds, cursor up, erase below, clear, a cursor that hides. */
export class FakeTerminal {
  cursorHidden = false;
  columns: number;
  private lines: string[] = [''];
  private row = 0;
  private column = 0;
  private readonly listeners = new Set<() => void>();

  constructor(columns: number) {
    this.columns = columns;
  }

  on(_event: 'resize', listener: () => void): void {
    this.listeners.add(listener);
  }

  off(_event: 'resize', listener: () => void): void {
    this.listeners.delete(listener);
  }

  /** Wraps the present lines again, as terminals do. */
  resize(columns: number): void {
    this.columns = columns;
    this.lines = this.lines.flatMap((line) => line.match(new RegExp(`.{1,${columns}}`, 'g')) ?? ['']);
    this.row = this.lines.length - 1;
    for (const listener of this.listeners) listener();
  }

  write(text: string): void {
    for (const part of text.match(/\u001b\[\??[\d;]*[A-Za-z]|[^\u001b]/gu) ?? []) this.take(part);
  }

  /** Without the empty line of the cursor. */
  shown(): readonly string[] {
    return this.lines.slice(0, -1).map((line) => line.trimEnd());
  }

  private take(part: string): void {
    switch (part) {
      case '\n':
        this.row += 1;
        this.column = 0;
        this.lines[this.row] ??= '';
        return;
      case '\r':
        this.column = 0;
        return;
      case '\u001b[J':
        this.lines = [...this.lines.slice(0, this.row), (this.lines[this.row] ?? '').slice(0, this.column)];
        return;
      case '\u001b[2J':
        this.lines = this.lines.map(() => '');
        return;
      case '\u001b[H':
        [this.row, this.column] = [0, 0];
        return;
      case '\u001b[?25l':
        this.cursorHidden = true;
        return;
      case '\u001b[?25h':
        this.cursorHidden = false;
        return;
    }
    const up = /^\u001b\[(\d+)A$/.exec(part);
    if (up) this.row = Math.max(0, this.row - Number(up[1]));
    else if (part.startsWith('\u001b'))
      throw new Error(`not known to this terminal: ${JSON.stringify(part)}`);
    else this.put(part);
  }

  private put(character: string): void {
    if (this.column === this.columns) {
      this.row += 1;
      this.column = 0;
    }
    const line = (this.lines[this.row] ?? '').padEnd(this.column);
    this.lines[this.row] = `${line.slice(0, this.column)}${character}${line.slice(this.column + 1)}`;
    this.column += 1;
  }
}
