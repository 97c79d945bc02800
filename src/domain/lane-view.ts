import { cleanMarkdown, SPARE_LINE } from './clean-text.js';
import { instantText } from './instant-text.js';
import { ignoredText, shownIgnored } from './ignored.js';
import { blockingLedger, type LaneState } from './lane.js';
import { toWords } from './words.js';
import type { LaneView } from './view.js';

const QUEUE_SHOWN = 200;

/** Position, blocker and estimate of everybody in the lane: clients read it here, it is never pushed to tickets. */
export function laneViewOf(state: LaneState): LaneView {
  const ordered = [...state.queue].sort((a, b) => a.priority - b.priority || a.seq - b.seq);
  const { grant } = state;
  return {
    key: state.key,
    name: state.name,
    paused: state.paused,
    pushing:
      grant === null
        ? null
        : {
            ticketId: grant.enrolment.ticketId,
            target: grant.enrolment.targetName,
            sinceMs: grant.begun?.atMs ?? grant.grantedAtMs,
            begun: grant.begun !== null,
          },
    queue: ordered.slice(0, QUEUE_SHOWN).map((enrolment, index) => {
      const blockers = blockingLedger(state, enrolment);
      return {
        position: index + 1,
        ticketId: enrolment.ticketId,
        target: enrolment.targetName,
        kind: enrolment.kind,
        opensAtMs: enrolment.window?.intervals[0]?.opensAtMs ?? null,
        blockedBy:
          blockers.length > 0
            ? `saved Update of ended ticket ${blockers.map((entry) => entry.ticketId).join(', ')}`
            : null,
      };
    }),
    ledger: state.ledger.map(({ ticketId, targetName, savedAtMs, state: entryState, acceptedBy }) => ({
      ticketId,
      target: targetName,
      savedAtMs,
      state: entryState,
      acceptedBy,
    })),
    ...shownIgnored(state.ignored),
    recent: state.recent,
  };
}

/** Markdown for the Web UI. */
export function laneDetails(state: LaneState, nowMs: number): string {
  const view = laneViewOf(state);
  const plain = (text: string): string => cleanMarkdown(text, 100);
  const lines = [`**Lane of ${plain(view.name)}** (${plain(view.key)})`];
  if (view.paused) lines.push('', `Paused by ${plain(view.paused.by)}: ${plain(view.paused.reason)}`);
  if (view.pushing) {
    const seconds = Math.round((nowMs - view.pushing.sinceMs) / 1000);
    lines.push(
      '',
      `${view.pushing.begun ? 'Pushing' : 'Turn of'} ticket ${view.pushing.ticketId} on ${plain(view.pushing.target)} (${seconds} s)`,
    );
  }
  if (view.queue.length > 0) {
    lines.push(
      '',
      '| # | Ticket | Target | Push | Opens at | Blocked by |',
      '| --- | --- | --- | --- | --- | --- |',
    );
    for (const entry of view.queue.slice(0, 30)) {
      const opens = entry.opensAtMs === null ? '' : instantText(entry.opensAtMs);
      lines.push(
        `| ${entry.position} | ${entry.ticketId} | ${plain(entry.target)} | ${toWords(entry.kind)} | ${opens} | ${plain(entry.blockedBy ?? '')} |`,
      );
    }
  }
  if (view.ledger.length > 0) {
    lines.push(
      '',
      'Saved and not pushed:',
      '',
      '| Ticket | Target | Saved at | State |',
      '| --- | --- | --- | --- |',
    );
    for (const entry of view.ledger.slice(0, 30)) {
      const accepted = entry.acceptedBy === null ? '' : ` by ${plain(entry.acceptedBy)}`;
      lines.push(
        `| ${entry.ticketId} | ${plain(entry.target)} | ${instantText(entry.savedAtMs)} | ${toWords(entry.state)}${accepted} |`,
      );
    }
  }
  const ignored = ignoredText(state.ignored);
  if (ignored !== null) lines.push('', plain(ignored));
  // The page cuts its last line.
  return [...lines, '', SPARE_LINE].join('\n');
}
