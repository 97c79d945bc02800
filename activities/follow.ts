import { judgeParts } from '../src/domain/commit-report.js';
import { durationText } from '../src/domain/duration-text.js';
import { CallFailure } from '../src/domain/failure.js';
import { instantText } from '../src/domain/instant-text.js';
import { evidenceKey, type DeviceDesign } from '../src/domain/provisioning.js';
import type { Baseline, PushCall, PushKind } from '../src/domain/push.js';
import type { ActivityDeps } from './contract.js';
import { withHeartbeat } from './with-heartbeat.js';
import { endedAt, evidenceOf, type PushEvidence } from './push-evidence.js';
import { isWorkedOn } from './task-access.js';

export interface FollowInput {
  readonly laneKey: string;
  readonly laneName: string;
  readonly kind: PushKind;
  readonly call: PushCall;
  readonly target: string;
  readonly targetName: string;
  readonly requestField: string;
  readonly baseline: Baseline;
  /** SecureChange answered that it accepted the call. */
  readonly accepted: boolean;
}

export type FollowResult =
  | PushEvidence
  /** There is a report, and it proves neither success nor failure. */
  | { readonly kind: 'unclear'; readonly message: string }
  /** SecureChange has worked on the task for as long as a push may take, and still does. */
  | { readonly kind: 'pending'; readonly message: string }
  | null;

interface Wait {
  readonly signal: AbortSignal;
  readonly untilMs: number;
}

export interface FollowActivities {
  /**
   * Waits for evidence that differs from the baseline; null when none came within the grace. The place is the one the
   * call was addressed to: a sent call runs to its end, also when the ticket moves on meanwhile; one that SecureChange
   * accepted is then waited for as long as a push may take. A Commit that failed on some firewalls is matched to the
   * members. Reads only.
   */
  follow: (input: FollowInput) => Promise<FollowResult>;
}

