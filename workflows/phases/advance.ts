import { decisionText } from '../../src/domain/view.js';
import { devicesPushedAfter } from '../automatic-push.js';
import type { AdvanceResult, LaneRefusal, OthersTask } from '../../activities/index.js';
import { laneNotice, noticeCode, stepNotCompleted } from '../parking-texts.js';
import type { TicketRun } from '../ticket-run.js';
import { withoutWindow } from '../without-window.js';

/** A switch that is off again is noticed within this time. */
const LOOK_STOPPED_MS = 60_000;
const LOOK_AT_CHANGE_MS = 30_000;
/** What a lane may ask an operator for before the step may be completed. */
const LANE_ASKS = ['hindered', 'foreign'] as const;
const LOOK_AT_LANE_MS = 5_000;
const LOOK_AT_LANE_WITHIN_MS = 5 * 60_000;
const LOOK_AGAIN_AFTER_MS = 10 * 60_000;
const LOOK_AGAIN_WITHIN_MS = 6 * 60 * 60_000;

/**
 * Done when the ticket left the step. Our tasks are completed with explicit values, and no other field is filled in. In a
 * parallel step it waits for the other tasks, and completes those that become ours meanwhile.
 */
export async function advancePhase(run: TicketRun): Promise<void> {
  let refusals = 0;
  for (let waitMs = LOOK_AGAIN_AFTER_MS; ; waitMs = Math.min(waitMs * 2, LOOK_AGAIN_WITHIN_MS)) {
    run.display.wait({ for: 'securechange', what: 'the ticket leaves the step', untilMs: null });
    const pushes = await devicesPushedAfter(run);
    run.state.automatic = pushes;
    run.state.automaticEpoch = run.state.epoch;
    const { left, others, closed, refusedBy } = await run.write('advance', { phase: 'advance' }, () => ({
      ...run.stepRef(),
      taskAccess: run.definition.taskAccess,
      values: [],
      epoch: run.state.epoch,
      adopted: run.state.adopted,
      approvals: run.state.approvals,
      pushes,
    }));
    if (closed !== undefined || refusedBy !== undefined || others.length > 0) run.state.automatic = [];
    if (refusedBy !== undefined) {
      refusals += 1;
      await untilLaneMayAllow(run, refusedBy, refusals);
      continue;
    }
    endLaneParkings(run);
    refusals = 0;
    if (closed !== undefined) {
      await untilGateMayOpen(run, closed);
      continue;
    }
    if (left || others.length === 0) {
      run.news.requestReading();
      if (left) await run.nextFacts();
      return;
    }
    const what = `other tasks of this step: ${namesOf(others)}`;
    run.display.wait({ for: 'handler', what: `their handlers complete the ${what}`, untilMs: null });
    const seen = run.facts;
    // SecureChange sends no event when a task is reassigned.
    await run.engine.condition(() => run.facts !== seen, waitMs, what);
  }
}

/** Completing the step would push, and the gate is closed: what opens by itself is awaited, the rest is for a person. */
async function untilGateMayOpen(
  run: TicketRun,
  { reason, message, untilMs, basis }: NonNullable<AdvanceResult['closed']>,
): Promise<void> {
  const look = async (ms: number): Promise<void> => {
    const { facts, changeReports } = run;
    await run.engine.condition(
      () => run.facts !== facts || run.changeReports !== changeReports,
      ms,
      message.slice(0, 100),
    );
  };
  if (reason === 'windowClosed' && untilMs !== null) {
    await withoutWindow(run, basis, async () => {
      run.display.wait({ for: 'window', what: message, untilMs });
      await look(Math.max(1_000, Math.min(untilMs - run.engine.nowMs(), LOOK_AGAIN_AFTER_MS)));
    });
  } else if (reason === 'stopped') {
    run.display.wait({ for: 'start', what: `an operator runs sco start: ${message}`, untilMs: null });
    await look(LOOK_STOPPED_MS);
  } else if (reason === 'itsmState') {
    run.display.wait({ for: 'itsm', what: `the ITSM lets it go ahead: ${message}`, untilMs: null });
    await look(LOOK_AT_CHANGE_MS);
  } else {
    const parking = { ...stepNotCompleted(reason, message), phase: 'advance' } as const;
    if (reason === 'windowClosed')
      await withoutWindow(run, basis, async (edited) => run.parkings.park({ ...parking, news: edited }));
    else await run.parkings.park(parking);
    await run.refresh('advance', { definitionToo: true });
  }
}

/** A lane does not allow it: it is looked at again, first soon and then every 5 minutes. Changes of others are named for a person. */
async function untilLaneMayAllow(
  run: TicketRun,
  { laneKey: lane, ...refusal }: LaneRefusal,
  tries: number,
): Promise<void> {
  const { kind, message: reason, target, seen } = refusal;
  const waitMs = Math.min(LOOK_AT_LANE_MS * 2 ** Math.min(tries - 1, 10), LOOK_AT_LANE_WITHIN_MS);
  const asks = LANE_ASKS.find((one) => one === kind);
  const parked = asks === undefined ? null : laneNotice(asks, lane, reason);
  const shown = run.state.parkings.some((known) => known.code === parked?.code && known.reason === reason);
  if (!shown) endLaneParkings(run);
  if (parked !== null && !shown)
    run.parkings.show({ ...parked, phase: 'advance', target, lane, ...(seen !== undefined && { seen }) });
  const what = parked === null ? reason : decisionText(reason);
  run.display.wait({ for: 'ledger', what, untilMs: null });
  const facts = run.facts;
  await run.engine.condition(() => run.facts !== facts, waitMs, reason.slice(0, 100));
}

function endLaneParkings(run: TicketRun): void {
  const codes: readonly string[] = LANE_ASKS.map(noticeCode);
  for (const { code, target } of run.state.parkings.filter((known) => codes.includes(known.code)))
    run.parkings.end(code, target);
}

function namesOf(others: readonly OthersTask[]): string {
  const named = others
    .slice(0, 5)
    .map(({ task, holder }) => `${task} (${holder ?? 'not accepted by a user'})`);
  return `${named.join(', ')}${others.length > 5 ? `, and ${others.length - 5} more` : ''}`;
}
