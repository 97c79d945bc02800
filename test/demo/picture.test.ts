import { EventEmitter } from 'node:events';
import { Terminal } from '@xterm/headless';
import fc from 'fast-check';
import pc from 'picocolors';
import { renderFrame, type Frame } from '../../src/demo/frame.js';
import { createLiveView } from '../../src/demo/live-view.js';
import { openPicture } from '../../src/demo/picture.js';
import { targetViewOf, ticketViewOf } from '../support/ticket-view.js';

/** A terminal emulator with what a process sees of a terminal. */
class Emulator extends EventEmitter {
  readonly isTTY = true;
  readonly terminal: Terminal;
  #written: Promise<void> = Promise.resolve();

  readonly columns: number;
  readonly rows: number;

  constructor(columns: number, rows: number) {
    super();
    this.columns = columns;
    this.rows = rows;
    this.terminal = new Terminal({
      cols: columns,
      rows,
      scrollback: 200,
      convertEol: true,
      allowProposedApi: true,
    });
  }

  write(text: string): boolean {
    this.#written = this.#written.then(
      async () =>
        new Promise((done) => {
          this.terminal.write(text, done);
        }),
    );
    return true;
  }

  /** Everything on it, also what has scrolled away, without the empty rows below. */
  async lines(): Promise<string[]> {
    await this.#written;
    const { active } = this.terminal.buffer;
    const lines = Array.from(
      { length: active.length },
      (_, row) => active.getLine(row)?.translateToString(true) ?? '',
    );
    return lines.join('\n').trimEnd().split('\n');
  }
}

const colours = pc.createColors(false);
const START = Date.UTC(2026, 10, 22, 12, 0, 0);

function frame(second: number, tickets: Frame['tickets'], part: Partial<Frame> = {}): Frame {
  return {
    scenario: { name: 'happy', title: 'one ticket' },
    nowMs: START + second * 1_000,
    startedAtMs: START,
    webUi: 'http://127.0.0.1:8233',
    pageUrl: 'http://127.0.0.1:8000',
    window: null,
    workerAway: false,
    tickets,
    ...part,
  };
}

function ticket(id: string, subject: string): Frame['tickets'][number] {
  const waiting = {
    for: 'lane',
    what: `a lane gives the turn to ${subject}`,
    untilMs: null,
    sinceMs: START,
  } as const;
  const view = ticketViewOf({ ticketId: id, step: 'Implementation', targets: [targetViewOf()], waiting });
  return { ticketId: id, subject, view, done: new Set() };
}

describe('the picture of the demo on a terminal', () => {
  it('is the last one and nothing else, also where lines were inserted above lines that stay', async () => {
    const screen = new Emulator(80, 30);
    const view = createLiveView({ stream: screen as unknown as NodeJS.WriteStream, colours });
    const frames = [
      frame(1, []),
      frame(2, [ticket('1', 'CRM')]),
      frame(3, [ticket('1', 'CRM'), ticket('2', 'Payroll')]),
      frame(4, [ticket('1', 'CRM'), ticket('2', 'Payroll')], { workerAway: true }),
      frame(5, [ticket('2', 'Payroll')]),
    ];
    for (const [index, each] of frames.entries()) {
      view.say(`line ${index} of the story`, index * 1_000);
      view.show(each);
      const shown = await screen.lines();
      const story = frames.slice(0, index + 1).map((_, line) => `     +${line} s  line ${line} of the story`);
      expect(shown).toEqual(['', ...renderFrame(each, colours).map((line) => line.trimEnd()), '', ...story]);
    }
  });

  it('is the last one whatever lines are inserted, removed and changed', async () => {
    const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(fc.array(lines, { minLength: 2, maxLength: 6 }), async (pictures) => {
        const screen = new Emulator(80, 24);
        const picture = openPicture(screen);
        for (const each of pictures) {
          picture.draw(each);
          expect(await screen.lines()).toEqual(each);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('stays whole with lines that are wider than the terminal, and with wide characters', async () => {
    const screen = new Emulator(40, 12);
    const picture = openPicture(screen);
    picture.draw(['防火墙'.repeat(20), 'x'.repeat(300), 'end']);
    picture.draw(['first', '防火墙'.repeat(20), 'x'.repeat(300), 'end']);
    const shown = await screen.lines();
    expect(shown.length).toBe(4);
    expect(shown[0]).toBe('first');
    expect(shown[2]).toMatch(/^x{39,40}$/);
    expect(shown[3]).toBe('end');
  });

  it('loses its middle where it is higher than the terminal, and scrolls nothing away', async () => {
    const screen = new Emulator(80, 10);
    const picture = openPicture(screen);
    for (let height = 5; height <= 40; height += 1)
      picture.draw(Array.from({ length: height }, (_, line) => `line ${line + 1} of ${height}`));
    const shown = await screen.lines();
    expect(shown).toEqual([
      ...[1, 2, 3, 4, 5, 6].map((line) => `line ${line} of 40`),
      '…',
      'line 39 of 40',
      'line 40 of 40',
    ]);
  });

  it('leaves the text after it below, with a cursor', async () => {
    const screen = new Emulator(80, 10);
    const picture = openPicture(screen);
    picture.draw(['one', 'two']);
    picture.done();
    screen.write('passed\n');
    expect(await screen.lines()).toEqual(['one', 'two', 'passed']);
    expect(screen.listenerCount('resize')).toBe(0);
  });

  it('is drawn on an empty screen after a change of size', async () => {
    const screen = new Emulator(80, 10);
    const picture = openPicture(screen);
    picture.draw(['x'.repeat(60), 'two']);
    await screen.lines();
    screen.terminal.resize(20, 10);
    screen.emit('resize');
    picture.draw(['one', 'two']);
    expect(await screen.lines()).toEqual(['one', 'two']);
  });
});
