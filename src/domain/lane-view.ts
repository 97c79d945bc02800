import { automaticNow, automaticText } from './automatic-push.js';
import { conflictsBefore, conflictText } from './conflicts.js';
import type { LaneState, QueuedEnrolment } from './lane.js';
import { inOrder, restOf } from './lane-order.js';
import { expectedPushMs } from './usual-lengths.js';
import { blockedForeign, codeOf, judgeForeign, type ForeignRecord } from './foreign.js';
import { hindrancesByTarget, isAccepted, type Hindrance } from './ledger.js';
import { heldBackBy, heldBackText } from './partial-failure.js';
import { preflightOf, type Preflight } from './preflight.js';
import { memberKey } from './push.js';
import type { LaneView } from './view.js';
import { cleanCode, cleanMarkdown, detailsPage } from './clean-text.js';
import { toWords } from './words.js';
import { durationText } from './duration-text.js';
import { ignoredText, shownIgnored } from './ignored.js';
import { instantText } from './instant-text.js';

const QUEUE_SHOWN = 200;

/** The view of a lane for clients: what it will push, with which tickets, when, and what it waits for. */
export function laneViewOf(state: LaneState, nowMs: number): LaneView {
  const { push } = state;
  const hindrancesFor = hindrancesByTarget(state, nowMs);
  const ordered = inOrder(state);
  return {
    key: state.key,
    name: state.name,
    owner: state.manager.owner,
    paused: state.paused,
    push:
      push === null
        ? null
        : {
            n: push.n,
            kind: push.kind,
            target: push.targetName,
            tickets: push.members.map(({ ticketId }) => ticketId),
            sinceMs: push.startedAtMs,
            begun: push.begun.length > 0,
          },
    failures: state.failures.map(({ n, targetName, tickets, message, atMs }) => ({
      n,
      target: targetName,
      tickets,
      message,
      atMs,
    })),
    rests: restsOf(state, nowMs),
    expectedPushMs: expectedPushMs(state),
    preflight: preflightOf(state, nowMs),
    alerts: [...state.alerts].reverse(),
    overrides: shownOverrides(state),
    foreign: state.foreign.map((record) => foreignView(record, nowMs)),
    queue: ordered.slice(0, QUEUE_SHOWN).map((place, index) => ({
      position: index + 1,
      ticketId: place.ticketId,
      target: place.targetName,
      saved: place.saved,
      opensAtMs: nextOpening(place, nowMs),
      hinderedBy: [
        ...(place.kind === 'commit' ? namesOf(hindrancesFor(place)) : []),
        ...heldBackOf(state, place),
        ...conflictsBefore(state, place, ordered)
          .slice(0, 10)
          .map((one) => `${conflictText([one])} goes first`),
      ],
    })),
    ledger: state.ledger.map((entry) => ({
      ticketId: entry.ticketId,
      target: entry.targetName,
      savedAtMs: entry.savedAtMs,
      state: entry.state,
      left: entry.left?.because ?? null,
      path: entry.path,
      acceptedBy: isAccepted(entry, state.queue) ? (entry.accepted?.by ?? null) : null,
    })),
    ...shownIgnored(state.ignored),
    past: state.past.slice(-20).map(({ n, kind, targetName, tickets, result, startedAtMs, endedAtMs }) => ({
      n,
      kind,
      target: targetName,
      tickets,
      result,
      startedAtMs,
      endedAtMs,
    })),
  };
}

function heldBackOf(state: LaneState, place: QueuedEnrolment): readonly string[] {
  const held = heldBackBy(state, place);
  return held === null ? [] : [heldBackText(held)];
}

/** All whose review is open, and the newest others. */
function shownOverrides({ overrides }: LaneState): LaneView['overrides'] {
  const closed = overrides.filter(({ review }) => review !== null).slice(-5);
  return overrides
    .filter((one) => one.review === null || closed.includes(one))
    .map(({ key, ticketId, by, confirmedBy, reason, atMs, used, review }) => ({
      key,
      ticketId,
      by,
      confirmedBy,
      reason,
      atMs,
      used: used.length > 0,
      review,
    }));
}

