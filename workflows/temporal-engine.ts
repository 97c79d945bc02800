import {
  ActivityFailure,
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  setCurrentDetails,
  startChild,
  TimeoutFailure,
  upsertMemo,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { SearchAttributeUpdatePair } from '@temporalio/common';

import { cleanLine, cleanSummary } from '../src/domain/clean-text.js';
import { type FailureFacts, isFailureKind } from '../src/domain/failure.js';
import { laneDetails, laneNeedsAttention } from '../src/domain/lane-view.js';
import { basesOf } from '../src/domain/lane-places.js';
import { activities } from './activity-proxies.js';
import type { Engine, LaneEngine, Published, PushEngine, Scope, SlotEngine, TextEngine } from './engine.js';
import {
  LANE_BASES,
  laneNews,
  TICKET_SUBJECT,
  updateSlotGranted,
  WORKFLOW_TYPES,
  type LaneNews,
} from './messages.js';
import { pushDetails } from './push-details.js';
import { clipKeyword, clipKeywordList, SEARCH_ATTRIBUTES } from './search-attributes.js';

const CONTINUE_AS_NEW_AT_EVENTS = 2_000;
const SUBJECT_LENGTH = 200;

/** The engine of a ticket, with Temporal. */
export function temporalEngine(): Engine {
  let published: Published | null = null;
  let latest: Published | null = null;
  let flushWanted = false;
  const flush = (): void => {
    flushWanted = false;
    if (latest === null) return;
    const changed = changes(published, latest);
    published = latest;
    const subject = latest.subject.slice(0, SUBJECT_LENGTH);
    if (subject !== '' && subject !== workflowInfo().memo?.[TICKET_SUBJECT]) {
      upsertMemo({ [TICKET_SUBJECT]: subject });
    }
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
    flush,
    historyIsLong: () =>
      workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > CONTINUE_AS_NEW_AT_EVENTS,
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
  let published = '';
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
      const now = JSON.stringify([waitingFor, attention, bases]);
      if (now === published) return;
      published = now;
      upsertSearchAttributes([
        { key: SEARCH_ATTRIBUTES.waitingFor, value: waitingFor },
        { key: SEARCH_ATTRIBUTES.workflowName, value: clipKeyword(state.name) },
        { key: SEARCH_ATTRIBUTES.needsAttention, value: attention },
      ]);
      upsertMemo({ [LANE_BASES]: bases });
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

/** Only what differs is upserted: every upsert is an event, and its size is bounded here. */
function changes(before: Published | null, now: Published): SearchAttributeUpdatePair[] {
  const pairs: SearchAttributeUpdatePair[] = [];
  const keyword = (key: KeywordName, text: string): void => {
    if (before?.[key] !== text)
      pairs.push({ key: SEARCH_ATTRIBUTES[KEYWORDS[key]], value: clipKeyword(text === '' ? '-' : text) });
  };
  for (const key of Object.keys(KEYWORDS) as KeywordName[]) keyword(key, now[key]);
  if (before === null || before.devices.join() !== now.devices.join()) {
    pairs.push({ key: SEARCH_ATTRIBUTES.devices, value: clipKeywordList(now.devices) });
  }
  if (before?.windowOpensAtMs !== now.windowOpensAtMs) {
    const value = now.windowOpensAtMs === null ? null : new Date(now.windowOpensAtMs);
    pairs.push({ key: SEARCH_ATTRIBUTES.windowOpensAt, value });
  }
  if (before?.needsAttention !== now.needsAttention) {
    pairs.push({ key: SEARCH_ATTRIBUTES.needsAttention, value: now.needsAttention });
  }
  return pairs;
}

/** A short wait for SecureChange changes the details at once, and the attributes only with the next change. */
function isWorthAnEvent(before: Published | null, now: Published): boolean {
  if (before === null || before.subject !== now.subject) return true;
  const { waitingFor } = now;
  const shortWait = waitingFor === 'securechange' || waitingFor === 'lane' || waitingFor === '-';
  return changes(before, shortWait ? { ...now, waitingFor: before.waitingFor } : now).length > 0;
}

const KEYWORDS = {
  workflow: 'workflowName',
  step: 'step',
  phase: 'phase',
  waitingFor: 'waitingFor',
  requester: 'requester',
  risk: 'risk',
  itsmId: 'itsmId',
  outcome: 'outcome',
  seenState: 'seenState',
} as const;
type KeywordName = keyof typeof KEYWORDS;
