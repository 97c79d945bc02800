import type { Code } from '../src/domain/codes.js';
import type { WayOut } from '../src/domain/commands.js';
import type { LeftBecause } from '../src/domain/lane.js';
import { LOCKED_TRIES_BEFORE_PARKING } from '../src/domain/lane-order.js';
import type { MemberResult } from '../src/domain/push.js';
import type { Target } from '../src/domain/provisioning.js';
import { decisionText } from '../src/domain/view.js';
import { requireApproval } from './assess.js';
import { readPushResult } from './push-result.js';
import type { TicketRun } from './ticket-run.js';
import type { Place, TicketState } from './ticket-state.js';
import { recordLive } from './went-live.js';

// A target enrols in its lane once for Update and Commit, waits without a timer, and leaves with an answer of the lane.

const PRIORITIES: Readonly<Record<string, number>> = { Critical: 1, High: 2, Normal: 3, Low: 4 };

/** What a target's step needs from its lane: the change live, or only its Update saved. */
export type Wants = Place['wants'];

/** Enrols targets in their lanes, long before the window; a target with a place keeps it. Parks when no window opens. */
export async function takePlaces(run: TicketRun, targets: readonly Target[], wants: Wants): Promise<void> {
  const { state } = run;
  for (
    let missing = targets.filter((target) => placeOf(state, target)?.enrolled !== true);
    missing.length > 0;
  ) {
    const { requestDigest, riskDigest, designDigest } = await requireApproval(run);
    const { window } = run.definition;
    const { stepInstance, requestField } = run.stepRef();
    for (const { managementId: target, laneKey } of missing) {
      // Before the call: the push may start before the activity returns.
      dropPlace(state, target);
      state.places.push({
        laneKey,
        target,
        wants,
        enrolled: false,
        n: null,
        result: null,
        notice: null,
        missed: false,
        question: null,
      });
    }
    state.lastPlaceNumber = Math.max(run.engine.nowMs(), state.lastPlaceNumber + 1);
    const placeNumber = state.lastPlaceNumber;
    state.lanes = [...new Set([...state.lanes, ...missing.map(({ laneKey }) => laneKey)])];
    const items = missing.map((target) => ({
      target: target.managementId,
      targetName: target.name,
      path: target.path,
      laneKey: target.laneKey,
      laneName: target.laneName,
      kind: target.enforcedBy === 'commit' ? ('commit' as const) : ('enforcingUpdate' as const),
      wants,
      saved: target.update === 'done' || target.update === 'notNeeded',
      hasSaved: target.enforcedBy === 'commit' && target.update === 'done',
      mayLead: target.commitBy === 'automatic',
      instructionDigest: target.instructionDigest,
      commitBaseline: target.commitBaseline,
      vendor: target.vendor,
      domain: target.domain ?? null,
    }));
    const { outlooks } = await run.read('enrol', { phase: 'changeWindow' }, () => ({
      ticketId: state.ticketId,
      workflow: run.definition.workflow,
      epoch: state.epoch,
      priority: PRIORITIES[state.priority] ?? 3,
      placeNumber,
      items,
      claim: {
        stepInstance,
        stepName: state.stepName ?? '-',
        requestField,
        taskAccess: run.definition.taskAccess,
        adopted: state.adopted,
        requestDigest,
        riskDigest,
        designDigest,
        approval: state.approval,
      },
      saves: run.definition.saveUpdates,
      window,
    }));
    for (const place of state.places) {
      if (missing.some(({ managementId }) => managementId === place.target)) place.enrolled = true;
    }
    const first = outlooks.find((outlook) => outlook.next !== null);
    if (first) {
      const { calendar, zone, next, openEnded } = first;
      state.window = { calendar, zone, next, ...(openEnded === true && { openEnded }) };
    }
    const none = outlooks.filter((outlook) => outlook.next === null);
    missing = missing.filter(({ managementId }) =>
      none.some(({ targets }) => targets.includes(managementId)),
    );
    for (const target of missing) dropPlace(state, target.managementId);
    run.display.publish();
    if (missing.length === 0) return;
    const code = none.flatMap((outlook) => outlook.code ?? [])[0];
    const reasons = none.flatMap(({ noneReason }) => (noneReason === null ? [] : [noneReason]));
    await run.parkings.park({
      code: code ?? 'window.none',
      phase: 'changeWindow',
      reason:
        code !== undefined
          ? reasons.join('; ')
          : `no opening of calendar ${none.map(({ calendar }) => calendar).join(', ')} within ${window.horizonDays} days`,
      advice:
        code === undefined
          ? 'edit the calendar, then retry'
          : 'correct the dates in the ITSM change, then retry',
      evidence: reasons.join('; '),
      ways: ['retry', 'abort'],
    });
  }
}

