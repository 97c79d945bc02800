import { lint } from '../../calendar/lint.js';
import type { CalendarUse, LintFinding } from '../../calendar/lint.js';
import type { OperatorConfig } from '../../config/operator-config.js';
import { DEFAULT_RULES, type ManagerRules } from '../../domain/lane.js';
import { calendarsFor } from '../../domain/window.js';
import type { Style } from '../style.js';
import { safe } from '../output.js';
import { wrapLine } from '../text-width.js';

export function lintHere(config: OperatorConfig, nowMs: number, withinDays: number): LintFinding[] {
  return lint({ calendars: config.calendars, uses: usesOf(config), nowMs, withinDays });
}

/** Each process on each manager that is listed, on one that is not, and for each target with a calendar of its own. */
function usesOf({ processes, managers }: OperatorConfig): CalendarUse[] {
  const rules: readonly { readonly name: string | null; readonly policy: ManagerRules }[] = [
    { name: null, policy: DEFAULT_RULES },
    ...managers,
  ];
  return processes.flatMap(({ name: process, window, saveUpdates }) =>
    rules.flatMap(({ name: manager, policy }) => {
      const lane = { laneKey: manager ?? '', laneName: manager ?? '' };
      const targets = manager === null ? ['', ...Object.keys(window.perTarget)] : [''];
      return targets.map((id) => ({
        process,
        manager,
        calendars: calendarsFor(window, policy.calendar, { id, name: id, ...lane }),
        minimumRemainingMs: window.minimumRemainingMs,
        expectedPushMs: policy.expectedPushMs,
        savesEarly: typeof saveUpdates === 'object' || (saveUpdates === 'early' && policy.exclusive),
      }));
    }),
  );
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
