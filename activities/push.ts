import { randomUUID } from 'node:crypto';

import { CallFailure, type FailureFacts } from '../src/domain/failure.js';
import type { PushKind } from '../src/domain/lane.js';
import type { ProcessDefinition } from '../src/domain/process.js';
import type { DesignFacts, DeviceDesign } from '../src/domain/provisioning.js';
import type { FieldRef } from '../src/securechange/secure-change.js';
import type { ActivityDeps } from './contract.js';
import { readStopSwitch } from './control.js';
import { judgeGate, type Assessed, type GateReason, type GateVerdict } from './gate.js';
import { openLane, type LaneLink } from './lane-link.js';
import { patiently } from './patience.js';
import { createEnding, type ClosePushInput, type Ending } from './push-ending.js';
import { alreadyThere, endOf, evidenceOf, NOTHING_SEEN, seenOf, type PushEvidence } from './push-evidence.js';
import { findPlace, isWorkedOn, takeTask, type Place, type StepRef } from './task-access.js';

export interface PushInput extends StepRef {
  readonly kind: PushKind;
  readonly target: string;
  readonly targetName: string;
  readonly epoch: number;
  readonly effectKey: string;
  /** The lane that granted, and its token. */
  readonly laneKey: string;
  readonly token: number;
  /** The manager whose lane must know of a saving Update. */
  readonly managerLaneKey: string;
  /** An earlier attempt with this token ended without an answer. */
  readonly again: boolean;
  readonly taskAccess: ProcessDefinition['taskAccess'];
  readonly adopted: boolean;
  readonly instructionDigest: string;
  /** Key of the Commit evidence seen when the Update ended; other evidence means that it was committed since. */
  readonly commitBaseline: string | null;
  readonly assessed: Assessed;
  /** null for a saving Update. */
  readonly calendar: string | null;
}

export type PushResult =
  | PushEvidence
  /** Proven not sent: the gate was closed. */
  | { readonly kind: 'gateClosed'; readonly reason: GateReason; readonly message: string }
  /** Proven not sent: the turn is lost, enrol again. */
  | {
      readonly kind: 'turnLost';
      readonly why: 'stale' | 'ledger' | 'saving' | 'paused';
      readonly message: string;
    }
  /** SecureChange refused it, or the call never left. */
  | { readonly kind: 'refused'; readonly failure: FailureFacts }
  /** Intent is recorded and no evidence was found: only a person can say. Nothing is sent again. */
  | { readonly kind: 'unknown'; readonly message: string };

export interface PushActivities {
  /** look → gate → durable intent → call; one attempt. Sends at most once per token, whatever dies on the way. */
  push: (input: PushInput) => Promise<PushResult>;
  /** Tells the lane how an open question ended, after a person answered it. */
  closePush: (input: ClosePushInput) => Promise<void>;
}

/** Between the last reading of the stop switch and the call: promise 9 says 5 s. */
const SWITCH_FRESH_MS = 2_500;
/** A process that was frozen between intent and call must not wake up and send. */
const SEND_WITHIN_MS = 5_000;

/** Recorded with the intent, so that a later attempt knows what is new and where to look. */
interface Baseline {
  readonly seen: string;
  readonly ref: FieldRef;
  /** Newest revision of the target: what the verifier looks at later must follow it. */
  readonly revision?: number | null;
}

interface Sight {
  readonly place: Place;
  readonly revision: number | null;
  readonly design: DesignFacts;
  readonly device: DeviceDesign | undefined;
  /** SecureChange works on the task just now. */
  readonly running: boolean;
}

