import { toWords } from '../audit/plain-words.js';
import type { TicketView } from '../domain/view.js';
import { formatBoth, formatInstant, formatRelative, type Clocked } from './instants.js';
import { renderTable, safe, type Colours } from './output.js';

export interface Look extends Clocked {
  readonly colours: Colours;
}

type Line = readonly [label: string, text: string];

/** Everything about one ticket for a person: state first, then what needs somebody, then the rest. */
export function renderTicket(view: TicketView, look: Look): string {
  const title = look.colours.bold(`Ticket ${view.ticketId}  ${safe(view.subject, 100)}`);
  return [
    title,
    renderLines(stateLines(view, look)),
    renderAttention(view, look),
    renderDevices(view, look),
    renderOutbox(view, look),
    renderProposals(view),
    renderEvents(view, look),
  ]
    .filter((section) => section !== '')
    .join('\n\n');
}

function renderLines(lines: readonly Line[]): string {
  const width = Math.max(...lines.map(([label]) => label.length));
  return lines.map(([label, text]) => `  ${label.padEnd(width)}  ${text}`).join('\n');
}

function stateLines(view: TicketView, look: Look): readonly Line[] {
  const { risk, approval, window, itsm } = view;
  return [
    ['state', stateText(view, look.colours)],
    ...(view.waiting === null ? [] : waitingLines(view, look)),
    ...one(
      'held',
      view.held &&
        `by ${safe(view.held.by)} since ${formatBoth(view.held.sinceMs, look)}: ${safe(view.held.reason, 200)}`,
    ),
    ['mode', `${view.mode}${view.modeReason === null ? '' : ` (${safe(view.modeReason, 120)})`}`],
    ['workflow', `${safe(view.workflow)}${processText(view)}`],
    ['requester', safe(view.requester)],
    ...one(
      'risk',
      risk &&
        `${toWords(risk.verdict)}${risk.severity === null ? '' : `, ${risk.severity}`}${risk.reason === null ? '' : `: ${safe(risk.reason, 120)}`}`,
    ),
    ...one(
      'approval',
      approval && `${approval.by.map((login) => safe(login)).join(', ')} (epoch ${approval.epoch})`,
    ),
    ...one('window', window && windowText(window, look)),
    ...one(
      'saved, not pushed',
      view.savedNotPushed.length === 0 ? null : view.savedNotPushed.map((name) => safe(name)).join(', '),
    ),
    ...one('ITSM', itsm && `${safe(itsm.number)} at ${safe(itsm.server)}`),
    ...one('outcome', view.outcome && toWords(view.outcome)),
  ];
}

function one(label: string, text: string | null): readonly Line[] {
  return text === null ? [] : [[label, text]];
}

/** `in progress · step Approval · phase approval · epoch 2`, with what is done. */
function stateText(view: TicketView, colours: Colours): string {
  const done = view.donePhases.map((phase) => `${toWords(phase)} ✓`).join(', ');
  const parts = [
    colours.bold(toWords(view.status)),
    view.step === null ? null : `step ${safe(view.step)}`,
    view.phase === null ? null : `phase ${colours.cyan(toWords(view.phase))}`,
    `epoch ${view.epoch}`,
  ].filter((part) => part !== null);
  return `${parts.join(' · ')}${done === '' ? '' : ` (${done})`}`;
}

function waitingLines({ waiting }: TicketView, look: Look): readonly Line[] {
  if (waiting === null) return [];
  const until =
    waiting.untilMs === null ? 'until somebody acts' : `until ${formatBoth(waiting.untilMs, look)}`;
  return [
    ['waits for', `${look.colours.yellow(toWords(waiting.for))}: ${safe(waiting.what, 200)}`],
    ['', `${until}, since ${formatRelative(waiting.sinceMs, look.nowMs)}`],
  ];
}

function processText({ process }: TicketView): string {
  return process === null
    ? ' (no process definition: followed only)'
    : ` (process ${process.name} ${process.version})`;
}

function windowText(window: NonNullable<TicketView['window']>, look: Look): string {
  const { next } = window;
  const calendar = `${safe(window.calendar)} (${safe(window.zone)})`;
  if (next === null) return `${calendar}: no opening within the horizon`;
  const { opensAtMs, closesAtMs } = next;
  if (opensAtMs > look.nowMs)
    return `${calendar}: opens ${formatBoth(opensAtMs, look)}, closes ${formatInstant(closesAtMs, look.zone)}`;
  // Planned while it was open, its opening is the instant of the planning: only the end tells something.
  return `${calendar}: ${closesAtMs > look.nowMs ? 'open until' : 'closed since'} ${formatBoth(closesAtMs, look)}`;
}

