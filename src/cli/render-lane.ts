import { toWords } from '../domain/words.js';
import { isReadable, type UnreadableLane } from '../client/contract.js';
import { preflightLines } from '../domain/lane-view.js';
import type { LaneView } from '../domain/view.js';
import { formatBoth, formatRelative } from './instants.js';
import { safe } from './output.js';
import { ignoredSummary } from './render-ignored.js';
import { renderTable } from './table.js';
import { sentence, type Look } from './look.js';

export function renderLanes(lanes: readonly (LaneView | UnreadableLane)[], look: Look): string {
  if (lanes.length === 0)
    return 'There is no lane yet: the first ticket that has something to push starts one.';
  const rows = lanes.map((lane) => {
    if (!isReadable(lane)) {
      const { key, unreadable } = lane;
      return [safe(key, 40), null, look.colours.red(`cannot be read: ${safe(unreadable, 120)}`), null, null];
    }
    return rowOf(lane, look);
  });
  return renderTable(['Key', 'Manager', { title: 'State', min: 20 }, 'Queue', 'Saved, not live'], rows, look);
}

function rowOf(lane: LaneView, look: Look): (string | null)[] {
  return [
    lane.key,
    safe(lane.name, 40),
    stateOf(lane, look),
    String(lane.queue.length),
    lane.ledger.length === 0 ? null : `${lane.ledger.length} (${countOpen(lane)} hinder)`,
  ];
}

function countOpen(lane: LaneView): number {
  return lane.ledger.filter(
    ({ left, state, acceptedBy }) => acceptedBy === null && (left !== null || state === 'unknown'),
  ).length;
}

function stateOf({ paused, push, failures, rests }: LaneView, { colours, nowMs }: Look): string {
  if (push) {
    const tickets = push.tickets
      .slice(0, 5)
      .map((ticketId) => safe(ticketId))
      .join(', ');
    return colours.cyan(
      `push ${push.n} of ${safe(push.target)} for ${tickets}, ${formatRelative(push.sinceMs, nowMs)}`,
    );
  }
  const [failure] = failures;
  if (failure)
    return colours.red(`✗ push ${failure.n} of ${safe(failure.target)} failed: ${safe(failure.message, 80)}`);
  if (paused) return colours.yellow(`paused by ${safe(paused.by)}`);
  if (rests.length === 0) return 'free';
  return rests
    .slice(0, 3)
    .map(({ target, untilMs, why }) => {
      const what = target === null ? 'no push' : `no push of ${safe(target, 40)}`;
      return `${what} until ${formatRelative(untilMs, nowMs)}: ${safe(why, 80)}`;
    })
    .join('; ');
}

export function renderLane(lane: LaneView, look: Look): string {
  const { colours } = look;
  const { paused } = lane;
  const ignored = ignoredSummary(lane.ignored, look);
  return [
    colours.bold(`Lane ${lane.key}  ${safe(lane.name, 80)}`),
    `  ${stateOf(lane, look)}`,
    paused === null
      ? ''
      : `  paused since ${formatBoth(paused.sinceMs, look)}: ${sentence(paused.reason, look, 200)}`,
    ignored === null ? '' : `  ignored: ${ignored}`,
    renderFailures(lane, look),
    renderPreflight(lane, look),
    renderQueue(lane, look),
    renderLedger(lane, look),
    renderPast(lane, look),
  ]
    .filter((section) => section !== '')
    .join('\n\n');
}

function renderFailures({ failures, key }: LaneView, look: Look): string {
  const lines = failures.map(
    ({ n, target, tickets, message }) =>
      `  push ${n} of ${safe(target)} for tickets ${tickets.map((ticketId) => safe(ticketId)).join(', ')}: ${sentence(message, look, 200)}`,
  );
  if (lines.length === 0) return '';
  return [...lines, `  When the cause is gone: sco lane retry ${key} --reason "…"`].join('\n');
}

function renderPreflight({ preflight }: LaneView, look: Look): string {
  if (preflight === null) return '';
  const attention = preflight.doNotFit.length + preflight.hindrances.length > 0;
  const lines = preflightLines(preflight).map((line) => `  ${sentence(line, look, 400)}`);
  return attention ? look.colours.yellow(lines.join('\n')) : lines.join('\n');
}

function renderQueue({ queue }: LaneView, look: Look): string {
  if (queue.length === 0) return 'No ticket waits.';
  const rows = queue.map((place) => [
    String(place.position),
    safe(place.ticketId),
    safe(place.target),
    place.saved ? 'yes' : 'no',
    place.opensAtMs === null ? 'none' : formatBoth(place.opensAtMs, look),
    sentence(place.hinderedBy.join('; '), look, 80),
  ]);
  return renderTable(
    [
      'Place',
      'Ticket',
      'Target',
      { title: 'Saved', leaveOut: 1 },
      { title: 'Window opens', min: 26 },
      'Hindered by',
    ],
    rows,
    look,
  );
}

function renderLedger(lane: LaneView, look: Look): string {
  if (lane.ledger.length === 0) return '';
  const rows = lane.ledger.map((entry) => [
    safe(entry.ticketId),
    safe(entry.target),
    formatBoth(entry.savedAtMs, look),
    entry.left === null ? entry.state : look.colours.red(`✗ ${entry.state}, ticket ${toWords(entry.left)}`),
    safe(entry.acceptedBy),
  ]);
  const columns = ['Saved by ticket', 'Target', { title: 'Saved', min: 26 }, 'State', 'Accepted by'];
  const table = renderTable(columns, rows, look);
  const advice = `Revert them on the manager, or let the next Commit make them live: sco lane accept ${lane.key} --ticket ID --reason "…"`;
  return countOpen(lane) === 0 ? table : `${table}\n${advice}`;
}

function renderPast({ past }: LaneView, look: Look): string {
  if (past.length === 0) return '';
  const rows = past.slice(-10).map((push) => [
    String(push.n),
    formatBoth(push.endedAtMs, look),
    safe(push.target),
    push.tickets
      .slice(0, 8)
      .map((ticketId) => safe(ticketId))
      .join(', '),
    toWords(push.kind),
    sentence(push.result, look, 60),
  ]);
  return renderTable(
    ['Push', { title: 'Ended', min: 26 }, 'Target', 'Tickets', { title: 'Kind', leaveOut: 1 }, 'Result'],
    rows,
    look,
  );
}