function restsOf(state: LaneState, nowMs: number): LaneView['rests'] {
  const automatic = automaticNow(state, nowMs);
  const rests = state.rests.flatMap(({ target }) => {
    const rest = restOf(state, target, nowMs);
    if (rest === null) return [];
    const { untilMs, why } = rest;
    return { target: target === null ? null : targetNameOf(state, target), untilMs, why };
  });
  return automatic === null
    ? rests
    : [{ target: null, untilMs: automatic.untilMs, why: automaticText(automatic) }, ...rests];
}

function foreignView(record: ForeignRecord, nowMs: number): LaneView['foreign'][number] {
  const { target, targetName, atMs, check, accepted } = record;
  const { kind, text } = judgeForeign(check, accepted, nowMs);
  return {
    targetId: target,
    target: targetName,
    state: record.isLive === true && kind === 'blocked' ? 'accepted' : kind,
    text,
    atMs,
    seen: codeOf(check.seen),
    acceptedUntilMs: accepted?.untilMs ?? null,
  };
}

/** A saved change that hinders Commits until a person decides. */
export function needsDecision({ left, state, acceptedBy }: LaneView['ledger'][number]): boolean {
  return acceptedBy === null && (left !== null || state === 'unknown');
}

/** What a person types to accept it. */
export function acceptForeignHint(laneKey: string, { targetId, seen }: LaneView['foreign'][number]): string {
  return `sco lane accept-foreign ${laneKey} --target ${targetId} --seen ${seen} --reason "…"`;
}

function targetNameOf({ queue }: LaneState, target: string): string {
  return queue.find((place) => place.target === target)?.targetName ?? target;
}

function nextOpening({ window }: QueuedEnrolment, nowMs: number): number | null {
  const next = window.intervals.find((interval) => interval.closesAtMs > nowMs);
  return next === undefined ? null : Math.max(next.opensAtMs, nowMs);
}

function namesOf(hindrances: readonly Hindrance[]): readonly string[] {
  return hindrances.slice(0, 10).map((one) => `ticket ${one.ticketId} on ${one.targetName}: ${one.message}`);
}

/** The lane waits for a decision of an operator. */
export function laneNeedsAttention(state: LaneState, nowMs: number): boolean {
  const enrolled = new Set(state.queue.map(({ target }) => target));
  return (
    state.failures.length > 0 ||
    state.paused?.wentBack === true ||
    state.foreign.some(
      ({ target }) => enrolled.has(target) && blockedForeign(state, target, nowMs) !== null,
    ) ||
    state.ledger.some(
      (entry) =>
        !isAccepted(entry, state.queue) &&
        (entry.left !== null || entry.state === 'unknown') &&
        !ridesNow(state, memberKey(entry)) &&
        automaticNow(state, nowMs)?.ticketId !== entry.ticketId,
    )
  );
}

function ridesNow(state: LaneState, key: string): boolean {
  return state.push?.members.some((member) => memberKey(member) === key) ?? false;
}

/** In sentences, for terminal and Web UI. */
export function preflightLines(preflight: Preflight): readonly string[] {
  const { opensAtMs, closesAtMs, tickets, saves, pushes, needsMs, availableMs } = preflight;
  const when = preflight.isOpen
    ? `Window open until ${instantText(closesAtMs)}`
    : `Next window ${instantText(opensAtMs)} to ${instantText(closesAtMs)}`;
  const lines = [
    `${when}: ${tickets.length} ticket(s), ${saves} Update(s) to save, ${pushes} push(es)`,
    `Estimated time: ${durationText(needsMs)} of ${durationText(availableMs)}`,
  ];
  if (preflight.doNotFit.length > 0)
    lines.push(`Probably does not fit into the window: ticket ${preflight.doNotFit.join(', ')}`);
  if (preflight.hindrances.length > 0) lines.push(`Now hindered: ${preflight.hindrances.join('; ')}`);
  return lines;
}

