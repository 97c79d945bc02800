import { lint } from '../../calendar/lint.js';
import type { CalendarUse, LintFinding } from '../../calendar/lint.js';
import type { OperatorConfig } from '../../config/operator-config.js';
import { DEFAULT_MANAGER } from '../../domain/lane.js';
import type { Style } from '../style.js';
import { safe } from '../output.js';
import { wrapLine } from '../text-width.js';

export function lintHere(config: OperatorConfig, nowMs: number, withinDays: number): LintFinding[] {
  const policies = config.managers.map(({ policy }) => policy);
  return lint({
    calendars: config.calendars,
    uses: usesOf(config),
    expectedPushMs: Math.max(
      ...(policies.length === 0 ? [DEFAULT_MANAGER] : policies).map(({ expectedPushMs }) => expectedPushMs),
    ),
    someExclusive: policies.some(({ exclusive }) => exclusive),
    nowMs,
    withinDays,
  });
}

/** Each process with the calendars it may use. */
function usesOf({ processes }: OperatorConfig): CalendarUse[] {
  return processes.map(({ name, window, saveUpdates }) => ({
    process: name,
    calendars: [...new Set([window.calendar, ...Object.values(window.perTarget)])],
    minimumRemainingMs: window.minimumRemainingMs,
    saves: typeof saveUpdates === 'object' ? 'ahead' : saveUpdates,
  }));
}

export function renderLint(findings: readonly LintFinding[], { colours, width }: Style): string {
  if (findings.length === 0) return colours.green('Nothing is suspicious.');
  return findings
    .map(({ about, level, text }) => {
      const mark = level === 'warning' ? colours.yellow('! warning') : '– note   ';
      return wrapLine(`${mark}  ${safe(about, 120)}: ${safe(text, 600)}`, width, 11);
    })
    .join('\n');
}
