import type { Phase } from '../domain/phase.js';
import { durationText } from '../domain/duration-text.js';
import type { TargetView, TicketView } from '../domain/view.js';
import { toWords } from '../domain/words.js';
import type { Scenario } from './scenario.js';
import { columns, short, sinceStartText, type Colours } from './table.js';

export interface OnStage {
  readonly ticketId: string;
  readonly subject: string;
  /** null until its workflow answers. */
  view: TicketView | null;
  /** Phases done in this epoch, of all steps. */
  readonly done: Set<Phase>;
}

export interface Frame {
  readonly scenario: Pick<Scenario, 'name' | 'title'>;
  readonly nowMs: number;
  readonly startedAtMs: number;
  readonly webUi: string | null;
  /** Address of the page for people. */
  readonly pageUrl: string;
  readonly window: { readonly opensAtMs: number; readonly closesAtMs: number } | null;
  readonly workerAway: boolean;
  readonly tickets: readonly OnStage[];
}

/** The picture: what it is, the tickets with their phases, their devices, what each waits for. */
export function renderFrame(frame: Frame, colours: Colours): string[] {
  const { scenario, nowMs, startedAtMs, webUi, pageUrl, tickets } = frame;
  return [
    `${colours.bold(scenario.name)}  ${scenario.title}  ${colours.dim(sinceStartText(nowMs - startedAtMs))}`,
    `${colours.dim('Temporal Web UI')} ${colours.cyan(webUi ?? 'none')}   ${windowText(frame, colours)}`,
    `${colours.dim('Ticket page')}     ${colours.cyan(ticketPageUrl(pageUrl, tickets[0]?.ticketId))}`,
    ...(frame.workerAway ? [colours.red('The worker is down: what follows is what was last seen.')] : []),
    '',
    ...ticketTable(frame, colours),
    ...deviceTable(
      tickets.flatMap(({ view }) => view ?? []),
      colours,
    ),
    ...waits(frame, colours),
  ];
}

/** Where a browser shows the ticket; without one, all tickets. */
export function ticketPageUrl(pageUrl: string, ticketId?: string): string {
  const list = `${pageUrl}/tickets`;
  return ticketId === undefined ? list : `${list}/${ticketId}`;
}

function windowText({ window, nowMs }: Frame, colours: Colours): string {
  if (window === null) return colours.dim('no change window is near');
  if (nowMs < window.opensAtMs) {
    return colours.yellow(`change window opens in ${untilText(window.opensAtMs - nowMs)}`);
  }
  return colours.green('change window is open');
}

/** As the shipped processes run them; `advance` ends every step and is not shown. */
const ORDER: readonly Phase[] = [
  'design',
  'riskCheck',
  'approval',
  'update',
  'changeWindow',
  'commit',
  'verify',
];

/** Narrow enough for a terminal of 80 columns. */
const TICKET_HEAD = ['#', 'Step', 'Design', 'Risk', 'Approval', 'Update', 'Window', 'Commit', 'Verify'];

function ticketTable(frame: Frame, colours: Colours): string[] {
  if (frame.tickets.length === 0) return [colours.dim('No ticket yet.')];
  return columns(
    TICKET_HEAD,
    frame.tickets.map((one) => ticketRow(one, frame, colours)),
    colours,
  );
}

function ticketRow({ ticketId, view, done }: OnStage, { nowMs }: Frame, colours: Colours): string[] {
  if (view === null) return [ticketId, colours.dim('…')];
  const tick = (phase: Phase, text = '✓'): string => {
    if (isBehind(phase, view, done)) return colours.green(text);
    return view.phase === phase ? colours.cyan('▸') : colours.dim('·');
  };
  const committing = view.targets.filter(({ commitBy }) => commitBy !== 'none');
  return [
    ticketId,
    stepText(view, colours),
    tick('design'),
    tick('riskCheck', view.risk?.severity ?? '✓'),
    tick('approval', short(`✓ ${view.approval?.by.join(', ') ?? ''}`, 8)),
    countText(view.targets, (target) => target.update, colours),
    openingText(view, nowMs, colours),
    countText(committing, (target) => target.commit, colours),
    tick('verify'),
  ];
}

