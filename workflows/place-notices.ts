import type { Target } from '../src/domain/provisioning.js';
import { decisionText } from '../src/domain/view.js';
import { LANE_CODES, laneNotice, pushUnknown } from './parking-texts.js';
import type { TicketRun } from './ticket-run.js';
import type { Place } from './ticket-state.js';

/** The place of one target has ended: shows what the others of the ticket wait for. */
export function showOthers(run: TicketRun, ended: string): void {
  const others = run.state.places.filter(({ target }) => target !== ended);
  if (others.length === 0) return;
  showPlaces(run);
  for (const place of others) {
    const target = run.state.targets.find(({ managementId }) => managementId === place.target);
    if (target !== undefined) showNotice(run, target, place);
  }
}

/** Shows what the open targets wait for; returns the text while a push runs. */
export function showPlaces(run: TicketRun): string | null {
  const { state } = run;
  const pushed = state.places.find(({ n }) => n !== null);
  const next = state.window?.next ?? null;
  const minimumMs = state.definition?.window.minimumRemainingMs ?? 0;
  if (pushed !== undefined) {
    const name =
      state.targets.find(({ managementId }) => managementId === pushed.target)?.name ?? pushed.target;
    const what = `push ${pushed.n ?? '-'} changes ${name}`;
    run.display.wait({ for: 'securechange', what, untilMs: null });
    return what;
  }
  if (next !== null && next.opensAtMs > run.engine.nowMs()) {
    const calendar = state.window?.calendar ?? '-';
    run.display.wait({
      for: 'window',
      what: `the change window of calendar ${calendar} opens`,
      untilMs: next.opensAtMs,
    });
  } else if (next !== null && next.closesAtMs - minimumMs <= run.engine.nowMs()) {
    // The lane knows when: only an edit of the calendar is signalled.
    const what = `the next window of calendar ${state.window?.calendar ?? '-'} opens`;
    run.display.wait({ for: 'window', what, untilMs: null });
  } else run.display.wait({ for: 'lane', what: 'the lane starts the push', untilMs: null });
  return null;
}

/** Parks the ticket for what hinders one place, or shows what it waits for. */
export function showNotice(run: TicketRun, target: Target, { notice, question, laneKey, n }: Place): void {
  for (const code of LANE_CODES) run.parkings.end(code, target.managementId);
  if (question !== null) {
    run.display.note(`${target.name}: ${question.message}`);
    run.parkings.show({
      ...pushUnknown(laneKey, n, question.message),
      phase: question.call,
      target: target.managementId,
      lane: `${laneKey}/${n ?? '-'}`,
    });
    run.display.wait({ for: 'operator', what: decisionText(question.message), untilMs: null });
    return;
  }
  if (notice === null) return;
  switch (notice.kind) {
    case 'stopped':
      run.display.wait({
        for: 'start',
        what: `an operator runs sco start: ${notice.message}`,
        untilMs: null,
      });
      return;
    case 'paused':
      run.display.wait({
        for: 'lane',
        what: `an operator resumes the lane: ${notice.message}`,
        untilMs: null,
      });
      return;
    case 'conflict':
      run.display.note(`${target.name}: ${notice.message}`);
      run.display.wait({ for: 'lane', what: `the lane starts the push: ${notice.message}`, untilMs: null });
      return;
    case 'heldBack':
      // The others are what the ticket waits for first.
      if (run.state.places.every((place) => place.notice?.kind === 'heldBack'))
        run.display.wait({ for: 'lane', what: `${target.name}: ${notice.message}`, untilMs: null });
      return;
    case 'busy':
      run.display.wait({ for: 'securechange', what: notice.message, untilMs: null });
      return;
    case 'locked':
      if (notice.isLong === true) break;
      run.display.wait({ for: 'handler', what: `the lock is released: ${notice.message}`, untilMs: null });
      return;
    case 'hindered':
    case 'foreign':
    case 'failed':
    case 'noLeader':
    case 'clockDiffers':
    case 'wentBack':
      break;
  }
  run.display.note(`${target.name}: ${notice.message}`);
  run.parkings.show({
    ...laneNotice(notice.kind, laneKey, `${target.name}: ${notice.message}`),
    phase: 'commit',
    target: target.managementId,
    lane: laneKey,
    ...(notice.seen !== undefined && { seen: notice.seen }),
  });
  run.display.wait({ for: 'ledger', what: decisionText(notice.message), untilMs: null });
}
