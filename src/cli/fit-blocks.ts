import { displayRows } from './text-width.js';

/** Lines that belong together on a screen of limited height. */
export interface Block {
  readonly lines: readonly string[];
  /** `always`; `last`: cut after everything else; a number: cut before those with a higher one. */
  readonly keep: 'always' | 'last' | number;
  /** Where lines go first. */
  readonly cutAt?: 'start' | 'end';
  /** So many first lines stay as long as one other line does. */
  readonly head?: number;
  /** What is cut of it is counted in a line of its own. */
  readonly counted?: boolean;
  /** No empty line before it. */
  readonly joined?: boolean;
}

/**
 * At most `rows` lines; each block says which of its lines are cut first. `more`: the last line when something was cut, which says
 * where the rest is.
 */
export function fitBlocks(
  blocks: readonly Block[],
  rows: number,
  columns: number | null,
  more: string | null = null,
): string {
  const whole = joined(
    blocks,
    blocks.map(({ lines }) => lines),
  );
  if (displayRows(whole, columns) <= rows) return whole;
  const rowsLeft = more === null ? rows : rows - displayRows(more, columns);
  const shown = blocks.map(({ lines }) => [...lines]);
  const order = blocks
    .map((block, index) => ({ block, index }))
    .filter(({ block }) => block.keep !== 'always')
    .sort((a, b) => orderOf(a.block) - orderOf(b.block));
  for (const { block, index } of order) {
    let left = [...block.lines];
    while (displayRows(joined(blocks, shown), columns) > rowsLeft && left.length > 0) {
      left = withoutOne(block, left);
      shown[index] = marked(block, left);
    }
  }
  return more === null ? joined(blocks, shown) : `${joined(blocks, shown)}\n${more}`;
}

function orderOf({ keep }: Block): number {
  return typeof keep === 'number' ? keep : Infinity;
}

function withoutOne({ head = 0, cutAt = 'end' }: Block, lines: readonly string[]): string[] {
  if (lines.length <= head + 1) return [];
  return cutAt === 'end' ? lines.slice(0, -1) : [...lines.slice(0, head), ...lines.slice(head + 1)];
}

function marked({ lines, counted = false, keep }: Block, left: readonly string[]): string[] {
  if (!counted || (left.length === 0 && keep !== 'last')) return [...left];
  const cut = lines.length - left.length;
  return [...left, `… ${cut} more ${cut === 1 ? 'line' : 'lines'}`];
}

function joined(blocks: readonly Block[], shown: readonly (readonly string[])[]): string {
  return shown
    .map((lines, index) => ({ lines, gap: blocks[index]?.joined === true ? '\n' : '\n\n' }))
    .filter(({ lines }) => lines.length > 0)
    .map(({ lines, gap }, index) => `${index === 0 ? '' : gap}${lines.join('\n')}`)
    .join('');
}