/** A quick phase is over between two looks: what comes after it says so too. */
function isBehind(phase: Phase, view: TicketView, done: ReadonlySet<Phase>): boolean {
  if (phase === 'approval') return view.approval?.epoch === view.epoch;
  if (view.outcome === 'closed') return done.size > 0;
  const reached = [...done, ...(view.phase === null ? [] : [view.phase])].map((one) => ORDER.indexOf(one));
  return done.has(phase) || Math.max(-1, ...reached) > ORDER.indexOf(phase);
}

function stepText({ outcome, step }: TicketView, colours: Colours): string {
  if (outcome === 'closed') return colours.green('✓ closed');
  if (outcome !== null) return colours.yellow(`■ ${toWords(outcome)}`);
  return short(step ?? '…', 15);
}

function countText(
  targets: readonly TargetView[],
  progressOf: (target: TargetView) => TargetView['update'],
  colours: Colours,
): string {
  if (targets.length === 0) return colours.dim('·');
  const ready = targets.filter((target) => ['done', 'notNeeded'].includes(progressOf(target))).length;
  if (ready === targets.length) return colours.green('✓');
  const running = targets.some((target) => progressOf(target) === 'running');
  const text = `${running ? '▸' : '·'} ${ready}/${targets.length}`;
  return running ? colours.cyan(text) : ready === 0 ? colours.dim(text) : text;
}

function openingText({ window, targets }: TicketView, nowMs: number, colours: Colours): string {
  const next = window?.next ?? null;
  if (next === null || targets.length === 0) return colours.dim('·');
  if (nowMs >= next.opensAtMs) return colours.green('✓ open');
  return colours.yellow(untilText(next.opensAtMs - nowMs));
}

/** A countdown in whole seconds. */
function untilText(ms: number): string {
  return durationText(Math.ceil(ms / 1_000) * 1_000);
}

/** Text and shape, not colour only. */
const PROGRESS: Readonly<Record<TargetView['update'], readonly [text: string, paint: keyof Colours]>> = {
  todo: ['· to do', 'dim'],
  running: ['▸ running', 'cyan'],
  done: ['✓ done', 'green'],
  notNeeded: ['✓ not needed', 'green'],
  failed: ['✗ failed', 'red'],
  unknown: ['? outcome unknown', 'red'],
};

function progressText(progress: TargetView['update'], colours: Colours): string {
  const [text, paint] = PROGRESS[progress];
  return (colours[paint] as (text: string) => string)(text);
}

/** Every device of every ticket on stage. */
export function deviceTable(tickets: readonly TicketView[], colours: Colours): string[] {
  const rows = tickets.flatMap(({ ticketId, targets }) =>
    targets.map((target) => [
      short(target.name, 20),
      ticketId,
      target.laneName === target.name ? 'directly' : short(target.laneName, 16),
      target.enforcedBy === 'commit' ? 'Commit' : target.enforcedBy === 'update' ? 'Update' : 'unknown',
      progressText(target.update, colours),
      target.commitBy === 'none' ? colours.dim('none') : progressText(target.commit, colours),
    ]),
  );
  if (rows.length === 0) return [];
  const head = ['Device', '#', 'Managed by', 'Goes live at', 'Update', 'Commit'];
  return ['', ...columns(head, rows, colours)];
}

/** Everything that a ticket is parked for, one line each. */
export function attentionLines(name: string, view: TicketView, colours: Colours): string[] {
  const lines = view.parkings.map(
    ({ targetName, reason }) =>
      `${colours.red(`${name} needs attention:`)} ${short(`${whereText(targetName)}${reason}`, 200)}`,
  );
  return view.moreParkings === 0
    ? lines
    : [...lines, colours.red(`${name} needs attention for ${view.moreParkings} more reasons`)];
}

/** The device that a reason is about, in front of it. */
export function whereText(targetName: string | null): string {
  return targetName === null ? '' : `${targetName}: `;
}

function waits({ tickets }: Frame, colours: Colours): string[] {
  const lines = tickets.flatMap(({ ticketId, view }) => {
    if (view === null || view.outcome !== null) return [];
    const facts = [view.itsm?.number, view.epoch > 1 ? `epoch ${view.epoch}` : undefined];
    const known = facts.filter((fact) => fact !== undefined).join(', ');
    const name = `Ticket ${ticketId}${known === '' ? '' : ` (${known})`}`;
    const attention = attentionLines(name, view, colours);
    if (attention.length > 0) return attention;
    return view.waiting === null ? [] : [`${colours.dim(`${name} waits:`)} ${short(view.waiting.what, 120)}`];
  });
  return lines.length === 0 ? [] : ['', ...lines];
}
