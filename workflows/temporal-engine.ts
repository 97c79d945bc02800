import {
  ActivityFailure,
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  metricMeter,
  ParentClosePolicy,
  setCurrentDetails,
  startChild,
  TimeoutFailure,
  upsertMemo,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';

import { cleanLine, cleanSummary } from '../src/domain/clean-text.js';
import { type FailureFacts, isFailureKind } from '../src/domain/failure.js';
import { FIRST_IN_QUEUE } from '../src/domain/ids.js';
import { laneDetails, laneNeedsAttention } from '../src/domain/lane-view.js';
import { basesOf } from '../src/domain/lane-places.js';
import { measureWith } from '../src/domain/metrics.js';
import { activities } from './activity-proxies.js';
import type { Engine, LaneEngine, PushEngine, Scope, SlotEngine, TextEngine } from './engine.js';
import {
  LANE_BASES,
  TICKET_BASIS,
  laneNews,
  TICKET_SUBJECT,
  updateSlotGranted,
  WORKFLOW_TYPES,
  type LaneNews,
} from './messages.js';
import { changesOf, isWorthAnEvent, type Published } from './published.js';
import { pushDetails } from './push-details.js';
import { clipKeyword, SEARCH_ATTRIBUTES } from './search-attributes.js';

const CONTINUE_AS_NEW_AT_EVENTS = 2_000;
const SUBJECT_LENGTH = 200;

/** The engine of a ticket, with Temporal. */
export function temporalEngine(): Engine {
  let published: Published | null = null;
  let latest: Published | null = null;
  let flushWanted = false;
  let isNewRunWanted = false;
  const flush = (): void => {
    flushWanted = false;
    if (latest === null) return;
    const changed = changesOf(published, latest);
    published = latest;
    const subject = latest.subject.slice(0, SUBJECT_LENGTH);
    if (subject !== '' && subject !== workflowInfo().memo?.[TICKET_SUBJECT]) {
      upsertMemo({ [TICKET_SUBJECT]: subject });
    }
    const basis = latest.windowBasis ?? '';
    if (basis !== (workflowInfo().memo?.[TICKET_BASIS] ?? '')) upsertMemo({ [TICKET_BASIS]: basis });
    // The server refuses an empty upsert, which would block the ticket.
    if (changed.length > 0) upsertSearchAttributes(changed);
  };
  // At most one upsert an activation: every upsert is an event.
  void CancellationScope.nonCancellable(async () => {
    for (;;) {
      await condition(() => flushWanted);
      flush();
    }
  });
  return {
    activities,
    nowMs: () => Date.now(),
    startedAtMs: workflowInfo().startTime.getTime(),
    condition: async (holds, timeoutMs, summary) => {
      if (timeoutMs === undefined) {
        await condition(holds);
        return true;
      }
      const ms = Math.max(1, Math.ceil(timeoutMs));
      return summary === undefined
        ? await condition(holds, ms)
        : await condition(holds, ms, { summary: cleanSummary(summary) });
    },
    scope: openScope,
    protect: async (body) => await CancellationScope.nonCancellable(body),
    isCancellation,
    failureOf,
    publish: (view) => {
      setCurrentDetails(view.details);
      latest = view;
      flushWanted ||= isWorthAnEvent(published, view);
    },
    measure: measureWith(metricMeter),
    flush,
    isNewRunDue: () =>
      isNewRunWanted ||
      workflowInfo().continueAsNewSuggested ||
      workflowInfo().historyLength > CONTINUE_AS_NEW_AT_EVENTS,
    wantNewRun: () => {
      isNewRunWanted = true;
    },
    handlersIdle: allHandlersFinished,
  };
}

async function signalTicket(workflowId: string, news: LaneNews): Promise<boolean> {
  try {
    await CancellationScope.nonCancellable(async () =>
      getExternalWorkflowHandle(workflowId).signal(laneNews, news),
    );
    return true;
  } catch {
    return false;
  }
}

/** The engine of a lane: it starts pushes that outlive it, and signals tickets. */
export function laneEngine(): LaneEngine {
  let shown = '';
  let planned = '';
  return {
    ...temporalEngine(),
    signalTicket,
    startPush: async (workflowId, start, onLost) => {
      const child = await startChild(WORKFLOW_TYPES.push, {
        workflowId,
        args: [start],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        // What runs under this id is not ours: each number is used once, and another run follows only when the first is gone.
        workflowIdReusePolicy: 'TERMINATE_IF_RUNNING',
        priority: FIRST_IN_QUEUE,
        staticSummary: cleanSummary(`Push ${start.n} of ${start.targetName}`),
      });
      // The push reports its end by an update; one that was terminated, or failed, reports nothing.
      child.result().catch(onLost);
      return child.firstExecutionRunId;
    },
    publishLane: (state) => {
      setCurrentDetails(laneDetails(state, Date.now()));
      const waitingFor = state.paused
        ? 'operator'
        : state.push
          ? 'securechange'
          : state.queue.length > 0
            ? 'window'
            : 'event';
      const attention = laneNeedsAttention(state, Date.now());
      const bases = basesOf(state);
      const isShown = JSON.stringify([waitingFor, attention]);
      const isPlanned = JSON.stringify(bases);
      // Each is an event.
      if (isShown !== shown)
        upsertSearchAttributes([
          { key: SEARCH_ATTRIBUTES.waitingFor, value: waitingFor },
          { key: SEARCH_ATTRIBUTES.workflowName, value: clipKeyword(state.name) },
          { key: SEARCH_ATTRIBUTES.needsAttention, value: attention },
        ]);
      if (isPlanned !== planned) upsertMemo({ [LANE_BASES]: bases });
      shown = isShown;
      planned = isPlanned;
    },
  };
}

export function controlEngine(): TextEngine {
  return { ...temporalEngine(), publishText: setCurrentDetails };
}

export function slotEngine(): SlotEngine {
  return {
    ...controlEngine(),
    grantSlot: async (workflowId, round) => {
      try {
        await getExternalWorkflowHandle(workflowId).signal(updateSlotGranted, round);
        return true;
      } catch {
        return false;
      }
    },
  };
}

export function pushEngine(): PushEngine {
  return {
    ...temporalEngine(),
    signalTicket,
    publishPush: (view) => {
      setCurrentDetails(pushDetails(view));
    },
  };
}

function openScope(body: () => Promise<void>): Scope {
  const scope = new CancellationScope();
  const done = scope.run(body).then(
    () => 'finished' as const,
    (error: unknown) => {
      if (isCancellation(error)) return 'cancelled' as const;
      throw error;
    },
  );
  return {
    done,
    cancel: () => {
      scope.cancel();
    },
  };
}

/** The failure of an activity, with the facts that `failures.ts` attached; a timeout is a transient failure. */
function failureOf(error: unknown): FailureFacts | null {
  if (!(error instanceof ActivityFailure) || isCancellation(error)) return null;
  const { cause, activityType } = error;
  const operation = activityType;
  if (cause instanceof TimeoutFailure) {
    return {
      kind: 'transient',
      system: 'temporal',
      operation,
      code: 'temporal.timeout',
      message: 'no answer in time',
    };
  }
  if (!(cause instanceof ApplicationFailure)) {
    return {
      kind: 'bug',
      system: 'temporal',
      operation,
      code: 'temporal.failure',
      message: cleanLine(cause?.message ?? 'unknown failure'),
    };
  }
  const facts = cause.details?.[0] as FailureFacts | undefined;
  if (facts !== undefined && cause.type != null && isFailureKind(cause.type)) return facts;
  return {
    kind: 'bug',
    system: 'orchestrator',
    operation,
    code: 'orchestrator.unforeseen',
    message: cleanLine(cause.message),
  };
}
