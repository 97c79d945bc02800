import pc from 'picocolors';
import { fitBlocks } from '../../src/cli/fit-blocks.js';
import { openRedraw } from '../../src/cli/redraw.js';
import { renderTable, type Column } from '../../src/cli/table.js';
import { displayRows, displayWidth, wrapLine } from '../../src/cli/text-width.js';
import { FakeTerminal } from '../support/fake-terminal.js';

const COLUMNS: readonly Column[] = [
  { title: 'Ticket', min: 6 },
  { title: 'Subject', min: 16 },
  { title: 'Requester', leaveOut: 1 },
  { title: 'Workflow', leaveOut: 2 },
];
const ROW = ['4711', 'Payroll portal for the branch offices in Zürich', 'j.meier', 'Firewall change'];
const PLAIN = pc.createColors(false);
const widest = (text: string): number => Math.max(...text.split('\n').map(displayWidth));

describe('a table', () => {
  it('is whole where nothing limits it', () => {
    const text = renderTable(COLUMNS, [ROW], { colours: PLAIN, width: null });
    expect(text).toContain('Payroll portal for the branch offices in Zürich  j.meier    Firewall change');
  });

  it.each([120, 80, 60, 40, 30])('is never wider than a terminal of %i columns', (width) => {
    const text = renderTable(COLUMNS, [ROW, ['1', '防火墙规则'.repeat(9), 'x', 'y']], {
      colours: PLAIN,
      width,
    });
    const table = text.split('\n').filter((line) => !line.startsWith('(not shown'));
    expect(widest(table.join('\n'))).toBeLessThanOrEqual(width);
    expect(text).toContain('4711');
  });

  it('cuts wide cells first, then leaves out columns and says which', () => {
    const at = (width: number): string => renderTable(COLUMNS, [ROW], { colours: PLAIN, width });
    expect(at(60)).toMatch(/4711 +Payroll.*… +j\.meier +Firewall/);
    expect(at(40)).not.toContain('Firewall');
    expect(at(40)).toContain('(not shown: Workflow; --json has everything)');
    expect(at(30)).toContain('(not shown: Requester, Workflow; --json has everything)');
  });

  it('keeps the colour of a cell that is cut', () => {
    const colours = pc.createColors(true);
    const text = renderTable(['A'], [[colours.red('x'.repeat(50))]], { colours, width: 20 });
    expect(widest(text)).toBeLessThanOrEqual(20);
    expect(text).toMatch(/\u001b\[31mx+…?\u001b\[39m/);
  });
});

describe('a line', () => {
  it('is broken between words and continued with an indent; what is copied stays whole', () => {
    expect(wrapLine('  state  one two three', 14, 9)).toBe('  state  one\n         two\n         three');
    expect(wrapLine('x'.repeat(30), 10, 2)).toBe('x'.repeat(30));
    expect(wrapLine('one two', null, 2)).toBe('one two');
  });

  it('takes as many rows as a terminal gives it', () => {
    expect(displayRows(`${'x'.repeat(80)}\n\n${'x'.repeat(81)}`, 80)).toBe(4);
    expect(displayWidth('\u001b[31m防火\u001b[39m')).toBe(4);
  });
});

describe('blocks on a screen that is too small', () => {
  const lines = (name: string, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `${name} ${index + 1}`);
  const BLOCKS = [
    { lines: lines('state', 3), keep: 'always' },
    { lines: lines('attention', 4), keep: 'last', counted: true },
    { lines: lines('device', 5), keep: 2, head: 1, counted: true },
    { lines: lines('event', 6), keep: 1, head: 1, cutAt: 'start' },
  ] as const;

  it.each([30, 20, 15, 10, 8, 6])('fit into %i rows, and the state is there', (rows) => {
    const text = fitBlocks(BLOCKS, rows, 80, 'see there');
    expect(text.split('\n').length).toBeLessThanOrEqual(rows);
    expect(text).toContain('state 3');
    expect(text.endsWith('see there')).toBe(rows < 21);
  });

  it('lose their oldest events first, then devices, attention last', () => {
    expect(fitBlocks(BLOCKS, 19, 80)).toMatch(/device 5\n\nevent 1\nevent 4\nevent 5\nevent 6$/);
    expect(fitBlocks(BLOCKS, 12, 80)).toMatch(/attention 4\n\ndevice 1\ndevice 2\n… 3 more lines$/);
    expect(fitBlocks(BLOCKS, 7, 80)).toMatch(/attention 2\n… 2 more lines$/);
  });
});

describe('drawing again', () => {
  it('leaves on the terminal what was drawn last, whatever was inserted or taken away', () => {
    const terminal = new FakeTerminal(20);
    const redraw = openRedraw(terminal);
    for (const text of ['a\nb', 'a\nnew\nb\nc', `a\n${'w'.repeat(30)}\nb`, 'a\nlast']) {
      redraw.draw(text);
      expect(terminal.shown()).toEqual(text.split('\n').flatMap((line) => line.match(/.{1,20}/g) ?? ['']));
    }
    redraw.done();
    expect(terminal.cursorHidden).toBe(false);
  });

  it('clears a screen whose size has changed', () => {
    const terminal = new FakeTerminal(20);
    const redraw = openRedraw(terminal);
    redraw.draw('x'.repeat(20));
    terminal.resize(10);
    redraw.draw('after');
    expect(terminal.shown()).toEqual(['after']);
    redraw.done();
  });
});
