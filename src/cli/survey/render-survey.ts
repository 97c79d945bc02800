import type { Survey } from '../../domain/survey.js';
import { formatBoth } from '../instants.js';
import { safe } from '../output.js';
import type { Style } from '../style.js';
import { wrapLine } from '../text-width.js';

const SHOWN = 5;

/** A summary for the terminal: each part with its count and first rows; the page and `--json` have all of it with its evidence. */
export function renderSurvey(survey: Survey, file: string | null, style: Style): string {
  const { colours } = style;
  const since = (atMs: number | null): string =>
    atMs === null ? 'since when is not visible' : formatBoth(atMs, style);
  const part = (
    title: string,
    { rows, notVisible }: { readonly rows: readonly string[]; readonly notVisible: readonly string[] },
  ): string[] => [
    `${rows.length === 0 ? colours.green('✓') : colours.yellow('!')} ${title}: ${rows.length === 0 ? 'none seen' : rows.length}`,
    ...rows.slice(0, SHOWN).map((row) => wrapLine(`    ${safe(row, 400)}`, style.width, 6)),
    ...(rows.length > SHOWN ? [`    and ${rows.length - SHOWN} more`] : []),
    ...notVisible
      .slice(0, SHOWN)
      .map((line) => wrapLine(`    ${colours.dim('not visible:')} ${safe(line, 400)}`, style.width, 6)),
    ...(notVisible.length > SHOWN ? [`    and ${notVisible.length - SHOWN} more that are not visible`] : []),
  ];
  const { saved, tickets } = survey;
  const stillSaved = saved.rows.filter(({ carriedBy }) => carriedBy === null);
  const carried = saved.rows.filter(({ carriedBy }) => carriedBy !== null);
  const lines = [
    colours.bold(
      `Survey of ${safe(survey.system, 100)} as ${safe(survey.user)}: ${survey.calls} GET calls, nothing was written`,
    ),
    `${tickets.open} open and ${tickets.ended} ended tickets, ${tickets.readInDepth} read in depth, back to ${formatBoth(survey.sinceMs, style)}`,
    ...part('saved and not committed', {
      rows: stillSaved.map(
        (row) =>
          `ticket ${row.ticketId} (${row.status}) on ${row.target}, ${since(row.savedAtMs)}: ${row.why}`,
      ),
      notVisible: saved.notVisible,
    }),
    ...part('made live by the Commit of another', {
      rows: carried.map((row) => `ticket ${row.ticketId} on ${row.target}: by ${row.carriedBy ?? ''}`),
      notVisible: [],
    }),
    ...part('what a Commit would carry now', {
      rows: survey.commits.rows.map(
        ({ target, manager, tickets: of, revisions }) =>
          `${target} on ${manager}: tickets ${of.map(({ ticketId }) => ticketId).join(', ') || 'none'}; of others: ${revisions === null ? 'not visible' : revisions.join(', ') || 'nothing'}`,
      ),
      notVisible: survey.commits.notVisible,
    }),
    ...part(`pushes outside windows, of ${survey.judgedPushes} that were compared`, {
      rows: survey.outside.rows.map(
        (row) =>
          `ticket ${row.ticketId}: ${row.call} of ${row.target}, ${since(row.startedAtMs ?? row.endedAtMs)}`,
      ),
      notVisible: survey.outside.notVisible,
    }),
    ...part('window runs that committed nothing', {
      rows: survey.idleRuns.rows.map(
        (row) =>
          `run ${row.runId} of ${row.window}, ${since(row.startedAtMs)}: ${row.device ?? 'no device'}: ${row.outcome}, ${row.says}`,
      ),
      notVisible: survey.idleRuns.notVisible,
    }),
    ...part('automatic steps that are stuck', {
      rows: survey.stuck.rows.map(
        (row) => `ticket ${row.ticketId} in ${row.step}, ${since(row.sinceMs)}: ${row.why}`,
      ),
      notVisible: survey.stuck.notVisible,
    }),
    ...part('tickets whose change says otherwise', {
      rows: survey.itsm.rows.map(
        (row) => `ticket ${row.ticketId}, ${row.change ?? 'no change'}: ${row.what}`,
      ),
      notVisible: survey.itsm.notVisible,
    }),
    ...part('the next window would carry', {
      rows: survey.nextWindows.rows.map(
        (row) =>
          `${row.target}, ${row.opensAtMs === null ? `opening not visible (${row.none ?? ''})` : `${row.calendar ?? ''} ${formatBoth(row.opensAtMs, style)}`}: saved ${row.saved.join(', ') || 'none'}; designed ${row.designed.join(', ') || 'none'}`,
      ),
      notVisible: survey.nextWindows.notVisible,
    }),
    ...part('workflows in use', {
      rows: survey.adoption.rows.map(
        ({ workflow, open, ended, pushes }) =>
          `${workflow}: ${open} open, ${ended} ended; pushes: ${pushes.automaticStep} automatic, ${pushes.account} by an account, ${pushes.unknown} not visible by whom`,
      ),
      notVisible: survey.adoption.notVisible,
    }),
    ...part('limits', { rows: survey.limits, notVisible: [] }),
    ...part('left out, because it could not be read', { rows: survey.odd, notVisible: [] }),
  ];
  if (file !== null) lines.push(`The page with the evidence of each line: ${safe(file, 300)}`);
  return lines.join('\n');
}