export function createPushActivities(
  deps: Pick<ActivityDeps, 'secureChange' | 'definitions' | 'calendars' | 'temporal' | 'clock' | 'settings'>,
): PushActivities {
  const { secureChange, temporal, clock, settings } = deps;
  const openLaneNamed = (key: string): LaneLink => openLane(deps, key);

  async function look(input: PushInput, signal: AbortSignal): Promise<Sight> {
    // First: what the gate judges must be the freshest.
    const revision = input.kind === 'savingUpdate' ? null : await newestRevision(input, signal);
    const place = await findPlace(secureChange, input, operationOf(input), signal);
    const design = await secureChange.readDesign(place.ref, signal);
    const device = design.devices.find((candidate) => candidate.managementId === input.target);
    return { place, revision, design, device, running: isWorkedOn(place.step, place.task.id) };
  }

  /** Only the later verification needs it: no push waits for a SecureTrack that does not say. */
  async function newestRevision({ target }: PushInput, signal: AbortSignal): Promise<number | null> {
    try {
      return await secureChange.readRevision(target, signal);
    } catch (error) {
      if (error instanceof CallFailure) return null;
      throw error;
    }
  }

  async function lookWhenFree(input: PushInput, signal: AbortSignal): Promise<Sight> {
    const giveUpAtMs = clock.now() + settings.pushTimeoutMs;
    for (;;) {
      const sight = await look(input, signal);
      if (!sight.running) return sight;
      if (clock.now() > giveUpAtMs) {
        throw failure(input, 'locked', 'securechange.task_pending', 'SecureChange still works on the task');
      }
      await clock.sleep(settings.pollEveryMs, signal);
    }
  }

  /**
   * Waits for evidence that differs from the baseline; null when none came within the grace. The place is the one the
   * push was addressed to: a sent push runs to its end, also when the ticket moves on meanwhile.
   */
  async function follow(
    input: PushInput,
    { seen, ref }: Baseline,
    accepted: boolean,
    signal: AbortSignal,
  ): Promise<PushEvidence | null> {
    const startedAtMs = clock.now();
    let sawRunning = false;
    for (;;) {
      const sight = await readThrough(async () => await lookAt(input, ref, signal));
      const waitedMs = clock.now() - startedAtMs;
      sawRunning ||= sight?.running === true;
      if (sight !== null && !sight.running) {
        const ended = sawRunning || (accepted && waitedMs > settings.evidenceGraceMs / 2);
        const outcome = evidenceOf(input, sight.device, seen, ended);
        if (outcome !== null) return outcome;
        if (waitedMs > settings.evidenceGraceMs) return null;
      }
      if (waitedMs > settings.pushTimeoutMs) return null;
      await clock.sleep(settings.pollEveryMs, signal);
    }
  }

  async function lookAt(
    input: PushInput,
    ref: FieldRef,
    signal: AbortSignal,
  ): Promise<{ running: boolean; device: DeviceDesign | undefined }> {
    const facts = await secureChange.readTicket(input.ticketId, { requestField: input.requestField, signal });
    const design = await secureChange.readDesign(ref, signal);
    const here = facts.status === 'inProgress' && facts.step?.id === ref.stepId ? facts.step : null;
    const running = here !== null && isWorkedOn(here, ref.taskId);
    return { running, device: design.devices.find((candidate) => candidate.managementId === input.target) };
  }

  async function push(input: PushInput, signal: AbortSignal): Promise<PushResult> {
    const lane = openLaneNamed(input.laneKey);
    const manager = input.kind === 'savingUpdate' ? openLaneNamed(input.managerLaneKey) : null;
    const ending = createEnding(input, lane, manager, settings.settleMs);

    const { grant, ended } = await lane.token(input.token);
    if (grant?.begun) return await resolveBegun(input, grant.begun.baseline, ending, signal);
    if (grant === null) {
      // Never used, or no attempt of ours ran before this one: nothing was sent with this token.
      const unused = ended === 'revoked' || ended === 'notSent' || !input.again;
      return unused ? await lostTurn(ending) : await resolveLostToken(input, signal);
    }

    let sight: Sight;
    let verdict: GateVerdict;
    try {
      sight = await lookWhenFree(input, signal);
      const already = alreadyThere(input, sight.device);
      if (already !== null) return await ending.with('done', already);
      verdict = await judgeGate(deps, {
        facts: sight.place.facts,
        design: sight.design,
        device: sight.device,
        kind: input.kind,
        epoch: input.epoch,
        adopted: input.adopted,
        instructionDigest: input.instructionDigest,
        assessed: input.assessed,
        calendar: input.calendar,
      });
    } catch (error) {
      // Unreadable = no push: no intent is recorded yet, so the turn goes back and nothing was sent.
      return await refusedBy(input, error, ending);
    }
    if (!verdict.open) {
      return await ending.with('notSent', {
        kind: 'gateClosed',
        reason: verdict.reason,
        message: verdict.message,
      });
    }
    try {
      await takeTask(secureChange, sight.place, input.taskAccess, signal);
    } catch (error) {
      return await refusedBy(input, error, ending);
    }
    if (manager !== null) {
      const saving = await manager.beginSaving({
        ticketId: input.ticketId,
        target: input.target,
        effectKey: input.effectKey,
      });
      if (saving.kind === 'pushing') {
        return await ending.with('notSent', {
          kind: 'turnLost',
          why: 'saving',
          message: `the manager is being pushed by ${saving.by}`,
        });
      }
    }

    const { revision, place } = sight;
    const baseline: Baseline = { seen: seenOf(input, sight.device), ref: place.ref, revision };
    const intent = await lane.beginPush({
      token: input.token,
      effectKey: input.effectKey,
      baseline: JSON.stringify(baseline),
      nonce: randomUUID(),
    });
    switch (intent.kind) {
      case 'begun':
        if (!intent.first) return await resolveBegun(input, intent.baseline, ending, signal);
        break;
      case 'stale':
        return await lostTurn(ending);
      case 'blocked':
        return await ending.with('notSent', {
          kind: 'turnLost',
          why: 'ledger',
          message: ledgerText(intent.entries),
        });
      case 'saving':
        return await ending.with('notSent', {
          kind: 'turnLost',
          why: 'saving',
          message: `an Update of ${intent.by} is being saved on this manager`,
        });
      case 'paused':
        return await ending.with('notSent', {
          kind: 'turnLost',
          why: 'paused',
          message: `the lane is paused by ${intent.by}`,
        });
    }
    return await send(input, sight, baseline, ending, signal);
  }

  async function send(
    input: PushInput,
    { place }: Sight,
    baseline: Baseline,
    ending: Ending,
    signal: AbortSignal,
  ): Promise<PushResult> {
    const begunAtMs = clock.now();
    const stop = await readStopSwitch(temporal, () => clock.now());
    const readAtMs = clock.now();
    if (stop.stopped) {
      return await ending.with('notSent', { kind: 'gateClosed', reason: 'stopped', message: stop.message });
    }
    if (readAtMs - begunAtMs > SEND_WITHIN_MS || signal.aborted || clock.now() - readAtMs > SWITCH_FRESH_MS) {
      return await ending.with('notSent', {
        kind: 'turnLost',
        why: 'stale',
        message: 'too long between intent and call; nothing was sent',
      });
    }
    try {
      if (input.kind === 'commit') await secureChange.commit(place.ref, input.target, signal);
      else await secureChange.update(place.ref, input.target, { force: false, signal });
    } catch (error) {
      if (!(error instanceof CallFailure) || mayHaveHappened(error.facts)) {
        return await settle(input, baseline, false, ending, signal);
      }
      return await refusedBy(input, error, ending);
    }
    return await settle(input, baseline, true, ending, signal);
  }

  /** Sent, or perhaps sent: from here on only evidence counts. */
  async function settle(
    input: PushInput,
    baseline: Baseline,
    accepted: boolean,
    ending: Ending,
    signal: AbortSignal,
  ): Promise<PushResult> {
    const outcome = await follow(input, baseline, accepted, signal);
    if (outcome === null) return unknown(input);
    const { revision = null } = baseline;
    const known = outcome.kind === 'done' && revision !== null ? { revisionBefore: revision } : {};
    return await ending.with(endOf(outcome), { ...outcome, ...known });
  }

  async function resolveBegun(
    input: PushInput,
    baseline: string,
    ending: Ending,
    signal: AbortSignal,
  ): Promise<PushResult> {
    const outcome = await settle(input, JSON.parse(baseline) as Baseline, false, ending, signal);
    return outcome.kind === 'done' ? { ...outcome, joined: true } : outcome;
  }

  /** The lane has moved on although an attempt of ours gave no answer: it told the lane its end, or the lane was lost. */
  async function resolveLostToken(input: PushInput, signal: AbortSignal): Promise<PushResult> {
    let sight: Sight;
    try {
      sight = await lookWhenFree(input, signal);
    } catch (error) {
      if (isMovedOn(error)) return unknown(input);
      throw error;
    }
    const already = alreadyThere(input, sight.device);
    if (already !== null) return already;
    const outcome = evidenceOf(input, sight.device, input.commitBaseline ?? NOTHING_SEEN);
    return outcome ?? unknown(input);
  }

  return {
    push: async (input) => await patiently(async ({ signal }) => await push(input, signal)),
    closePush: async (input) => {
      const lane = openLaneNamed(input.laneKey);
      const manager = input.kind === 'savingUpdate' ? openLaneNamed(input.managerLaneKey) : null;
      await patiently(async () => createEnding(input, lane, manager, settings.settleMs).tell(input.result));
    },
  };
}

