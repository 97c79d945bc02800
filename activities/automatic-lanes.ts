import type { AutomaticTarget, BeginAutomaticResult } from '../src/domain/automatic-fence.js';
import type { AutomaticDevice } from '../src/domain/lane.js';
import { checkForeign } from './foreign.js';
import type { ActivityDeps } from './contract.js';
import { maintenanceOf } from './maintenance.js';
import { openLane } from './lane-link.js';

/** One device that a later step pushes by itself, and its lane. */
export interface LaneDevice extends AutomaticDevice {
  readonly laneKey: string;
  readonly laneName: string;
  /** For rules of calendars that are limited to some targets. */
  readonly vendor: string;
  readonly domain: string | null;
}

/** What the lanes hold for the step that is to be completed. */
export interface AutomaticStep {
  readonly ticketId: string;
  readonly epoch: number;
  readonly stepName: string;
  readonly devices: readonly LaneDevice[];
}

/** The lane that does not allow it, and why. */
export interface LaneRefusal {
  readonly laneKey: string;
  readonly kind: Exclude<BeginAutomaticResult['kind'], 'begun'>;
  readonly message: string;
  /** Of changes of others: where, for the command that accepts them. */
  readonly target: string | null;
  /** Names the reading of changes of others that a person may accept. */
  readonly seen?: string;
}

type Deps = Pick<ActivityDeps, 'secureChange' | 'managers' | 'scripts' | 'temporal' | 'clock' | 'settings'>;

/** Records the push in each lane; null when all allow it. When one does not, none keeps it. */
export async function beginInLanes(
  deps: Deps,
  step: AutomaticStep,
  signal: AbortSignal,
): Promise<LaneRefusal | null> {
  const { ticketId, epoch, stepName } = step;
  const judged: { key: string; name: string; targets: readonly AutomaticTarget[] }[] = [];
  for (const [key, devices] of byLane(step.devices)) {
    const name = devices[0]?.laneName ?? key;
    const maintenance = maintenanceOf(deps, { key, name });
    if (maintenance !== null) return { laneKey: key, kind: 'paused', message: maintenance, target: null };
    const targets: AutomaticTarget[] = [];
    for (const { laneKey: _key, laneName: _name, vendor: _vendor, domain: _domain, ...device } of devices) {
      const { target, path, commits } = device;
      // The lane knows since when revisions count only for targets that enrolled: without that, others are not visible.
      const foreign = commits
        ? await checkForeign(deps, { key, name }, { target, path, since: null }, signal)
        : null;
      targets.push({ ...device, foreign });
    }
    judged.push({ key, name, targets });
  }
  for (const { key, name, targets } of judged) {
    const result = await openLane(deps, key, name).beginAutomatic({ ticketId, epoch, stepName, targets });
    if (result.kind === 'begun') continue;
    await endInLanes(deps, step, 'notMade');
    const { kind, message } = result;
    const refusal = { laneKey: key, kind, message };
    return result.kind === 'foreign'
      ? { ...refusal, target: result.target, seen: result.seen }
      : { ...refusal, target: null };
  }
  return null;
}

/** Reports to the lane of each device how it ended; a lane without the push changes nothing. */
export async function endInLanes(
  deps: Deps,
  { ticketId, devices }: Pick<AutomaticStep, 'ticketId' | 'devices'>,
  outcome: 'live' | 'notMade' | 'unknown',
): Promise<void> {
  for (const [key, [device]] of byLane(devices))
    await openLane(deps, key, device?.laneName ?? key).endAutomatic({ ticketId, outcome });
}

/** Always in the same order, so that two tickets cannot each hold what the other needs. */
function byLane(devices: readonly LaneDevice[]): readonly (readonly [string, readonly LaneDevice[]])[] {
  const lanes = new Map<string, LaneDevice[]>();
  for (const device of devices) lanes.set(device.laneKey, [...(lanes.get(device.laneKey) ?? []), device]);
  return [...lanes].sort(([a], [b]) => (a < b ? -1 : 1));
}