export function createFollowActivities({
  secureChange,
  managers,
  clock,
  settings,
}: Pick<ActivityDeps, 'secureChange' | 'managers' | 'clock' | 'settings'>): FollowActivities {
  async function readTarget(
    { baseline: { ref }, target, requestField }: FollowInput,
    signal: AbortSignal,
  ): Promise<{ running: boolean; movedOn: boolean; device: DeviceDesign | undefined }> {
    const facts = await secureChange.readTicket(ref.ticketId, { requestField, signal });
    const design = await secureChange.readDesign(ref, signal);
    const step = facts.status === 'inProgress' && facts.step?.id === ref.stepId ? facts.step : null;
    const running = step !== null && isWorkedOn(step, ref.taskId);
    return {
      running,
      movedOn: step === null,
      device: design.devices.find((candidate) => candidate.managementId === target),
    };
  }

  /** Nothing was left to install: a window of SecureTrack that ran since the change was saved has made it live. */
  async function madeLiveByOthers(
    { call, target, baseline: { savedUntilMs } }: FollowInput,
    device: DeviceDesign | undefined,
    wait: Wait,
  ): Promise<PushEvidence | null> {
    if (call !== 'commit' || savedUntilMs === null || device === undefined) return null;
    const commits = await untilRead(
      async () => secureChange.windowCommits(target, savedUntilMs, wait.signal),
      wait,
    );
    const commit = commits?.[0];
    if (commit === undefined) return null;
    const ended = commit.endMs === null ? '' : ` at ${instantText(commit.endMs)}`;
    return {
      kind: 'done',
      joined: true,
      message: `made live by SecureTrack's change window ${commit.window}, run ${commit.runId}${ended}`,
      commitEvidence: evidenceKey(device.commit),
      ...(commit.endMs !== null && { liveSinceMs: commit.endMs }),
    };
  }

  /** Which members have their change on every firewall, and whether all that failed is tolerated. */
  async function matched(
    { call, target, laneKey, laneName, baseline }: FollowInput,
    outcome: PushEvidence,
    device: DeviceDesign | undefined,
    wait: Wait,
  ): Promise<PushEvidence> {
    if (call !== 'commit' || outcome.kind === 'done' || device === undefined) return outcome;
    const report = await untilRead(
      async () => secureChange.readCommitReport(baseline.ref, target, wait.signal),
      wait,
    );
    if (report === null) return outcome;
    const { parts, ...commit } = report;
    // Another Commit has reported since: its parts say nothing about this one.
    if (evidenceKey(commit) !== evidenceKey(device.commit) || parts.length === 0) return outcome;
    const { tolerate } = managers.policyFor({ key: laneKey, name: laneName });
    const verdict = judgeParts(parts, tolerate, baseline.policies ?? {});
    const done = {
      kind: 'done',
      joined: false,
      commitEvidence: evidenceKey(commit),
      ...endedAt({ commit }),
    } as const;
    if (verdict.kind === 'live') return { ...done, message: verdict.warning };
    const { finished, message } = verdict;
    const evidence = { ...done, message: `all firewalls of this ticket have it; of the others: ${message}` };
    return { ...outcome, message, ...(finished.length > 0 && { finished: { members: finished, evidence } }) };
  }

  /** Null: it could not be read as long as a push may take. What the result rests on then is a person's to judge. */
  async function untilRead<T>(read: () => Promise<T>, { signal, untilMs }: Wait): Promise<T | null> {
    for (;;) {
      const found = await readThrough(read);
      if (found !== null || clock.now() > untilMs) return found;
      await clock.sleep(settings.pollEveryMs, signal);
    }
  }

  async function follow(input: FollowInput, signal: AbortSignal): Promise<FollowResult> {
    const startedAtMs = clock.now();
    const wait: Wait = { signal, untilMs: startedAtMs + settings.pushTimeoutMs };
    let sawRunning = false;
    for (;;) {
      const reading = await readThrough(async () => await readTarget(input, signal));
      const waitedMs = clock.now() - startedAtMs;
      sawRunning ||= reading?.running === true;
      if (reading !== null && !reading.running) {
        const { movedOn } = reading;
        const quiet = sawRunning || (input.accepted && waitedMs > settings.evidenceGraceMs / 2);
        // A step that the ticket has left does not show whether the call still runs.
        const ended = quiet && !movedOn;
        const outcome = evidenceOf(
          { call: input.call, commitBaseline: null },
          reading.device,
          input.baseline.seen,
          ended,
        );
        if (outcome?.kind === 'failed' && outcome.nothingToInstall === true)
          return (await madeLiveByOthers(input, reading.device, wait)) ?? outcome;
        if (outcome !== null) return await matched(input, outcome, reading.device, wait);
        const isAccepted = input.accepted || sawRunning;
        if (waitedMs > settings.evidenceGraceMs && !(isAccepted && movedOn))
          return unclear(input, reading.device);
      }
      if (waitedMs > settings.pushTimeoutMs) {
        if (reading?.running !== true) return null;
        const { ticketId, taskId } = input.baseline.ref;
        const message = `task ${taskId} of ticket ${ticketId} is PENDING for ${durationText(waitedMs)}`;
        return { kind: 'pending', message };
      }
      await clock.sleep(settings.pollEveryMs, signal);
    }
  }

  return {
    follow: async (input) => await withHeartbeat(async ({ signal }) => await follow(input, signal)),
  };
}

function unclear({ call, baseline }: FollowInput, device: DeviceDesign | undefined): FollowResult {
  if (call !== 'commit' || device === undefined || evidenceKey(device.commit) === baseline.seen) return null;
  const { state, message } = device.commit;
  return state === 'unknown' && message !== null ? { kind: 'unclear', message } : null;
}

async function readThrough<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    // Only evidence counts: an unreadable SecureChange is read again.
    if (error instanceof CallFailure && error.facts.kind !== 'rejected' && error.facts.kind !== 'auth')
      return null;
    throw error;
  }
}