function renderAttention({ needsAttention }: TicketView, look: Look): string {
  if (needsAttention === null) return '';
  const { colours } = look;
  const where = [needsAttention.phase && toWords(needsAttention.phase), needsAttention.target].filter(
    (part) => part !== null,
  );
  return [
    `${colours.red('NEEDS ATTENTION')} ${safe(needsAttention.reason, 300)}`,
    `  ${safe(needsAttention.code)}${where.length === 0 ? '' : ` in ${where.map((part) => safe(part)).join(', ')}`}, since ${formatBoth(needsAttention.sinceMs, look)}`,
    ...(needsAttention.advice === undefined ? [] : [`  what helps: ${safe(needsAttention.advice, 300)}`]),
    ...(needsAttention.evidence === null ? [] : [`  evidence: ${safe(needsAttention.evidence, 300)}`]),
    ...(needsAttention.waysOut.length === 0 ? [] : ['  ways out:']),
    ...needsAttention.waysOut.map(({ hint }) => `    ${colours.cyan(safe(hint, 300))}`),
  ].join('\n');
}

/** Text and shape, not colour only. */
const MARKS: Readonly<Record<string, string>> = {
  todo: '· to do',
  running: '▸ running',
  done: '✓ done',
  notNeeded: '✓ not needed',
  failed: '✗ failed',
  unknown: '? unknown',
};

function mark(state: string, colours: Colours): string {
  const text = MARKS[state] ?? state;
  if (state === 'done' || state === 'notNeeded') return colours.green(text);
  if (state === 'failed' || state === 'unknown') return colours.red(text);
  return state === 'running' ? colours.cyan(text) : text;
}

function renderDevices(view: TicketView, { colours }: Look): string {
  if (view.targets.length === 0) return '';
  const rows = view.targets.map((target) => [
    safe(target.name, 40),
    safe(target.managementId, 20),
    safe(target.vendor, 20),
    safe(target.laneName, 30),
    target.enforcedBy === 'update' ? 'at Update' : target.enforcedBy === 'commit' ? 'at Commit' : 'unknown',
    mark(target.update, colours),
    target.commitBy === 'none' ? 'none' : mark(target.commit, colours),
    safe(target.waiting ?? target.message ?? target.manualEvidence, 60),
  ]);
  const more = view.moreTargets > 0 ? `\n… and ${view.moreTargets} more` : '';
  const head = ['Device', 'Target', 'Vendor', 'Lane', 'Enforced', 'Update', 'Commit', 'Note'];
  return `${renderTable(head, rows, colours)}${more}`;
}

function renderOutbox({ outbox }: TicketView, { colours }: Look): string {
  if (outbox.length === 0) return '';
  const rows = outbox.map((item) => [
    safe(item.point, 40),
    item.action,
    item.state === 'blocked' ? colours.red('✗ blocked') : item.state,
    `${item.sizeBytes} B`,
    safe(item.message, 80),
  ]);
  return renderTable(['Unsent message', 'Action', 'State', 'Size', 'Note'], rows, colours);
}

function renderProposals({ proposals }: TicketView): string {
  if (proposals.length === 0) return '';
  return ['Would do, if it drove:', ...proposals.map((text) => `  ${safe(text, 200)}`)].join('\n');
}

const SHOWN_ENTRIES = 12;

function renderEvents(view: TicketView, look: Look): string {
  const entries = view.timeline.slice(-SHOWN_ENTRIES);
  if (entries.length === 0) return '';
  const lines = entries.map(({ atMs, what }) => `  ${formatInstant(atMs, look.zone)}  ${safe(what, 160)}`);
  return [look.colours.bold('Last events'), ...lines].join('\n');
}

/** One line: for lists of changes. */
export function renderChange(view: TicketView, look: Look): string {
  const parts = [
    stateText(view, look.colours),
    view.outcome === null ? null : `outcome ${toWords(view.outcome)}`,
    view.waiting === null ? null : `waits for ${toWords(view.waiting.for)}: ${safe(view.waiting.what, 120)}`,
    view.needsAttention === null
      ? null
      : look.colours.red(`needs attention: ${safe(view.needsAttention.reason, 160)}`),
  ].filter((part) => part !== null);
  return `${formatInstant(look.nowMs, look.zone)}  ${parts.join('; ')}`;
}
