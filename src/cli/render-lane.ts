import { toWords } from '../domain/words.js';
import { isReadable, type UnreadableLane } from '../../packages/client/src/contract.js';
import { acceptForeignHint, needsDecision, preflightLines } from '../domain/lane-view.js';
import type { LaneView } from '../domain/view.js';
import { firstFew } from './first-few.js';
import { durationText, formatRelative } from '../domain/duration-text.js';
import { formatBoth } from './instants.js';
import { safe } from './output.js';
import { ignoredSummary } from './render-ignored.js';
import { renderReviews } from './render-overrides.js';
import { renderTable } from './table.js';
import { sentence, type Style } from './style.js';

export function renderLanes(lanes: readonly (LaneView | UnreadableLane)[], style: Style): string {
  if (lanes.length === 0)
    return 'There is no lane yet: the first ticket that has something to push starts one.';
  const rows = lanes.map((lane) => {
    if (!isReadable(lane)) {
      const { key, unreadable } = lane;
      return [safe(key, 40), null, style.colours.red(`cannot be read: ${safe(unreadable, 120)}`), null, null];
    }
    return rowOf(lane, style);
  });
  return renderTable(
    ['Key', 'Manager', { title: 'State', min: 20 }, 'Queue', 'Saved, not live'],
    rows,
    style,
  );
}

function rowOf(lane: LaneView, style: Style): (string | null)[] {
  return [
    lane.key,
    safe(lane.name, 40),
    stateOf(lane, style),
    String(lane.queue.length),
    lane.ledger.length === 0 ? null : `${lane.ledger.length} (${countOpen(lane)} must be decided)`,
  ];
}

function countOpen(lane: LaneView): number {
  return lane.ledger.filter(needsDecision).length;
}

function stateOf({ paused, push, failures, rests }: LaneView, { colours, nowMs }: Style): string {
  if (push) {
    const tickets = firstFew(
      push.tickets.map((ticketId) => safe(ticketId)),
      5,
    );
    return colours.cyan(
      `push ${push.n} of ${safe(push.target)} for ${tickets}, ${formatRelative(push.sinceMs, nowMs)}`,
    );
  }
  const [failure] = failures;
  if (failure)
    return colours.red(`✗ push ${failure.n} of ${safe(failure.target)} failed: ${safe(failure.message, 80)}`);
  if (paused) return colours.yellow(`paused by ${safe(paused.by)}`);
  // The lane has computed them when it had its last message.
  const present = rests.filter(({ untilMs }) => untilMs > nowMs);
  if (present.length === 0) return 'idle';
  return firstFew(
    present.map(({ target, untilMs, why }) => {
      const what = target === null ? 'no push' : `no push of ${safe(target, 40)}`;
      return `${what} for another ${durationText(untilMs - nowMs)}: ${safe(why, 80)}`;
    }),
    3,
    '; ',
  );
}

/** What is requested, by ticket; a lane does not know it. */
type Subjects = ReadonlyMap<string, string | null>;

export function renderLane(lane: LaneView, subjects: Subjects, style: Style): string {
  const { colours } = style;
  const { paused } = lane;
  const ignored = ignoredSummary(lane.ignored, style);
  return [
    colours.bold(`Lane ${lane.key}  ${safe(lane.name, 80)}`),
    `  ${stateOf(lane, style)}`,
    paused === null
      ? ''
      : `  paused since ${formatBoth(paused.sinceMs, style)}: ${sentence(paused.reason, style, 200)}`,
    ignored === null ? '' : `  ignored: ${ignored}`,
    renderFailures(lane, style),
    renderForeign(lane, style),
    renderPreflight(lane, style),
    renderAlerts(lane, style),
    renderReviews(lane, style),
    renderQueue(lane, subjects, style),
    renderLedger(lane, style),
    renderPast(lane, style),
  ]
    .filter((section) => section !== '')
    .join('\n\n');
}

function renderFailures({ failures, key }: LaneView, style: Style): string {
  const lines = failures.map(
    ({ n, target, tickets, message }) =>
      `  push ${n} of ${safe(target)} for tickets ${tickets.map((ticketId) => safe(ticketId)).join(', ')}: ${sentence(message, style, 200)}`,
  );
  if (lines.length === 0) return '';
  return [...lines, `  After the cause is repaired: sco lane retry ${key} --reason "…"`].join('\n');
}

