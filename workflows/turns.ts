import { UPDATE_LANE_KEY } from '../src/domain/ids.js';
import { instantText } from '../src/domain/instant-text.js';
import type { PushKind } from '../src/domain/lane.js';
import type { Target } from '../src/domain/provisioning.js';
import { decisionText, type TicketView } from '../src/domain/view.js';
import { requireApproval } from './assess.js';
import { calendarOf } from './targets.js';
import type { HeldGrant } from './ticket-state.js';
import type { TicketRun } from './ticket-run.js';

// A target's turn in a lane: asked for, waited for, given back, shown.

type TicketWindow = NonNullable<TicketView['window']>;

const ASK_AGAIN_AFTER_MS = 60_000;

const PRIORITIES: Readonly<Record<string, number>> = { Critical: 1, High: 2, Normal: 3, Low: 4 };

/** Enrols pushes in their lanes, long before the opening; repeating it keeps the places. Parks where no window opens. */
export async function enrolPushes(
  run: TicketRun,
  pushes: readonly { target: Target; kind: PushKind }[],
): Promise<void> {
  const { state } = run;
  for (let wanted = pushes; wanted.length > 0;) {
    const wantedNow = wanted;
    await requireApproval(run);
    const { minimumRemainingMs, horizonDays } = run.definition.window;
    const items = wanted.map(({ target, kind }) => ({
      target: target.managementId,
      targetName: target.name,
      laneKey: kind === 'savingUpdate' ? UPDATE_LANE_KEY : target.laneKey,
      laneName: kind === 'savingUpdate' ? 'saving Updates' : target.laneName,
      kind,
      calendar: kind === 'savingUpdate' ? null : calendarOf(run, target),
    }));
    const managers = new Map(wanted.map(({ target }) => [target.laneKey, target.laneName]));
    state.lanes = [...new Set([...state.lanes, ...items.map((item) => item.laneKey), ...managers.keys()])];
    // Before the call: the turn may come before its answer.
    run.noteEnrolled(items);
    const { outlooks } = await run.attempt({ phase: 'changeWindow' }, async () =>
      run.activities.enrol({
        ticketId: state.ticketId,
        epoch: state.epoch,
        priority: PRIORITIES[state.priority] ?? 3,
        items,
        managers: [...managers].map(([key, name]) => ({ key, name })),
        window: { minimumRemainingMs, horizonDays },
      }),
    );
    const first = outlooks.find((outlook) => outlook.next !== null);
    if (first) {
      const { calendar, zone, next, openEnded } = first;
      state.window = { calendar, zone, next, ...(openEnded === true && { openEnded }) };
    }
    const hopeless = new Set(
      outlooks.filter((outlook) => outlook.next === null).map((outlook) => outlook.calendar),
    );
    wanted = wanted.filter(
      ({ target, kind }) => kind !== 'savingUpdate' && hopeless.has(calendarOf(run, target)),
    );
    for (const { target, kind } of wantedNow) {
      const calendar = calendarOf(run, target);
      const outlook = outlooks.find((one) => one.calendar === calendar) ?? null;
      state.targetWaiting[target.managementId] =
        kind === 'savingUpdate' ? 'its turn to save the Update' : turnText(outlook, run.engine.nowMs());
    }
    run.publish();
    if (wanted.length > 0) {
      const names = [...hopeless].join(', ');
      const reasons = outlooks.flatMap((outlook) =>
        outlook.noneReason === null ? [] : [outlook.noneReason],
      );
      await run.park({
        code: 'window.none',
        phase: 'changeWindow',
        reason: `no opening of calendar ${names} within ${horizonDays} days`,
        advice: 'edit the calendar, then retry',
        evidence: reasons.join('; '),
        ways: ['retry', 'abort'],
      });
    }
  }
}

/** Waits for the lane's grant; a missed window is planned anew, a blocking ledger is shown with its way out. */
export async function awaitTurn(run: TicketRun, target: Target, kind: PushKind): Promise<HeldGrant> {
  const { engine } = run;
  const id = target.managementId;
  const code = 'lane.ledger';
  try {
    for (;;) {
      const held = run.grantFor(id, kind);
      if (held) return held;
      const refusal = run.takeRefusal(id, kind);
      if (refusal?.why === 'windowMissed') await enrolPushes(run, [{ target, kind }]);
      if (refusal?.why === 'ledger') {
        run.note(`${target.name}: ${refusal.message}`);
        run.showParking({
          code,
          phase: 'commit',
          target: id,
          reason: refusal.message,
          evidence: `lane ${refusal.laneKey}: sco lane show ${refusal.laneKey}`,
          ways: ['acceptLedger', 'abort'],
          lane: refusal.laneKey,
        });
        run.wait({ for: 'ledger', what: decisionText(refusal.message), untilMs: null });
      }
      if (refusal?.why === 'unblocked') run.unpark(code, id);
      await engine.condition(() => run.grantFor(id, kind) !== undefined || run.hasRefusal(id, kind));
    }
  } finally {
    run.unpark(code, id);
  }
}

export async function giveBack(run: TicketRun, held: HeldGrant): Promise<void> {
  run.dropGrant(held);
  const { ticketId } = run.state;
  // Also when the run rolls meanwhile: a turn that nobody knows of any more would block the lane for a minute.
  await run.attempt({ phase: 'changeWindow', alsoHeld: true }, async () =>
    run.engine.protect(async () =>
      run.activities.leaveLanes({ ticketId, laneKeys: [held.laneKey], target: held.target, ended: false }),
    ),
  );
}

/**
 * Several lanes gave their turns at once, and the task takes one push at a time: the others ask again one after the other,
 * and do not wait long for one that waits itself.
 */
export async function ownTurn(run: TicketRun, { managementId }: Target): Promise<void> {
  const { engine, state } = run;
  const free = (): boolean => !run.taskBusy && state.held === null;
  run.yielded.push(managementId);
  for (;;) {
    const first = (): boolean => run.yielded[0] === managementId && free();
    if (first() || (!(await engine.condition(first, ASK_AGAIN_AFTER_MS)) && free())) return;
  }
}

function turnText(window: Pick<TicketWindow, 'next' | 'openEnded'> | null, nowMs: number): string {
  const next = window?.next ?? null;
  if (next === null) return 'a window (there is none) and its turn';
  if (next.opensAtMs > nowMs) return `the window that opens ${instantText(next.opensAtMs)}, and its turn`;
  return window?.openEnded === true
    ? 'its turn; the window is open'
    : `its turn; the window is open until ${instantText(next.closesAtMs)}`;
}

/** What the open targets wait for, when none of them is being pushed: their window, or their turn in a lane. */
export function showTurn(run: TicketRun): void {
  const { state } = run;
  const waiting = Object.keys(state.targetWaiting).length;
  const next = state.window?.next ?? null;
  if (waiting === 0) run.wait(null);
  else if (next !== null && next.opensAtMs > run.engine.nowMs()) {
    const calendar = state.window?.calendar ?? '-';
    run.wait({
      for: 'window',
      what: `the change window of calendar ${calendar} opens`,
      untilMs: next.opensAtMs,
    });
  } else run.wait({ for: 'lane', what: 'a lane gives the ticket its turn', untilMs: null });
}