/** Nothing was sent with this token; an attempt that died on the way may have told the manager's lane that it would. */
async function lostTurn(ending: Ending): Promise<PushResult> {
  await ending.savingOnly('notSaved');
  return { kind: 'turnLost', why: 'stale', message: 'the lane has given the turn to somebody else' };
}

async function refusedBy(input: PushInput, error: unknown, ending: Ending): Promise<PushResult> {
  if (!(error instanceof CallFailure)) throw error;
  if (isMovedOn(error)) {
    const { message } = error.facts;
    return await ending.with('notSent', { kind: 'gateClosed', reason: 'ticketNotInProgress', message });
  }
  return await ending.with('notSent', {
    kind: 'refused',
    failure: { ...error.facts, operation: operationOf(input) },
  });
}

function isMovedOn(error: unknown): boolean {
  return error instanceof CallFailure && error.facts.code === 'securechange.ticket_moved_on';
}

/** An answer that refuses is proof; a lost connection, an unreadable answer or a server error after sending is not. */
function mayHaveHappened(facts: FailureFacts): boolean {
  if (facts.kind === 'ambiguous' || facts.kind === 'bug') return true;
  return facts.kind === 'transient' && facts.status !== undefined;
}

async function readThrough<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    // While only evidence counts, an unreadable SecureChange is a reason to ask again, not an outcome.
    if (error instanceof CallFailure && error.facts.kind !== 'rejected' && error.facts.kind !== 'auth')
      return null;
    throw error;
  }
}

function unknown(input: PushInput): PushResult {
  return {
    kind: 'unknown',
    message: `${operationOf(input)}: the intent is recorded, and SecureChange shows no sign of it; look at ${input.targetName} and answer`,
  };
}

function ledgerText(entries: readonly { ticketId: string; targetName: string }[]): string {
  const named = entries.slice(0, 3).map((entry) => `ticket ${entry.ticketId} on ${entry.targetName}`);
  return `the Commit would carry saved Updates of ended tickets: ${named.join(', ')}${entries.length > 3 ? ', …' : ''}`;
}

function operationOf(input: Pick<PushInput, 'kind' | 'targetName'>): string {
  return `${input.kind === 'commit' ? 'Commit' : 'Update'} ${input.targetName}`;
}

function failure(input: PushInput, kind: 'locked', code: string, message: string): CallFailure {
  return new CallFailure({ kind, system: 'securechange', operation: operationOf(input), code, message });
}
