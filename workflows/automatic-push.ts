import { selfPushingStepAfter } from '../src/domain/self-pushing.js';
import type { LaneDevice } from '../activities/index.js';
import { ensureTargets, openTargets } from './targets.js';
import type { TicketRun } from './ticket-run.js';

/** What SecureChange will push by itself after this step, by the process definition; empty where no later step pushes. */
export async function devicesPushedAfter(run: TicketRun): Promise<readonly LaneDevice[]> {
  const { state, definition } = run;
  if (selfPushingStepAfter(definition, state.stepName ?? '', []) === null) return [];
  await ensureTargets(run, 'advance');
  return openTargets(run).map(
    ({ managementId, name, path, instructionDigest, enforcedBy, laneKey, laneName, vendor, domain }) => ({
      target: managementId,
      targetName: name,
      path,
      instructionDigest,
      commits: enforcedBy !== 'update',
      laneKey,
      laneName,
      vendor,
      domain: domain ?? null,
    }),
  );
}

/** Reports the end to the lanes that wait for the automatic push of this ticket; does nothing when none does. */
export async function endAutomaticPush(
  run: TicketRun,
  outcome: 'live' | 'notMade' | 'unknown',
): Promise<void> {
  const { ticketId, automatic: devices } = run.state;
  if (devices.length === 0) return;
  await run.read('endAutomaticPush', { phase: null, runsWhileHeld: true, runsToItsEnd: true }, () => ({
    ticketId,
    devices,
    outcome,
  }));
  run.state.automatic = [];
}

/**
 * The ticket has entered a step. Where SecureChange pushes in it, the lanes wait on; a step before it shows that nothing was
 * pushed, any other step does not show how the push ended.
 */
export async function followAutomaticPush(run: TicketRun): Promise<void> {
  const { state } = run;
  if (state.automatic.length === 0) return;
  const steps = state.definition?.steps ?? {};
  const name = state.stepName ?? '';
  const pushesHere = steps[name]?.phases.some(
    ({ phase, by }) => (phase === 'update' || phase === 'commit') && by === 'securechange',
  );
  if (state.status === 'inProgress' && pushesHere === true) return;
  const before =
    state.definition !== null && name in steps && selfPushingStepAfter(state.definition, name, []) !== null;
  const sentBack = state.epoch !== state.automaticEpoch;
  await endAutomaticPush(run, state.status === 'inProgress' && before && !sentBack ? 'notMade' : 'unknown');
}
