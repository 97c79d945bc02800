import {
  condition,
  continueAsNew,
  allHandlersFinished,
  CancellationScope,
  getExternalWorkflowHandle,
  setCurrentDetails,
  upsertMemo,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';

import { cleanSummary } from '../src/domain/clean-text.js';
import { emptyMemory, type CommandMemory } from '../src/domain/command-memory.js';
import type { CommandResult, LaneCommand, SignedCommand } from '../src/domain/commands.js';
import { laneWorkflowId, ticketWorkflowId } from '../src/domain/ids.js';
import { withIgnored } from '../src/domain/ignored.js';
import {
  acceptLedger,
  beginPush,
  beginSaving,
  blockingLedger,
  endPush,
  endSaving,
  enrol,
  newLane,
  nextStep,
  plansOf,
  replan,
  requeue,
  revoke,
  sameEnrolment,
  takeGrant,
  ticketEnded,
  tokenState,
  withdraw,
  type LaneState,
  type QueuedEnrolment,
} from '../src/domain/lane.js';
import { object, text } from '../src/domain/shape.js';
import { laneDetails, laneViewOf } from '../src/domain/lane-view.js';
import { activities } from './activity-proxies.js';
import { handle } from './handle.js';
import { LANE_PLANS, laneGranted, laneRefused, type LaneRefused } from './messages.js';
import { carryOut } from './operator.js';
import { openInbox, signedEnding } from './lane-inbox.js';
import { clipKeyword, SEARCH_ATTRIBUTES } from './search-attributes.js';
import { checkStart } from './start.js';

export interface LaneStart {
  readonly version: 1;
  readonly key: string;
  readonly name: string;
  readonly carry?: LaneCarry;
}

const LANE_START = object<{ readonly key: string; readonly name: string }>({
  key: text(255, 1),
  name: text(255),
});

interface LaneCarry {
  readonly state: LaneState;
  readonly commandMemory: CommandMemory;
  /** Enrolments whose ticket was told that a ledger entry blocks them. */
  readonly told: readonly string[];
}

/** A granted ticket must begin within this span; otherwise its turn goes to the next, and it goes to the end. */
const BEGIN_WITHIN_MS = 60_000;
/** A begun push without an end is looked at this often. */
const LOOK_AFTER_HOLDER_MS = 5 * 60_000;
const ROLL_AT_EVENTS = 2_000;

/** One writer per manager: owns the order, the window timer, the one grant, and the ledger of saved Updates. */
export async function lane(start: LaneStart): Promise<void> {
  checkStart(start, LANE_START, ({ key }) => laneWorkflowId(key));
  const state = start.carry?.state ?? newLane(start.key, start.name);
  const answered = {
    commandMemory: start.carry?.commandMemory ?? emptyMemory(workflowInfo().startTime.getTime()),
  };
  const told = new Set(start.carry?.told ?? []);
  let changes = 0;
  const touch = (): void => {
    changes += 1;
  };
  const now = (): number => Date.now();

  const replanned: QueuedEnrolment[] = [];
  const ignored = (message: string, why: string): void => {
    state.ignored = withIgnored(state.ignored, { atMs: now(), message, why });
    touch();
  };
  const inbox = openInbox(ignored, touch);
  handle(
    {
      laneEnrol: (enrolments) => {
        inbox.put('laneEnrol', () => {
          if (start.name !== '') state.name = start.name;
          for (const enrolment of enrolments) {
            enrol(state, enrolment, now());
            // A ticket that asks again has forgotten (it continued as new): what blocks it is told again.
            const queued = state.queue.find((known) => sameEnrolment(known, enrolment));
            if (queued) told.delete(`${queued.seq}`);
          }
        });
      },
      laneReplan: (plans) => {
        inbox.put('laneReplan', () => replanned.push(...replan(state, plans)));
      },
      laneWithdraw: ({ ticketId, target }) => {
        inbox.put('laneWithdraw', () => {
          withdraw(state, ticketId, target);
        });
      },
      laneEndPush: (end) => {
        const apply = (): void => {
          endPush(state, end, now());
        };
        inbox.put('laneEndPush', apply, signedEnding(state.key, end));
      },
      laneEndSaving: (end) => {
        const apply = (): void => {
          endSaving(state, end, now());
        };
        inbox.put('laneEndSaving', apply, signedEnding(state.key, end));
      },
      laneTicketEnded: ({ ticketId }) => {
        inbox.put('laneTicketEnded', () => {
          ticketEnded(state, ticketId);
        });
      },
      laneBeginPush: (input) => {
        const result = beginPush(state, input, now());
        touch();
        return result;
      },
      laneBeginSaving: (input) => {
        const result = beginSaving(state, input, now());
        touch();
        return result;
      },
      laneToken: (token) => tokenState(state, token),
      laneView: () => laneViewOf(state),
      operateLane: async (signed) =>
        carryOut(signed, {
          workflowId: laneWorkflowId(start.key),
          state: answered,
          checkActor: activities.checkActor,
          nowMs: now,
          apply: (by) => applyToLane(state, signed, by, now()),
          standing: ({ kind }) => ({
            holds: kind === 'acceptLedger' || (kind === 'pause') === (state.paused !== null),
            now: state.paused ? `the lane is paused by ${state.paused.by}` : 'the lane is not paused',
          }),
          record: touch,
        }),
    },
    ignored,
  );

  for (;;) {
    await tellReplanned(state, replanned.splice(0));
    await serve(state, told);
    setCurrentDetails(laneDetails(state, now()));
    publishLane(state);
    publishPlans(plansOf(state));
    const seen = changes;
    const holderTimer = waitMsOf(state, now());
    const woken = (): boolean => changes > seen || mustRoll();
    if (holderTimer === null) await condition(woken);
    else if (
      !(await condition(woken, Math.max(1, holderTimer.ms), { summary: cleanSummary(holderTimer.why) }))
    )
      await lookAfterGrant(state);
    if (mustRoll()) {
      await condition(allHandlersFinished);
      await condition(() => inbox.isEmpty());
      const carry: LaneCarry = { state, ...answered, told: [...told] };
      await continueAsNew<typeof lane>({ version: 1, key: start.key, name: state.name, carry });
    }
  }
}

/** Grants the next turn, tells who missed the window, and whose Commit a ledger entry blocks. */
async function serve(state: LaneState, told: Set<string>): Promise<void> {
  for (;;) {
    await tellBlocked(state, told);
    const step = nextStep(state, Date.now());
    switch (step.kind) {
      case 'rest':
      case 'sleep':
        return;
      case 'missed':
        state.queue = state.queue.filter((queued) => queued.seq !== step.enrolment.seq);
        await tell(step.enrolment, async (ticket) =>
          ticket.signal(laneRefused, refusal(state, step.enrolment, 'windowMissed', 'its windows are over')),
        );
        break;
      case 'grant': {
        const { enrolment } = step;
        const { token } = takeGrant(state, enrolment, Date.now());
        const { target, kind, epoch } = enrolment;
        const alive = await tell(enrolment, async (ticket) =>
          ticket.signal(laneGranted, { laneKey: state.key, token, epoch, target, kind }),
        );
        // Nobody there to take the turn: it never began, so the next may have it.
        if (!alive && state.grant?.token === token) revoke(state);
        break;
      }
    }
  }
}

async function tellReplanned(state: LaneState, enrolments: readonly QueuedEnrolment[]): Promise<void> {
  for (const enrolment of enrolments) {
    const next = enrolment.window?.intervals.find((interval) => interval.closesAtMs > Date.now()) ?? null;
    await tell(enrolment, async (ticket) =>
      ticket.signal(laneRefused, {
        ...refusal(state, enrolment, 'replanned', 'the calendar was edited'),
        next,
      }),
    );
  }
}

async function tellBlocked(state: LaneState, told: Set<string>): Promise<void> {
  for (const enrolment of [...state.queue]) {
    const entries = blockingLedger(state, enrolment);
    const key = `${enrolment.seq}`;
    if (entries.length > 0 === told.has(key)) continue;
    const named = entries.map((entry) => `ticket ${entry.ticketId} on ${entry.targetName}`).join(', ');
    if (entries.length > 0) told.add(key);
    else told.delete(key);
    await tell(enrolment, async (ticket) =>
      ticket.signal(
        laneRefused,
        entries.length > 0
          ? refusal(
              state,
              enrolment,
              'ledger',
              `lane ${state.name}: the Commit would carry saved Updates of ended tickets: ${named}`.slice(
                0,
                500,
              ),
            )
          : refusal(state, enrolment, 'unblocked', 'the ledger no longer blocks it'),
      ),
    );
  }
}

function refusal(
  state: LaneState,
  { target, kind }: QueuedEnrolment,
  why: LaneRefused['why'],
  message: string,
): LaneRefused {
  return { laneKey: state.key, target, kind, why, message };
}

/** False when the ticket's run is gone. */
async function tell(
  { ticketId }: QueuedEnrolment,
  send: (ticket: ReturnType<typeof getExternalWorkflowHandle>) => Promise<void>,
): Promise<boolean> {
  try {
    await CancellationScope.nonCancellable(async () =>
      send(getExternalWorkflowHandle(ticketWorkflowId(ticketId))),
    );
    return true;
  } catch {
    return false;
  }
}

function waitMsOf(state: LaneState, nowMs: number): { ms: number; why: string } | null {
  const { grant } = state;
  if (grant?.begun) {
    const ms = LOOK_AFTER_HOLDER_MS - ((nowMs - grant.begun.atMs) % LOOK_AFTER_HOLDER_MS);
    return { ms, why: `ticket ${grant.enrolment.ticketId} pushes` };
  }
  if (grant)
    return {
      ms: grant.grantedAtMs + BEGIN_WITHIN_MS - nowMs,
      why: `turn of ticket ${grant.enrolment.ticketId}`,
    };
  const saving = state.saving[0];
  if (saving) return { ms: LOOK_AFTER_HOLDER_MS, why: `ticket ${saving.ticketId} saves an Update` };
  const step = nextStep(state, nowMs);
  return step.kind === 'sleep' ? { ms: step.untilMs - nowMs, why: 'until the next window opens' } : null;
}

/** A turn that was not used goes to the next; a holder whose run is over and whose push has ended frees the lane. */
async function lookAfterGrant(state: LaneState): Promise<void> {
  const { grant } = state;
  if (grant && !grant.begun) {
    if (Date.now() - grant.grantedAtMs < BEGIN_WITHIN_MS) return;
    const enrolment = revoke(state);
    if (enrolment) requeue(state, enrolment);
    return;
  }
  if (grant?.begun) {
    const { ticketId } = grant.enrolment;
    if ((await stillHolds(ticketId)) || state.grant?.token !== grant.token) return;
    endPush(state, { token: grant.token, ticketId, result: 'failed', settleMs: 0 }, Date.now());
    return;
  }
  for (const { ticketId, target, effectKey } of [...state.saving]) {
    if (await stillHolds(ticketId)) continue;
    const saved = { ticketId, epoch: 0, target, targetName: target, effectKey, result: 'unknown' } as const;
    endSaving(state, saved, Date.now());
    ticketEnded(state, ticketId);
  }
}

/** Its run lives, or SecureChange still works on it; what can not be found out counts as held. */
async function stillHolds(ticketId: string): Promise<boolean> {
  try {
    const holder = await activities.readHolder({ ticketId });
    return holder.alive || holder.working;
  } catch {
    return true;
  }
}

function applyToLane(
  state: LaneState,
  { command, reason }: SignedCommand<LaneCommand>,
  by: string,
  nowMs: number,
): CommandResult {
  switch (command.kind) {
    case 'acceptLedger': {
      const accepted = acceptLedger(state, command.ticketId, by, reason);
      return accepted > 0
        ? {
            accepted: true,
            code: 'done',
            message: `accepted ${accepted} saved Update(s); the next Commit may carry them`,
          }
        : {
            accepted: false,
            code: 'wrongState',
            message: `lane ${state.name} has no unaccepted saved Update of an ended ticket`,
          };
    }
    case 'pause':
      if (state.paused)
        return { accepted: false, code: 'wrongState', message: `already paused by ${state.paused.by}` };
      state.paused = { by, reason, sinceMs: nowMs };
      return {
        accepted: true,
        code: 'done',
        message: 'paused: no turn is given; a push under way runs to its end',
      };
    case 'resume':
      if (!state.paused) return { accepted: false, code: 'wrongState', message: 'the lane is not paused' };
      state.paused = null;
      return { accepted: true, code: 'done', message: 'resumed' };
  }
}

function publishLane(state: LaneState): void {
  const waitingFor = state.paused
    ? 'operator'
    : state.grant
      ? 'securechange'
      : state.queue.length > 0
        ? 'window'
        : 'event';
  const current = workflowInfo().typedSearchAttributes.get(SEARCH_ATTRIBUTES.waitingFor);
  const dead = state.ledger.some((entry) => entry.state === 'dead');
  const attention = workflowInfo().typedSearchAttributes.get(SEARCH_ATTRIBUTES.needsAttention) ?? false;
  if (current === waitingFor && attention === dead) return;
  upsertSearchAttributes([
    { key: SEARCH_ATTRIBUTES.waitingFor, value: waitingFor },
    { key: SEARCH_ATTRIBUTES.workflowName, value: clipKeyword(state.name) },
    { key: SEARCH_ATTRIBUTES.needsAttention, value: dead },
  ]);
}

function publishPlans(plans: readonly string[]): void {
  const { memo } = workflowInfo();
  if (JSON.stringify(memo?.[LANE_PLANS] ?? []) !== JSON.stringify(plans)) upsertMemo({ [LANE_PLANS]: plans });
}

function mustRoll(): boolean {
  return workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > ROLL_AT_EVENTS;
}
