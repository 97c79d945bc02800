import { toWords } from '../domain/words.js';
import { standingText } from '../domain/approvals.js';
import { needsPerson } from '../domain/phase.js';
import { stateMark, type Target } from '../domain/provisioning.js';
import { backOutText } from '../domain/back-out.js';
import { emergencyText } from '../domain/emergency.js';
import type { TicketView } from '../domain/view.js';
import { fitBlocks, type Block } from './fit-blocks.js';
import { formatRelative } from '../domain/duration-text.js';
import { formatBoth, formatInstant } from './instants.js';
import { sentence, type Style } from './style.js';
import { safe, type Colours } from './output.js';
import { ignoredSummary } from './render-ignored.js';
import { overrideTexts } from './render-overrides.js';
import { renderParkings } from './render-parkings.js';
import { renderTable, type Column } from './table.js';
import { wrapLine } from './text-width.js';

type Line = readonly [label: string, text: string];

/** Everything about one ticket for a person: state first, then what needs attention, then the rest. */
export function renderTicket(view: TicketView, style: Style): string {
  return fitBlocks(blocksOf(view, style), Infinity, style.width);
}

/** The same in at most `rows` lines of a terminal: state, waits and attention stay; events go first. */
export function renderTicketWithin(view: TicketView, style: Style, rows: number): string {
  const more = style.colours.dim(`(cut to fit; sco ticket show ${view.ticketId} prints everything)`);
  return fitBlocks(blocksOf(view, style), rows, style.width, more);
}

function blocksOf(view: TicketView, style: Style): readonly Block[] {
  const title = style.colours.bold(
    wrapLine(`Ticket ${view.ticketId}  ${sentence(view.subject, style, 100)}`, style.width, 2),
  );
  const state = stateLines(view, style);
  const rest = restLines(view, style);
  const labels = Math.max(...[...state, ...rest].map(([label]) => label.length));
  return [
    { lines: [title, ...linesOf(state, labels, style)], keep: 'always' },
    { lines: linesOf(rest, labels, style), keep: 4, cutAt: 'end', joined: true },
    {
      lines: renderParkings(view, style),
      keep: 'last',
      cutAt: 'end',
      counted: true,
    },
    { lines: deviceLines(view, style), keep: 5, cutAt: 'end', head: 1, counted: true },
    { lines: outboxLines(view, style), keep: 3, cutAt: 'end', head: 1, counted: true },
    { lines: proposalLines(view, style), keep: 2, cutAt: 'end', head: 1, counted: true },
    { lines: eventLines(view, style), keep: 1, cutAt: 'start', head: 1 },
  ];
}

function linesOf(lines: readonly Line[], width: number, style: Style): string[] {
  return lines.map(([label, text]) =>
    wrapLine(`  ${label.padEnd(width)}  ${text}`, style.width, Math.min(width + 4, 24)),
  );
}

/** What a watcher must never miss. */
function stateLines(view: TicketView, style: Style): readonly Line[] {
  return [
    ['state', stateText(view, style.colours)],
    ...(view.waiting === null ? [] : waitingLines(view, style)),
    ...one(
      'held',
      view.held &&
        `by ${safe(view.held.by)} since ${formatBoth(view.held.sinceMs, style)}: ${sentence(view.held.reason, style, 200)}`,
    ),
    ...one('outcome', view.outcome && toWords(view.outcome)),
  ];
}

function restLines(view: TicketView, style: Style): readonly Line[] {
  const { risk, window, itsm } = view;
  return [
    ['mode', `${view.mode}${view.modeReason === null ? '' : ` (${sentence(view.modeReason, style, 120)})`}`],
    ['workflow', `${safe(view.workflow)}${processText(view)}`],
    ['requester', safe(view.requester)],
    ...one(
      'risk',
      risk &&
        `${toWords(risk.verdict)}${risk.severity === null ? '' : `, ${risk.severity}`}${risk.reason === null ? '' : `: ${sentence(risk.reason, style, 120)}`}`,
    ),
    ...approvalLines(view),
    ...one('window', window && windowText(window, style, view.outcome !== null)),
    ...overrideTexts(view.ticketId, view.overrides, style).map((text): Line => ['override', text]),
    ...one('emergency', view.emergency === undefined ? null : safe(emergencyText(view.emergency), 300)),
    ...(view.backOuts ?? []).map((each): Line => ['back-out', safe(backOutText(each), 500)]),
    ...one(
      'saved, not pushed',
      view.savedNotPushed.length === 0 ? null : view.savedNotPushed.map((name) => safe(name)).join(', '),
    ),
    ...one('ITSM', itsm && `${safe(itsm.number)} at ${safe(itsm.server)}`),
    ...one('ignored', ignoredSummary(view.ignored, style)),
  ];
}

