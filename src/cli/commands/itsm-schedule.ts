import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { scheduleToIcal } from '../../calendar/servicenow-schedule.js';
import { onAction, type Asked, type Cli } from '../act.js';
import { EXIT, UsageError } from '../exit-codes.js';
import { safe } from '../output.js';

interface Answer {
  readonly server: string;
  readonly schedule: string;
  readonly type: string;
  readonly events: number;
  /** null: it was compared with no file. */
  readonly same: boolean | null;
  /** null where it is refused. */
  readonly ical: string | null;
  readonly mistakes: readonly string[];
}

export function addItsmSchedule(parent: Command, cli: Cli): void {
  const command = parent
    .command('schedule <server> <name>')
    .option('--compare <file>', 'compare with this file instead of printing it: exit code 1 when they differ')
    .description(
      'print a blackout or maintenance schedule of ServiceNow as the iCalendar file for denyIcal or ical of a calendar; changes nothing',
    );
  onAction(
    command,
    cli,
    async (asked) => {
      const answer = await translate(asked);
      asked.output.answer(answer, () => render(answer));
      return answer.ical === null || answer.same === false ? EXIT.problem : EXIT.ok;
    },
    { quiet: true },
  );
}

async function translate(asked: Asked): Promise<Answer> {
  const [server, name] = [asked.arg(0), asked.arg(1)];
  const { readSchedule } = await import('../../integrations/servicenow-schedules.js');
  const { withServers } = await import('../with-servers.js');
  const read = await withServers(asked, async (resolve, tokens) =>
    readSchedule(resolve(server), name, tokens),
  );
  const translated = scheduleToIcal(read);
  const about = { server, schedule: name, type: read.schedule['type'] ?? '' };
  if (translated.kind === 'refused')
    return { ...about, events: 0, same: null, ical: null, mistakes: translated.mistakes };
  const { ical, events } = translated;
  const file = asked.text('compare');
  return {
    ...about,
    events,
    same: file === undefined ? null : lines(textOf(file)) === lines(ical),
    ical,
    mistakes: [],
  };
}

/** An editor or a shell may have written other line ends. */
function lines(text: string): string {
  return text.replaceAll('\r\n', '\n').trim();
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new UsageError(`${file} cannot be read`);
  }
}

function render({ ical, same, mistakes, schedule }: Answer): string {
  if (ical === null)
    return `${mistakes.map((one) => safe(one, 300)).join('\n')}\nNothing was translated: correct it in ServiceNow, or write these times into calendars.yaml`;
  if (same === null) return lines(ical);
  return same
    ? `schedule ${safe(schedule)} is as in the file`
    : `schedule ${safe(schedule)} is not as in the file`;
}
