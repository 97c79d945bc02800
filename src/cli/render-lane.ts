import { toWords } from '../audit/plain-words.js';
import { isReadable, type UnreadableLane } from '../client/contract.js';
import type { LaneView } from '../domain/view.js';
import { formatBoth, formatRelative } from './instants.js';
import { safe } from './output.js';
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
  return renderTable(
    ['Key', 'Manager', { title: 'State', min: 20 }, 'Queue', 'Saved, not pushed'],
    rows,
    look,
  );
}

function rowOf(lane: LaneView, look: Look): (string | null)[] {
  return [
    lane.key,
    safe(lane.name, 40),
    stateOf(lane, look),
    String(lane.queue.length),
    lane.ledger.length === 0 ? null : `${lane.ledger.length} (${countDead(lane)} of ended tickets)`,
  ];
}

function countDead(lane: LaneView): number {
  return lane.ledger.filter(({ state }) => state === 'dead').length;
}

function stateOf({ paused, pushing }: LaneView, { colours, nowMs }: Look): string {
  if (pushing) {
    const verb = pushing.begun ? 'pushing' : 'granted to';
    return colours.cyan(
      `${verb} ${safe(pushing.ticketId)} ${safe(pushing.target)}, ${formatRelative(pushing.sinceMs, nowMs)}`,
    );
  }
  return paused ? colours.yellow(`paused by ${safe(paused.by)}`) : 'free';
}

export function renderLane(lane: LaneView, look: Look): string {
  const { colours } = look;
  const { paused } = lane;
  return [
    colours.bold(`Lane ${lane.key}  ${safe(lane.name, 80)}`),
    `  ${stateOf(lane, look)}`,
    paused === null
      ? ''
      : `  paused since ${formatBoth(paused.sinceMs, look)}: ${sentence(paused.reason, look, 200)}`,
    renderQueue(lane, look),
    renderLedger(lane, look),
    renderRecent(lane, look),
  ]
    .filter((section) => section !== '')
    .join('\n\n');
}

function renderQueue({ queue }: LaneView, look: Look): string {
  if (queue.length === 0) return 'No ticket waits.';
  const rows = queue.map((place) => [
    String(place.position),
    safe(place.ticketId),
    safe(place.target),
    toWords(place.kind),
    place.opensAtMs === null ? 'no window needed' : formatBoth(place.opensAtMs, look),
    sentence(place.blockedBy, look, 80),
  ]);
  return renderTable(
    [
      'Place',
      'Ticket',
      'Target',
      { title: 'Push', leaveOut: 1 },
      { title: 'Window opens', min: 26 },
      'Blocked by',
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
    entry.state === 'dead' ? look.colours.red('✗ ticket ended') : entry.state,
    safe(entry.acceptedBy),
  ]);
  const columns = ['Saved by ticket', 'Target', { title: 'Saved', min: 26 }, 'State', 'Accepted by'];
  const table = renderTable(columns, rows, look);
  const advice = `Revert them on the manager, or let the next Commit carry them: sco lane accept ${lane.key} --reason "…"`;
  return countDead(lane) === 0 ? table : `${table}\n${advice}`;
}

function renderRecent({ recent }: LaneView, look: Look): string {
  if (recent.length === 0) return '';
  const rows = recent
    .slice(-10)
    .map((push) => [
      formatBoth(push.atMs, look),
      safe(push.ticketId),
      safe(push.target),
      toWords(push.kind),
      sentence(push.result, look, 60),
    ]);
  return renderTable([{ title: 'Pushed', min: 26 }, 'Ticket', 'Target', 'Push', 'Result'], rows, look);
}
