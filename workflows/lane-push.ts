import { pushWorkflowId } from '../src/domain/ids.js';
import type { PlannedPush } from '../src/domain/lane-order.js';
import { expectedSaveMs } from '../src/domain/usual-lengths.js';
import { CHECK_PUSH_EVERY_MS, startPush } from '../src/domain/running-push.js';
import type { LaneRun } from './lane-run.js';
import type { PushStart } from './push-run.js';
import { untilDone } from './until-done.js';

/** Starts a planned push with its members. */
export async function startPlanned(run: LaneRun, planned: PlannedPush): Promise<void> {
  const push = startPush(run.state, planned, run.now());
  await startRun(run, pushStart(run, push.n, planned));
  run.signals.pushStarted(planned.members);
  // With nothing left to save the call is a moment away: signals to all tickets would hold it up, and those of other lanes.
  if (planned.members.some(({ saved }) => !saved)) run.signals.queueCarried();
  run.touch();
}

/** A push that has not reported for a while is checked, however many messages arrive meanwhile. */
export function isPushCheckDue(run: LaneRun): boolean {
  return run.state.push !== null && run.now() >= run.state.checkPushAtMs;
}

/** Checks a push that has not reported: it still runs, has ended, or is gone. */
export async function checkPush(run: LaneRun): Promise<void> {
  const { push, key } = run.state;
  if (push === null) return;
  run.state.checkPushAtMs = run.now() + CHECK_PUSH_EVERY_MS;
  // Without a known run it can have begun nothing.
  const { n, runId } = { n: push.n, runId: push.runId ?? '' };
  const seen = await untilDone(
    run.engine,
    async () => run.activities.checkPush({ laneKey: key, n, runId }),
    () => undefined,
  );
  if (run.state.push?.n !== n || seen.kind === 'running') return;
  run.state.push = { ...run.state.push, runId };
  if (seen.kind === 'ended') {
    run.pushEnded({ n, runId, ...seen.results });
    return;
  }
  const { begun } = run.state.push;
  const open = begun.filter(({ ended }) => !ended);
  if (open.length === 0) {
    const result = {
      kind: 'notSent',
      cause: 'stale',
      message: 'the push was terminated before it made a call',
    } as const;
    const members = push.members.map(({ ticketId, target }) => ({ ticketId, target, result }));
    run.pushEnded({ n, runId, members, sharedFailure: null, restMs: 0 });
    return;
  }
  // It may have sent something: a new push with the same number finds out how its calls ended.
  const { kind, target, targetName, members } = push;
  const again = {
    ...pushStart(run, push.n, { kind, target, targetName, path: push.path, members }),
    resolve: open.map(({ call, baseline, members: of }) => ({ call, baseline, members: of })),
  };
  await startRun(run, again);
}

function pushStart(
  { state }: LaneRun,
  n: number,
  { kind, target, targetName, members }: PlannedPush,
): PushStart {
  const { key, name } = state;
  return {
    version: 1,
    laneKey: key,
    laneName: name,
    n,
    kind,
    target,
    targetName,
    members,
    expectedSaveMs: expectedSaveMs(state),
    // Only whether there is a rest: the worker that reports the end replaces it with its setting.
    restMs: kind === 'save' ? 0 : 2_000,
    resolve: [],
  };
}

async function startRun(run: LaneRun, start: PushStart): Promise<void> {
  const onLost = (): void => {
    if (run.state.push?.n !== start.n) return;
    run.state.checkPushAtMs = run.now();
    run.touch();
  };
  const runId = await run.engine.startPush(pushWorkflowId(run.state.key, start.n), start, onLost);
  // Messages may have changed it meanwhile.
  const { push } = run.state;
  if (push?.n === start.n) run.state.push = { ...push, runId };
}
