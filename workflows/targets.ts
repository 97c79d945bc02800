import type { DesignFacts, DeviceDesign, Target } from '../src/domain/provisioning.js';
import { withWaves } from '../src/domain/partial-failure.js';
import { evidenceKey, isDone, updateEnforces } from '../src/domain/provisioning.js';
import { refusedDevices } from './parking-texts.js';
import { requireApproval } from './assess.js';
import type { TicketRun } from './ticket-run.js';
import type { Phase } from '../src/domain/phase.js';

/** The devices of an approved request. Parks the ticket before anything is provisioned that is not approved. */
export async function approvedTargets(run: TicketRun, phase: Phase): Promise<void> {
  await requireApproval(run);
  await ensureTargets(run, phase);
}

/** The devices of this epoch and their capabilities; planned once, then kept in the state. */
export async function ensureTargets(run: TicketRun, phase: Phase): Promise<void> {
  const { state } = run;
  if (state.targets.length > 0) return;
  const design = await allowedDesign(run, phase);
  const planned = design.devices.map((device): Target => {
    const target = toTarget(device);
    const before = state.live[device.managementId];
    // Sent back after this very change went live: there is nothing left to install.
    const isLive = before?.instructionDigest === device.instructionDigest && device.update === 'updated';
    return isLive && target.commit === 'todo'
      ? {
          ...target,
          update: 'done' as const,
          commit: 'done' as const,
          push: before.n,
          message: `live since push ${before.n}`,
        }
      : target;
  });
  state.targets = withWaves(planned, (target) => !isDone(target) && isPushed(target));
  run.display.note(
    `devices: ${design.devices
      .slice(0, 10)
      .map((device) => device.name)
      .join(', ')}${design.devices.length > 10 ? ', …' : ''}`,
  );
  run.display.publish();
}

/** The Designer results, without a device that the capability matrix refuses. */
async function allowedDesign(run: TicketRun, phase: Phase): Promise<DesignFacts> {
  for (;;) {
    const design: DesignFacts = await run.read('readDesign', { phase }, () => run.stepRef());
    const refused = refusedIn(design);
    if (refused.length === 0) return design;
    await run.parkings.park({ ...refusedDevices(refused), phase });
  }
}

export function refusedIn({ devices }: DesignFacts): readonly DeviceDesign[] {
  return devices.filter(
    ({ design, capability }) =>
      design !== 'fullyImplemented' && (capability.update === 'refused' || capability.commit === 'refused'),
  );
}

/** A device with unknown capabilities is done by hand, with evidence. */
function toTarget(device: DeviceDesign): Target {
  const { capability } = device;
  const nothingToDo = device.design === 'fullyImplemented';
  const saves = capability.enforcedBy === 'commit';
  const committable =
    capability.commit === 'automatic' ? 'automatic' : capability.commit === 'none' ? 'none' : 'manual';
  const commitBy = saves ? committable : 'none';
  const updateBy = capability.update === 'automatic' ? 'automatic' : 'manual';
  return {
    managementId: device.managementId,
    name: device.name,
    vendor: device.vendor,
    laneKey: device.laneKey,
    laneName: device.laneName,
    path: device.path,
    ...(device.domain !== undefined && { domain: device.domain }),
    enforcedBy: capability.enforcedBy,
    updateBy,
    commitBy,
    ...((updateBy === 'manual' || commitBy === 'manual') &&
      capability.reason !== undefined && {
        byHand: {
          reason: capability.reason,
          ...(capability.person !== undefined && { person: capability.person }),
        },
      }),
    instructionDigest: device.instructionDigest,
    ...(device.touches !== undefined && { touches: device.touches }),
    update: nothingToDo ? 'notNeeded' : 'todo',
    commit: nothingToDo || commitBy === 'none' ? 'notNeeded' : 'todo',
    commitBaseline: evidenceKey(device.commit),
    push: null,
    manualEvidence: null,
    message: nothingToDo ? 'fully implemented already' : null,
  };
}

/** Updates that only save: they may come before the window. */
export function savingTargets(run: TicketRun): Target[] {
  return run.state.targets.filter(
    (target) => target.update !== 'done' && target.update !== 'notNeeded' && !updateEnforces(target),
  );
}

/** The targets that are not done. */
export function openTargets(run: TicketRun): Target[] {
  return run.state.targets.filter((target) => !isDone(target));
}

/** The targets that a push may make live; the others are done by hand, or by SecureTrack. */
export function automaticTargets(run: TicketRun): Target[] {
  return openTargets(run).filter((target) => isPushed(target) && !isSecureTracks(run, target));
}

/** The targets that SecureTrack's change windows commit, whatever the capability matrix says of our Commit. */
export function secureTracksTargets(run: TicketRun): Target[] {
  return openTargets(run).filter((target) => isSecureTracks(run, target));
}

function isSecureTracks({ definition }: TicketRun, target: Target): boolean {
  return definition.commitBy === 'securetrack' && !updateEnforces(target);
}

function isPushed(target: Target): boolean {
  const unsaved = target.update !== 'done' && target.update !== 'notNeeded';
  if (updateEnforces(target)) return target.updateBy === 'automatic';
  return target.commitBy !== 'manual' && (!unsaved || target.updateBy === 'automatic');
}

/** True when the orchestrator makes the change live in this step. */
export function commitsHere({ state, definition }: TicketRun): boolean {
  const rules = definition.steps[state.stepName ?? '']?.phases ?? [];
  return rules.some(({ phase, by }) => phase === 'commit' && by === 'orchestrator');
}
