import { laneOf, type Devices } from './device-tree.js';
import { clip, NAME_LENGTH } from './normalise.js';
import type { ManagerInRun, WindowRuns } from './secure-change.js';

const NO_ANCESTOR = { id: null, name: null };

/** The manager of each device that the runs show: of each window the newest run. `runs` is the oldest first. */
export function managersInRuns(runs: WindowRuns['runs'], devices: Devices): readonly ManagerInRun[] {
  const newest = new Map<string, ManagerInRun>();
  for (const { uuid, window, runId, startMs, devices: shown } of runs)
    for (const { managementId: id } of shown) {
      const device = clip(devices.get(id)?.name ?? id, NAME_LENGTH);
      const { key: laneKey, name } = laneOf(devices, { id, name: device }, NO_ANCESTOR);
      newest.set(`${laneKey}/${uuid}`, {
        laneKey,
        laneName: clip(name, NAME_LENGTH),
        device,
        window,
        runId,
        startMs,
      });
    }
  return [...newest.values()];
}