export type PlaceEnd =
  | { readonly kind: 'result'; readonly n: number; readonly result: MemberResult }
  /** The place is gone: its windows are over, or the ticket was held. */
  | { readonly kind: 'out' };

/** Waits until the place has a result or is gone. Shows what hinders it, with the ways out. */
export async function awaitPlace(run: TicketRun, target: Target, leaving = false): Promise<PlaceEnd> {
  const { engine, state } = run;
  const id = target.managementId;
  const current = (): Place | undefined => state.places.find((place) => place.target === id);
  let shown: string | null = null;
  let shownPush: string | null = null;
  /** The push that it asked to leave when it was held: a call that is begun carries it to its end. */
  let asked: number | null = null;
  const mustLeave = ({ n }: Place): boolean => state.held !== null && !leaving && (n === null || n !== asked);
  try {
    for (;;) {
      const place = current();
      if (place === undefined) return { kind: 'out' };
      if (place.result !== null && place.n !== null) {
        const end = await readResult(run, target, place, place.n, place.result);
        if (end !== 'waits') return end;
        continue;
      }
      if (leaving && place.n === null) dropPlace(state, id);
      if (place.missed) {
        dropPlace(state, id);
        return { kind: 'out' };
      }
      if (mustLeave(place)) {
        asked = place.n;
        await leavePlaces(run, id, 'held');
        continue;
      }
      const text = place.question?.message ?? place.notice?.message ?? null;
      shownPush = showPlaces(run);
      if (text !== shown || text !== null) showNotice(run, target, place);
      shown = text;
      const { n, notice, question } = place;
      await engine.condition(() => {
        const now = current();
        return (
          now === undefined ||
          now.result !== null ||
          now.missed ||
          now.n !== n ||
          now.notice !== notice ||
          now.question !== question ||
          mustLeave(now)
        );
      });
    }
  } finally {
    for (const code of PLACE_CODES) run.parkings.end(code, id);
    // The other targets of the ticket wait on.
    if (shownPush !== null && state.waiting?.what === shownPush) showOthers(run, id);
  }
}

/** Every caller can signal a result: only what the lane or the push has counts, and the number of no other push is noted. */
async function readResult(
  run: TicketRun,
  { managementId, name }: Target,
  place: Place,
  n: number,
  said: MemberResult,
): Promise<PlaceEnd | 'waits'> {
  const { laneKey } = place;
  const result = await readPushResult(run, { laneKey, n, target: managementId, targetName: name, said });
  if (result.kind === 'waits') {
    // A true result may have been signalled meanwhile.
    if (place.n === n && place.result === said) {
      place.n = result.n;
      place.result = null;
    }
    return 'waits';
  }
  dropPlace(run.state, managementId);
  if (result.kind === 'none') return { kind: 'out' };
  run.state.readPushes = { ...run.state.readPushes, [managementId]: n };
  return { kind: 'result', n, result };
}

