import { readFileSync } from 'node:fs';

import type { Command } from 'commander';
import type { CalendarExplanation } from '../../calendar/create-calendars.js';
import { importWindows } from '../../calendar/ical-import.js';
import { icalFeed } from '../../calendar/ical-feed.js';
import { formatInstant as formatInZone } from '../../calendar/zone.js';
import type { OneOffWindow, RecurringRule } from '../../domain/calendar-rules.js';
import { durationText } from '../../domain/duration-text.js';
import { onAction, type Asked, type Cli } from '../act.js';
import { EXIT, UsageError, type ExitCode } from '../exit-codes.js';
import { styleOf } from '../style.js';
import { safe } from '../output.js';
import { renderTable } from '../table.js';
import { configHere, instantOf, numberOf, questionOf, withQuestion } from '../window/ask.js';
import { lintHere, renderLint } from '../window/lint.js';

/** Questions about calendars, answered from the files of this machine; no server is needed. */
export function addWindow(program: Command, cli: Cli): void {
  const window = program.command('window');
  const add = (command: Command, act: (asked: Asked) => ExitCode): void => {
    onAction(command, cli, (asked) => Promise.resolve(act(asked)), { quiet: true });
  };
  const at = (command: Command): Command =>
    command.option(
      '--at <time>',
      'instead of now: 2027-03-14T02:30 in the zone of the calendar, or with offset',
    );

  add(
    at(withQuestion(window.command('at').description('print whether a calendar is open at a time'))),
    (asked) => {
      const explanation = explain(asked);
      const { rules, ...answer } = explanation;
      asked.output.answer(answer, () => safe(explanation.text, 600));
      return EXIT.ok;
    },
  );
  add(
    at(
      withQuestion(
        window.command('explain').description('explain why a calendar is open or closed, rule by rule'),
      ),
    ),
    (asked) => {
      const explanation = explain(asked);
      asked.output.answer(explanation, () =>
        [
          safe(explanation.text, 600),
          ...explanation.rules.map(
            ({ text, state }) => `  ${state === 'active' ? '●' : '○'} ${safe(text, 400)}`,
          ),
          `  rules ${explanation.ruleVersion}, time-zone data ${explanation.tzdataVersion}`,
        ].join('\n'),
      );
      return EXIT.ok;
    },
  );
  add(
    at(withQuestion(window.command('next').description('print when a calendar opens next'))).option(
      '--count <n>',
      'how many openings (1)',
    ),
    (asked) => showOpenings(asked, numberOf(asked, 'count', 1, 20), 366),
  );
  add(
    at(
      withQuestion(
        window.command('preview').description('print the openings of a calendar in the coming days'),
      ),
    ).option('--days <n>', 'how many days (14)'),
    (asked) => showOpenings(asked, 20, numberOf(asked, 'days', 14, 366)),
  );
  add(
    at(
      withQuestion(
        window.command('ical').description('write the openings of a calendar as an iCalendar file'),
      ),
    ).option('--days <n>', 'how many days (60)'),
    (asked) => {
      const { calendars, names, target, zone } = questionOf(asked);
      const fromMs = instantOf(asked, zone);
      const days = numberOf(asked, 'days', 60, 366);
      const plan = calendars.plan({ calendars: names, fromMs, horizonDays: days, target });
      const file = icalFeed(plan, asked.context.now());
      asked.output.answer({ ...plan, file }, () => file.trimEnd());
      return EXIT.ok;
    },
  );
  add(
    window
      .command('import')
      .description('the events of an iCalendar file, as windows to paste into calendars.yaml')
      .argument('<file>', 'an iCalendar file (.ics)'),
    (asked) => {
      const { weekly, oneOff, mistakes } = importWindows(fileText(asked.arg(0)));
      const found = { weekly: weekly.map(inFile), oneOff: oneOff.map(inFile) };
      asked.output.answer({ ...found, mistakes }, () =>
        [
          ...Object.entries(found).flatMap(([list, windows]) =>
            windows.length === 0
              ? []
              : [`${list}:`, ...windows.map((one) => `  - ${safe(JSON.stringify(one), 2_000)}`)],
          ),
          ...mistakes.map((mistake) => `# not imported: ${safe(mistake, 400)}`),
        ].join('\n'),
      );
      return mistakes.length === 0 ? EXIT.ok : EXIT.problem;
    },
  );
  add(
    window
      .command('lint')
      .description('what is suspicious in all calendars; ends with 1 when there is a warning')
      .option('--days <n>', 'a calendar without an opening in so many days is named (14)'),
    (asked) => {
      const config = configHere(asked);
      const findings = lintHere(config, asked.context.now(), numberOf(asked, 'days', 14, 366));
      const warnings = findings.filter(({ level }) => level === 'warning').length;
      asked.output.answer({ warnings, findings }, () => renderLint(findings, styleOf(asked)));
      return warnings === 0 ? EXIT.ok : EXIT.problem;
    },
  );
}

function explain(asked: Asked): CalendarExplanation {
  const { calendars, names, target, zone } = questionOf(asked);
  return calendars.explain({ calendars: names, target, atMs: instantOf(asked, zone) });
}

function showOpenings(asked: Asked, most: number, days: number): ExitCode {
  const { calendars, names, target, zone } = questionOf(asked);
  const plan = calendars.plan({
    calendars: names,
    fromMs: instantOf(asked, zone),
    horizonDays: days,
    target,
  });
  const intervals = plan.intervals.slice(0, most);
  asked.output.answer({ ...plan, intervals }, () =>
    intervals.length === 0
      ? safe(plan.noneReason, 600)
      : renderTable(
          ['opens', 'closes', 'length', { title: 'windows', min: 20 }],
          intervals.map(({ opensAtMs, closesAtMs, windows }) => [
            formatInZone(opensAtMs, zone),
            formatInZone(closesAtMs, zone),
            durationText(closesAtMs - opensAtMs),
            safe(windows.join(', '), 200),
          ]),
          styleOf(asked),
        ),
  );
  return intervals.length === 0 ? EXIT.problem : EXIT.ok;
}

/** As calendars.yaml writes it, without what is not set. JSON is YAML. */
function inFile({ durationMs, exDates, rDates, ...rule }: RecurringRule | (OneOffWindow & Lists)): object {
  const all = {
    ...rule,
    duration: durationMs === null ? null : `${durationMs / 60_000}m`,
    exdates: exDates,
    rdates: rDates,
  };
  const isSet = (value: unknown): boolean => value != null && !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(all).filter(([, value]) => isSet(value)));
}

type Lists = Partial<Pick<RecurringRule, 'exDates' | 'rDates'>>;

function fileText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