function renderForeign({ foreign, key }: LaneView, style: Style): string {
  return foreign
    .flatMap((one) => {
      const until =
        one.state === 'accepted' && one.acceptedUntilMs !== null
          ? `, until ${formatBoth(one.acceptedUntilMs, style)}`
          : '';
      const line = `  Changes of others on ${safe(one.target, 40)}, ${one.state}${until}, seen ${formatRelative(one.atMs, style.nowMs)}: ${sentence(one.text, style, 300)}`;
      if (one.state !== 'blocked') return [line];
      return [
        style.colours.red(line),
        `  To accept exactly these, for one Commit: ${acceptForeignHint(key, one)}`,
      ];
    })
    .join('\n');
}

function renderPreflight({ preflight }: LaneView, style: Style): string {
  if (preflight === null) return '';
  const attention = preflight.doNotFit.length + preflight.hindrances.length > 0;
  const lines = preflightLines(preflight).map((line) => `  ${sentence(line, style, 400)}`);
  return attention ? style.colours.yellow(lines.join('\n')) : lines.join('\n');
}

function renderAlerts({ alerts }: LaneView, style: Style): string {
  const [newest] = alerts;
  if (newest === undefined) return '';
  const { atMs, owner, lines, sent } = newest;
  return [
    `Alert for ${owner === null ? 'no named owner' : safe(owner)}, ${formatBoth(atMs, style)}:`,
    ...lines.map((line) => `  ${sentence(line, style, 400)}`),
    ...(sent === null ? [] : [`  ${sentence(sent, style, 200)}`]),
  ].join('\n');
}

function renderQueue({ queue }: LaneView, subjects: Subjects, style: Style): string {
  if (queue.length === 0) return 'No ticket waits.';
  const rows = queue.map((place) => [
    String(place.position),
    safe(place.ticketId),
    sentence(subjects.get(place.ticketId) ?? null, style, 40),
    safe(place.target),
    place.saved ? 'yes' : 'no',
    place.opensAtMs === null ? 'none' : formatBoth(place.opensAtMs, style),
    sentence(place.hinderedBy.join('; '), style, 80),
  ]);
  return renderTable(
    [
      'Place',
      'Ticket',
      { title: 'Subject', min: 12, leaveOut: 2 },
      'Target',
      { title: 'Saved', leaveOut: 1 },
      { title: 'Window opens', min: 26 },
      'Hindered by',
    ],
    rows,
    style,
  );
}

function renderLedger(lane: LaneView, style: Style): string {
  if (lane.ledger.length === 0) return '';
  const rows = lane.ledger.map((entry) => [
    safe(entry.ticketId),
    safe(entry.target),
    formatBoth(entry.savedAtMs, style),
    entry.left === null ? entry.state : style.colours.red(`✗ ${entry.state}, ticket ${toWords(entry.left)}`),
    safe(entry.acceptedBy),
  ]);
  const columns = ['Saved by ticket', 'Target', { title: 'Saved', min: 26 }, 'State', 'Accepted by'];
  const table = renderTable(columns, rows, style);
  const advice = `Revert them on the manager, or let the next Commit make them live: sco lane accept ${lane.key} --ticket ID --reason "…"`;
  return countOpen(lane) === 0 ? table : `${table}\n${advice}`;
}

function renderPast({ past }: LaneView, style: Style): string {
  if (past.length === 0) return '';
  const rows = past.slice(-10).map((push) => [
    String(push.n),
    formatBoth(push.endedAtMs, style),
    safe(push.target),
    firstFew(
      push.tickets.map((ticketId) => safe(ticketId)),
      8,
    ),
    toWords(push.kind),
    sentence(push.result, style, 60),
  ]);
  return renderTable(
    ['Push', { title: 'Ended', min: 26 }, 'Target', 'Tickets', { title: 'Kind', leaveOut: 1 }, 'Result'],
    rows,
    style,
  );
}
