import { conflictText } from '../src/domain/conflicts.js';
import { EMERGENCY_PRIORITY } from '../src/domain/emergency.js';
import { heldBackAt } from '../src/domain/partial-failure.js';
import type { OverrideGrant } from '../src/domain/override.js';
import type { CalendarOutlook } from '../activities/index.js';
import { isDone, type Target } from '../src/domain/provisioning.js';
import { requireApproval } from './assess.js';
import { grantOf, letAhead } from './emergency.js';
import { noOpening, plannedDatesUnusable } from './parking-texts.js';
import { dropPlace, placeOf } from './places.js';
import { confirmedCount } from './ticket-overrides.js';
import type { TicketRun } from './ticket-run.js';
import { newPlace } from './ticket-state.js';
import type { Place } from './ticket-state.js';
import { withoutWindow } from './without-window.js';

const PRIORITIES: Readonly<Record<string, number>> = { Critical: 1, High: 2, Normal: 3, Low: 4 };

/** What a target's step needs from its lane: the change live, or only its Update saved. */
export type Wants = Place['wants'];

/** Enrols targets in their lanes, long before the window; a target with a place keeps it. Parks when no window opens. */
export async function takePlaces(run: TicketRun, targets: readonly Target[], wants: Wants): Promise<void> {
  const { state } = run;
  for (
    let missing: readonly Target[] = targets.filter((target) => placeOf(state, target)?.enrolled !== true);
    missing.length > 0;
  ) {
    await requireApproval(run);
    missing = await letAhead(run, missing);
    if (missing.length === 0) return;
    const confirmed = confirmedCount(run);
    const { plannedEdits } = state;
    const { horizonDays } = run.definition.window;
    const { basis, none } = await enrolTargets(run, missing, wants);
    missing = missing.filter(({ managementId }) =>
      none.some(({ targets }) => targets.includes(managementId)),
    );
    if (missing.length === 0) return;
    const code = none.flatMap((outlook) => outlook.code ?? [])[0];
    const reasons = none.flatMap(({ noneReason }) => (noneReason === null ? [] : [noneReason]));
    await withoutWindow(run, basis, async (edited) =>
      run.parkings.park({
        ...(code === undefined
          ? noOpening(
              none.map(({ calendar }) => calendar),
              horizonDays,
              reasons,
            )
          : plannedDatesUnusable(code, reasons)),
        phase: 'changeWindow',
        // Targets that are carried beside each other are parked beside each other.
        target: targets.length === 1 ? (targets[0]?.managementId ?? null) : null,
        // What it saved may go live meanwhile: a person lets another Commit carry it.
        news: () =>
          edited() ||
          missing.some(isDone) ||
          confirmedCount(run) > confirmed ||
          state.plannedEdits !== plannedEdits,
      }),
    );
    missing = missing.filter((target) => !isDone(target));
  }
}

/** Enrols these targets, also where they have a place, which keeps its position. Those without an opening have none afterwards. */
export async function enrolTargets(
  run: TicketRun,
  targets: readonly Target[],
  wants: Wants,
): Promise<{ readonly basis: string; readonly none: readonly CalendarOutlook[] }> {
  const { state } = run;
  const { requestDigest, riskDigest, designDigest } = await requireApproval(run);
  const isEmergency = run.definition.emergency !== undefined;
  const { window, conflicts: conflictPolicy, partialFailure } = run.definition;
  const { stepInstance, requestField } = run.stepRef();
  const before = state.places;
  const hasOthers = ({ laneKey, managementId }: Target): boolean =>
    state.targets.some((other) => other.laneKey === laneKey && other.managementId !== managementId);
  const heldBy = (of: string): string | undefined =>
    before.find(({ target }) => target === of)?.notice?.failed;
  for (const { managementId: target, laneKey } of targets) {
    // Before the call: the push may start before the activity returns.
    dropPlace(state, target);
    state.places.push(newPlace({ laneKey, target, wants }));
  }
  state.lastPlaceNumber = Math.max(run.engine.nowMs(), state.lastPlaceNumber + 1);
  const placeNumber = state.lastPlaceNumber;
  state.lanes = [...new Set([...state.lanes, ...targets.map(({ laneKey }) => laneKey)])];
  const items = targets.map((target) => ({
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
    ...(target.touches !== undefined && { touches: target.touches }),
    ...heldBackAt(state.targets, target, heldBy(target.managementId)),
    ...(hasOthers(target) && { readUntil: readUntil(state.targets, before, target) }),
    ...overrideOf(grantOf(run, target)),
  }));
  const {
    outlooks,
    basis,
    conflicts = {},
  } = await run.read('enrol', { phase: 'changeWindow' }, () => ({
    ticketId: state.ticketId,
    workflow: run.definition.workflow,
    epoch: state.epoch,
    priority: isEmergency ? EMERGENCY_PRIORITY : (PRIORITIES[state.priority] ?? 3),
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
      approvals: state.approvals,
    },
    saves: run.definition.saveUpdates,
    ...(run.definition.commitBy === 'securetrack' && { secureTrack: true as const }),
    ...(conflictPolicy !== undefined && { conflicts: conflictPolicy }),
    ...(partialFailure !== undefined && { partialFailure }),
    window,
  }));
  for (const place of state.places) {
    if (targets.some(({ managementId }) => managementId === place.target)) place.enrolled = true;
  }
  for (const [id, others] of Object.entries(conflicts)) {
    const device = targets.find(({ managementId }) => managementId === id);
    const what = conflictPolicy?.policy === 'wait' ? 'waits where it is behind them' : 'goes on';
    run.display.note(`${device?.name ?? id}: also changed by ${conflictText(others)}; this ticket ${what}`);
  }
  const first = outlooks.find((outlook) => outlook.next !== null);
  if (first) {
    const { calendar, zone, next, openEnded, overriddenBy } = first;
    state.window = {
      calendar,
      zone,
      next,
      ...(openEnded === true && { openEnded }),
      ...(overriddenBy !== undefined && { overriddenBy }),
    };
  }
  const none = outlooks.filter((outlook) => outlook.next === null);
  for (const { managementId } of targets)
    if (none.some((outlook) => outlook.targets.includes(managementId))) dropPlace(state, managementId);
  run.display.publish();
  return { basis, none };
}

/** The last push of the manager whose result counts in what is said of the other targets. Signals come in the order of pushes. */
function readUntil(targets: readonly Target[], places: readonly Place[], { laneKey }: Target): number {
  const read = targets.flatMap((other) => (other.laneKey === laneKey ? [other.push ?? 0] : []));
  const unread = places.flatMap(({ laneKey: of, n, result }) =>
    of === laneKey && n !== null && result !== null ? [n - 1] : [],
  );
  return Math.min(Math.max(...read), ...unread);
}

function overrideOf(override: OverrideGrant | null): { readonly override?: OverrideGrant } {
  return override === null ? {} : { override };
}
