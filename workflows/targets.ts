import type { DesignFacts, DeviceDesign, Target } from '../src/domain/provisioning.js';
import { evidenceKey, isSettled, updateEnforces } from '../src/domain/provisioning.js';
import type { TicketRun } from './ticket-run.js';
import type { Phase } from '../src/domain/phase.js';

/** The devices of this epoch and what may be done to each; planned once, then kept in the state. */
export async function ensureTargets(run: TicketRun, phase: Phase): Promise<void> {
  const { state, activities } = run;
  if (state.targets.length > 0) return;
  const design: DesignFacts = await run.attempt({ phase }, async () => activities.readDesign(run.stepRef()));
  state.targets = design.devices.map(toTarget);
  run.note(
    `devices: ${design.devices
      .slice(0, 10)
      .map((device) => device.name)
      .join(', ')}${design.devices.length > 10 ? ', …' : ''}`,
  );
  run.publish();
}

/** Unknown capabilities ask a person: a device that we can not judge is done by hand, with evidence. */
function toTarget(device: DeviceDesign): Target {
  const { capability } = device;
  const nothingToDo = device.design === 'fullyImplemented';
  const saves = capability.enforcedBy === 'commit';
  const committable =
    capability.commit === 'automatic' ? 'automatic' : capability.commit === 'none' ? 'none' : 'manual';
  const commitBy = saves ? committable : 'none';
  return {
    managementId: device.managementId,
    name: device.name,
    vendor: device.vendor,
    laneKey: device.laneKey,
    laneName: device.laneName,
    enforcedBy: capability.enforcedBy,
    updateBy: capability.update === 'automatic' ? 'automatic' : 'manual',
    commitBy,
    instructionDigest: device.instructionDigest,
    update: nothingToDo ? 'notNeeded' : 'todo',
    commit: nothingToDo || commitBy === 'none' ? 'notNeeded' : 'todo',
    commitBaseline: evidenceKey(device.commit),
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

/** What makes a change live: Updates of direct (or unknown) devices and Commits of managers. */
export function enforcingTargets(run: TicketRun): Target[] {
  return run.state.targets.filter((target) => !isSettled(target));
}

/** Calendar of a target by device or manager name, else the process's own. */
export function calendarOf(run: TicketRun, target: Target): string {
  const { calendar, perTarget } = run.definition.window;
  return perTarget[target.name] ?? perTarget[target.laneName] ?? calendar;
}

export interface EnforcingPush {
  readonly target: Target;
  readonly kind: 'commit' | 'enforcingUpdate';
}

/** The enforcing push of each target that we may make ourselves; the others are done by hand. */
export function pushesOf(targets: readonly Target[]): EnforcingPush[] {
  return targets.flatMap<EnforcingPush>((target) => {
    if (updateEnforces(target)) {
      return target.updateBy === 'automatic' ? [{ target, kind: 'enforcingUpdate' }] : [];
    }
    const saved = target.update === 'done' || target.update === 'notNeeded';
    return saved && target.commitBy === 'automatic' ? [{ target, kind: 'commit' }] : [];
  });
}
