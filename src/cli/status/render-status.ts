import type { ParkedTicket } from '../../../packages/client/src/contract.js';
import { formatRelative } from '../../domain/duration-text.js';
import { formatBoth } from '../instants.js';
import { sentence, type Style } from '../style.js';
import { safe } from '../output.js';
import { firstFew } from '../first-few.js';
import { ignoredSummary } from '../render-ignored.js';
import { renderParkings } from '../render-parkings.js';
import { wrapLine } from '../text-width.js';
import { stopText } from './announce.js';
import { evidenceProblem, evidenceText } from './evidence-text.js';
import { unknownStopText, type Status } from './read-status.js';
import { QUEUE_USES, workerText, type WorkerState } from './workers.js';

type Line = readonly [label: string, text: string];

/** The whole status for a person: what needs attention stands last, next to the prompt. */
export function renderStatus(status: Status, concerns: readonly string[], style: Style): string {
  const lines: readonly Line[] = [
    ['stop', stopLine(status, style)],
    ...ignoredLines(status, style),
    ...workerLines(status, style),
    ...configurationLines(status, style),
    ['sweep', sweepText(status, style)],
    ...(status.sweep?.findings?.odd ?? []).map((odd): Line => [
      '',
      `not readable: ${sentence(odd, style, 200)}`,
    ]),
    ['evidence', evidenceLine(status, style)],
    ['opens next', opensNextText(status, style)],
  ];
  const width = Math.max(...lines.map(([label]) => label.length));
  const table = lines.map(([label, text]) =>
    wrapLine(`  ${label.padEnd(width)}  ${text}`, style.width, width + 4),
  );
  const { colours } = style;
  const verdict =
    concerns.length === 0
      ? colours.green('✓ nothing needs an operator')
      : concerns
          .map((concern) => wrapLine(`${colours.red('✗')} ${safe(concern, 300)}`, style.width, 2))
          .join('\n');
  return [
    [`Temporal at ${status.temporal}`, ...table].join('\n'),
    ...status.parked.map((ticket) => parkedText(ticket, style)),
    verdict,
  ].join('\n\n');
}

function stopLine(status: Status, style: Style): string {
  const { stop } = status;
  const { colours } = style;
  if (stop === null) return colours.red(`not known: ${unknownStopText(status)}`);
  if (!stop.stopped) return 'off';
  const { stoppedByPerson, by, firstToStart } = stop;
  const first = firstToStart ?? null;
  const who =
    stoppedByPerson === true
      ? `another person than ${safe(by ?? '')}`
      : first === null
        ? 'two persons'
        : `a second person, beside ${safe(first)}`;
  return `${colours.red(stopText(stop, style))}; end it: sco start --reason "…" by ${who}`;
}

function ignoredLines({ stop }: Status, style: Style): readonly Line[] {
  const ignored = ignoredSummary(stop?.ignored, style);
  return ignored === null ? [] : [['', `ignored: ${ignored}`]];
}

function workerLines({ workers, queuesWithoutWorker, atMs }: Status, { colours }: Style): readonly Line[] {
  return Object.entries(QUEUE_USES).map(([queue, use], index): Line => {
    const alive = workers.filter((worker) => worker.queue === queue && worker.alive);
    const gone = workers.filter((worker) => worker.queue === queue && !worker.alive);
    const named = (some: readonly WorkerState[]): string =>
      firstFew(
        some.map((worker) => safe(workerText(worker, atMs), 100)),
        3,
      );
    const text = [
      queuesWithoutWorker.includes(queue)
        ? colours.red(`none for ${use} (queue ${queue})`)
        : `${alive.length} for ${use} (queue ${queue}): ${named(alive)}`,
      ...(gone.length === 0 ? [] : [`gone: ${named(gone)}`]),
    ];
    return [index === 0 ? 'workers' : '', text.join('; ')];
  });
}

function configurationLines({ configurations, atMs }: Status, style: Style): readonly Line[] {
  const { colours } = style;
  if (configurations.length === 0)
    return [['configuration', 'not known yet: a worker reports it with its first sweep']];
  return configurations.flatMap((facts, index): readonly Line[] => {
    const modes = facts.processes.map(({ name, mode }) => `${safe(name, 40)} ${mode}`).join(', ');
    const since = `loaded ${formatBoth(facts.loadedAtMs, style)}`;
    const by = `${safe(facts.worker, 80)}, release ${safe(facts.release, 20)}, ${formatRelative(facts.atMs, atMs)}${facts.inUse ? '' : '; that worker is gone'}`;
    return [
      [
        index === 0 ? 'configuration' : '',
        `${safe(facts.folder, 200)}, digest ${safe(facts.digest, 20)}, ${since}`,
      ],
      ['', `reported by ${by}`],
      ['', facts.processes.length === 0 ? 'no process definition: tickets are only followed' : modes],
      ...(facts.restored
        ? [['', colours.red('SCO_RESTORED is set: everything is only observed')] as const]
        : []),
      ...(facts.problem === null
        ? []
        : [['', colours.red(`not used as it is now: ${sentence(facts.problem, style, 400)}`)] as const]),
    ];
  });
}

function sweepText({ sweep, atMs }: Status, { colours }: Style): string {
  if (sweep === null) return colours.red('its schedule does not exist; a worker makes it');
  if (sweep.paused) return colours.red('paused: temporal schedule toggle --unpause -s sweep');
  return sweep.lastRunAtMs === null
    ? 'has not run yet'
    : `last run ${formatRelative(sweep.lastRunAtMs, atMs)}`;
}

function evidenceLine({ evidence, atMs }: Status, { colours }: Style): string {
  const late = evidenceProblem(evidence, atMs);
  const text = evidence === null ? '' : evidenceText(evidence, atMs);
  return late === null ? text : colours.red([text, late].filter((part) => part !== '').join('; '));
}

function opensNextText({ opensNext }: Status, style: Style): string {
  return opensNext === null
    ? 'no running ticket waits for a window'
    : `ticket ${safe(opensNext.ticketId)}, ${formatBoth(opensNext.opensAtMs, style)}`;
}

function parkedText(ticket: ParkedTicket, style: Style): string {
  const title = style.colours.bold(
    wrapLine(`Ticket ${safe(ticket.ticketId)}  ${sentence(ticket.subject, style, 100)}`, style.width, 2),
  );
  if (ticket.unreadable !== null)
    return `${title}\n${wrapLine(`  needs attention, and cannot be asked why: ${safe(ticket.unreadable, 300)}`, style.width, 4)}`;
  return [title, ...renderParkings(ticket, style)].join('\n');
}
