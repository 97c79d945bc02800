import { appendFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

import { goalText, type Goal } from './goal.js';

export interface Figure {
  readonly name: string;
  /** Infinite: had not happened by the deadline. */
  readonly value: number;
  readonly unit: string;
  readonly goal?: Goal;
  /** The same of bare workflows of the same shape. */
  readonly bare?: number;
}

/** What one part of the bench measured. */
export interface Report {
  readonly part: string;
  readonly figures: readonly Figure[];
  /** What the figures say together, a sentence each. */
  readonly says?: readonly string[];
}

const RECORD = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url));

/** A Markdown table, also readable on a terminal, and below it what the figures say. */
export function textOf({ figures, says = [] }: Report): string {
  const rows = figures.map(({ name, value, unit, goal, bare }) => [
    name,
    valueText(value, unit),
    goal === undefined ? '' : goalText(goal),
    bare === undefined ? '' : valueText(bare, unit),
  ]);
  const table = tableOf(['Figure', 'Value', 'Goal', 'Bare workflows'], rows);
  return [table, ...says.map((sentence) => `\n${sentence}`)].join('\n');
}

export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** What had not happened when the figures were taken is infinite. */
export function valueText(value: number, unit: string): string {
  return Number.isFinite(value) ? `${value} ${unit}`.trim() : 'not by the deadline';
}

/** Appends the figures with machine and date; `note` says what else the machine did. */
export function record(report: Report, atMs: number, note: string): void {
  const day = new Date(atMs).toISOString().slice(0, 16).replace('T', ' ');
  const [cpu] = cpus();
  const machine = `${cpus().length} × ${cpu?.model.trim() ?? 'unknown processor'}, Node ${process.versions.node}`;
  appendFileSync(RECORD, `\n### ${day} UTC, ${report.part}\n\n${machine}. ${note}\n\n${textOf(report)}\n`);
}