/** With several approvals one line each: which are given, missing or void, and why. */
function approvalLines({ approval, approvals }: TicketView): readonly Line[] {
  if (approvals.length > 1)
    return approvals.map((standing, index) => [index === 0 ? 'approvals' : '', safe(standingText(standing))]);
  return one(
    'approval',
    approval && `${approval.by.map((login) => safe(login)).join(', ')} (epoch ${approval.epoch})`,
  );
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

function waitingLines({ waiting }: TicketView, style: Style): readonly Line[] {
  if (waiting === null) return [];
  const since = `since ${formatRelative(waiting.sinceMs, style.nowMs)}`;
  return [
    ['waits for', `${style.colours.yellow(toWords(waiting.for))}: ${sentence(waiting.what, style, 200)}`],
    ['', waiting.untilMs === null ? endlessText(waiting.for, since) : timedText(waiting, since, style)],
  ];
}

function endlessText(waitingFor: NonNullable<TicketView['waiting']>['for'], since: string): string {
  return needsPerson(waitingFor) ? `until a person acts, ${since}` : since;
}

function timedText(
  { for: waitingFor, untilMs }: NonNullable<TicketView['waiting']>,
  since: string,
  style: Style,
): string {
  const at = formatBoth(untilMs ?? 0, style);
  return `${waitingFor === 'window' ? 'opens' : 'until'} ${at}, ${since}`;
}

function processText({ process }: TicketView): string {
  return process === null
    ? ' (no process definition: followed only)'
    : ` (process ${process.name} ${process.version})`;
}

function windowText(window: NonNullable<TicketView['window']>, style: Style, hasEnded: boolean): string {
  const { next, openEnded } = window;
  const calendar = `${safe(window.calendar)} (${safe(window.zone)})`;
  // Nothing waits for that opening any more.
  if (hasEnded && window.overriddenBy === undefined) return calendar;
  if (next === null) return `${calendar}: no opening within the horizon`;
  const { opensAtMs, closesAtMs } = next;
  if (window.overriddenBy !== undefined) {
    const until = `${closesAtMs > style.nowMs ? 'until' : 'which ended'} ${formatBoth(closesAtMs, style)}`;
    return `outside ${calendar}, under the override of ${safe(window.overriddenBy, 200)}, ${until}`;
  }
  if (opensAtMs > style.nowMs) {
    const closes = openEnded === true ? '' : `, closes ${formatInstant(closesAtMs, style.zone)}`;
    return `${calendar}: opens ${formatBoth(opensAtMs, style)}${closes}`;
  }
  if (openEnded === true) return `${calendar}: open`;
  // Planned while it was open, its opening is the instant of the planning: only the end says something.
  return `${calendar}: ${closesAtMs > style.nowMs ? 'open until' : 'closed since'} ${formatBoth(closesAtMs, style)}`;
}

function mark(state: Target['update'], colours: Colours): string {
  const text = stateMark(state);
  if (state === 'done' || state === 'notNeeded') return colours.green(text);
  if (state === 'failed' || state === 'unknown') return colours.red(text);
  return state === 'running' ? colours.cyan(text) : text;
}

const DEVICE_COLUMNS: readonly Column[] = [
  { title: 'Device', min: 12 },
  { title: 'Target', min: 6 },
  { title: 'Vendor', leaveOut: 3 },
  { title: 'Lane', leaveOut: 2 },
  { title: 'Enforced', leaveOut: 1 },
  { title: 'Update', min: 12 },
  { title: 'Commit', min: 12 },
  { title: 'Note', min: 16 },
];

function deviceLines(view: TicketView, style: Style): string[] {
  if (view.targets.length === 0) return [];
  const { colours } = style;
  const rows = view.targets.map((target) => [
    safe(target.name, 40),
    safe(target.managementId, 20),
    safe(target.vendor, 20),
    safe(target.laneName, 30),
    target.enforcedBy === 'update' ? 'at Update' : target.enforcedBy === 'commit' ? 'at Commit' : 'unknown',
    mark(target.update, colours),
    target.commitBy === 'none' ? 'none' : mark(target.commit, colours),
    sentence(target.waiting ?? target.message ?? target.manualEvidence, style, 100),
  ]);
  const lines = renderTable(DEVICE_COLUMNS, rows, style).split('\n');
  return view.moreTargets > 0 ? [...lines, `… and ${view.moreTargets} more`] : lines;
}

function outboxLines({ outbox }: TicketView, style: Style): string[] {
  if (outbox.length === 0) return [];
  const { colours } = style;
  const rows = outbox.map((item) => [
    `${item.number}  ${safe(item.point, 40)}`,
    item.action,
    item.state === 'held' ? colours.red('✗ held') : item.state,
    `${item.sizeBytes} B`,
    sentence(item.message, style, 80),
  ]);
  const columns = [
    'Undelivered message',
    'Action',
    { title: 'State', min: 9 },
    { title: 'Size', leaveOut: 1 },
    'Note',
  ];
  return renderTable(columns, rows, style).split('\n');
}

function proposalLines({ proposals }: TicketView, style: Style): string[] {
  if (proposals.length === 0) return [];
  return [
    'Would do, if it drove:',
    ...proposals.map((text) => wrapLine(`  ${sentence(text, style, 200)}`, style.width, 4)),
  ];
}

const SHOWN_ENTRIES = 12;

function eventLines(view: TicketView, style: Style): string[] {
  const entries = view.timeline.slice(-SHOWN_ENTRIES);
  if (entries.length === 0) return [];
  const lines = entries.map(({ atMs, what }) =>
    wrapLine(`  ${formatInstant(atMs, style.zone)}  ${sentence(what, style, 160)}`, style.width, 30),
  );
  return [style.colours.bold('Last events'), ...lines];
}

/** One line: for lists of changes. */
export function renderChange(view: TicketView, style: Style): string {
  const { waiting, parkings, moreParkings } = view;
  const reasons = parkings.map((parked) => sentence(parked.reason, style, 160));
  if (moreParkings > 0) reasons.push(`and ${moreParkings} more`);
  const parts = [
    stateText(view, style.colours),
    view.outcome === null ? null : `outcome ${toWords(view.outcome)}`,
    waiting === null ? null : `waits for ${toWords(waiting.for)}: ${sentence(waiting.what, style, 120)}`,
    reasons.length === 0 ? null : style.colours.red(`needs attention: ${reasons.join(' | ')}`),
  ].filter((part) => part !== null);
  return `${formatInstant(style.nowMs, style.zone)}  ${parts.join('; ')}`;
}