function showNotice(run: TicketRun, target: Target, { notice, question, laneKey, n }: Place): void {
  for (const code of PLACE_CODES) run.parkings.end(code, target.managementId);
  if (question !== null) {
    run.display.note(`${target.name}: ${question.message}`);
    run.parkings.show({
      code: 'push.unknown',
      phase: question.call,
      target: target.managementId,
      reason: question.message,
      evidence: `push ${n ?? '-'} of lane ${laneKey}`,
      ways: ['decideUnknownPush', 'abort'],
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
    case 'busy':
      run.display.wait({ for: 'securechange', what: notice.message, untilMs: null });
      return;
    case 'locked':
      if (notice.tries > LOCKED_TRIES_BEFORE_PARKING) break;
      run.display.wait({ for: 'handler', what: `the lock is released: ${notice.message}`, untilMs: null });
      return;
    case 'hindered':
    case 'foreign':
    case 'failed':
    case 'noLeader':
    case 'clockDiffers':
      break;
  }
  const { code, ways } = PARKED_NOTICES[notice.kind];
  run.display.note(`${target.name}: ${notice.message}`);
  run.parkings.show({
    code,
    phase: 'commit',
    target: target.managementId,
    reason: `${target.name}: ${notice.message}`,
    evidence: `lane ${laneKey}: sco lane show ${laneKey}`,
    ways,
    lane: laneKey,
    ...(notice.seen !== undefined && { seen: notice.seen }),
  });
  run.display.wait({ for: 'ledger', what: decisionText(notice.message), untilMs: null });
}

const PARKED_NOTICES: Readonly<
  Record<
    'hindered' | 'foreign' | 'failed' | 'locked' | 'noLeader' | 'clockDiffers',
    { code: Code; ways: readonly WayOut['command'][] }
  >
> = {
  hindered: { code: 'lane.hindered', ways: ['acceptLedger', 'abort'] },
  foreign: { code: 'lane.foreign_change', ways: ['acceptForeign', 'abort'] },
  failed: { code: 'lane.push_failed', ways: ['retryPush', 'abort'] },
  locked: { code: 'lane.locked', ways: ['abort'] },
  noLeader: { code: 'lane.no_leader', ways: ['completeManual', 'abort'] },
  clockDiffers: { code: 'lane.clock_differs', ways: ['abort'] },
};

/** Codes of all parkings of a place. */
const PLACE_CODES: readonly Code[] = [
  ...Object.values(PARKED_NOTICES).map(({ code }) => code),
  'push.unknown',
];

/**
 * Leaves the lane with one target, or all lanes with all targets. Where a call is begun it waits for the result: the ticket
 * enters no other step, and does not close, before the result is in its state.
 */
export async function leavePlaces(
  run: TicketRun,
  target: string | null,
  because: LeftBecause,
): Promise<void> {
  const { state } = run;
  const laneKeys = [
    ...new Set([
      ...state.places
        .filter((place) => target === null || place.target === target)
        .map(({ laneKey }) => laneKey),
      ...(target === null ? state.lanes : []),
    ]),
  ];
  // A ticket whose changes are live has nothing in a lane.
  if (laneKeys.length === 0 || (state.places.length === 0 && !state.targets.some(isSavedOnly))) return;
  const { ticketId, lastPlaceNumber: upTo } = state;
  const { rides } = await run.read(
    'leaveLanes',
    { phase: null, runsWhileHeld: true, runsToItsEnd: true },
    () => ({
      ticketId,
      laneKeys,
      target,
      because,
      upTo,
    }),
  );
  for (const place of [...state.places]) {
    if (target !== null && place.target !== target) continue;
    const ride = rides.find((one) => one.laneKey === place.laneKey && one.target === place.target);
    if (ride === undefined) dropPlace(state, place.target);
    else place.n = ride.n;
  }
  if (because === 'held') return;
  for (const place of state.places.filter((one) => target === null || one.target === target)) {
    const known = state.targets.find(({ managementId }) => managementId === place.target);
    if (known === undefined) continue;
    const end = await awaitPlace(run, known, true);
    if (end.kind !== 'result') continue;
    if (end.result.kind === 'live') recordLive(run, known, end.n, end.result);
    run.display.note(`${known.name}: push ${end.n}: ${end.result.kind}, after the ticket had left`);
  }
}

/** A named person recorded that the change is live: what the ticket saved there hinders no ticket any more. */
export async function settleByHand(run: TicketRun, target: Target): Promise<void> {
  const { ticketId, lanes, lastPlaceNumber: upTo } = run.state;
  if (target.enforcedBy !== 'commit' || !lanes.includes(target.laneKey)) return;
  await run.read('leaveLanes', { phase: null, runsWhileHeld: true, runsToItsEnd: true }, () => ({
    ticketId,
    laneKeys: [target.laneKey],
    target: target.managementId,
    because: 'doneByHand' as const,
    upTo,
  }));
}

/** The target may be saved on its manager, and is not known to be live. */
function isSavedOnly({ enforcedBy, update, commit }: Target): boolean {
  const touched = update !== 'todo' && update !== 'notNeeded';
  return enforcedBy === 'commit' && touched && commit !== 'done' && commit !== 'notNeeded';
}

export function placeOf(state: TicketState, { managementId }: Target): Place | undefined {
  return state.places.find((place) => place.target === managementId);
}

function dropPlace(state: TicketState, target: string): void {
  state.places = state.places.filter((place) => place.target !== target);
}

function showOthers(run: TicketRun, ended: string): void {
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
  } else run.display.wait({ for: 'lane', what: 'the lane starts the push', untilMs: null });
  return null;
}