/** Markdown for the Web UI. */
export function laneDetails(state: LaneState, nowMs: number): string {
  const view = laneViewOf(state, nowMs);
  const plain = (text: string): string => cleanMarkdown(text, 100);
  const lines = [`**Lane of ${plain(view.name)}** (${plain(view.key)})`];
  if (view.paused) lines.push('', `Paused by ${plain(view.paused.by)}: ${plain(view.paused.reason)}`);
  for (const failure of view.failures.slice(0, 10))
    lines.push(
      '',
      `**Needs attention**: push ${failure.n} of ${plain(failure.target)} failed: ${plain(failure.message)}`,
      '',
      `* ${cleanCode(`sco lane retry ${view.key} --reason "…"`)}`,
    );
  if (view.push) {
    const seconds = Math.round((nowMs - view.push.sinceMs) / 1000);
    lines.push(
      '',
      `Push ${view.push.n} (${toWords(view.push.kind)}) of ${plain(view.push.target)} for ${view.push.tickets.length} ticket(s), ${seconds} s`,
    );
  }
  for (const { target, untilMs, why } of view.rests) {
    const what = target === null ? 'No push' : `No push of ${plain(target)}`;
    lines.push('', `${what} before ${instantText(untilMs)}: ${plain(why)}`);
  }
  for (const line of view.preflight === null ? [] : preflightLines(view.preflight))
    lines.push('', cleanMarkdown(line, 400));
  const [alert] = view.alerts;
  if (alert !== undefined && alert.opensAtMs > nowMs) {
    lines.push('', `Alert for ${plain(alert.owner ?? 'no named owner')} at ${instantText(alert.atMs)}:`, '');
    for (const line of alert.lines) lines.push(`* ${cleanMarkdown(line, 400)}`);
    if (alert.sent !== null) lines.push(`* ${cleanMarkdown(alert.sent, 200)}`);
  }
  for (const one of view.foreign.filter(({ state: kind }) => kind !== 'none' && kind !== 'allowed')) {
    const what = one.state === 'blocked' ? '**Needs attention**: changes' : 'Changes';
    lines.push(
      '',
      `${what} of others on ${plain(one.target)}, ${one.state}: ${cleanMarkdown(one.text, 400)}`,
    );
    if (one.state === 'blocked') lines.push('', `* ${cleanCode(acceptForeignHint(view.key, one))}`);
  }
  if (view.queue.length > 0) {
    lines.push(
      '',
      '| # | Ticket | Target | Saved | Opens at | Hindered by |',
      '| --- | --- | --- | --- | --- | --- |',
    );
    for (const place of view.queue.slice(0, 30)) {
      const opens = place.opensAtMs === null ? '' : instantText(place.opensAtMs);
      lines.push(
        `| ${place.position} | ${plain(place.ticketId)} | ${plain(place.target)} | ${place.saved ? 'yes' : 'no'} | ${opens} | ${plain(place.hinderedBy.join('; '))} |`,
      );
    }
  }
  if (view.ledger.length > 0) {
    lines.push(
      '',
      'Saved, not known to be live:',
      '',
      '| Ticket | Target | Saved at | State |',
      '| --- | --- | --- | --- |',
    );
    for (const entry of view.ledger.slice(0, 30)) {
      const state_ = entry.left === null ? entry.state : `${entry.state}, ticket ${toWords(entry.left)}`;
      const accepted = entry.acceptedBy === null ? '' : `, accepted by ${plain(entry.acceptedBy)}`;
      lines.push(
        `| ${plain(entry.ticketId)} | ${plain(entry.target)} | ${instantText(entry.savedAtMs)} | ${state_}${accepted} |`,
      );
    }
  }
  const ignored = ignoredText(state.ignored);
  if (ignored !== null) lines.push('', plain(ignored));
  return detailsPage([lines.join('\n')]);
}
