import type { Stage } from '../scenario.js';
import { DEVICES } from '../simulator-client.js';

type Ask = Parameters<Stage['open']>[0];

/** Opens a ticket for each, then has them approved in the same order. Returns their ids. */
export async function openAndApprove(stage: Stage, asks: readonly Ask[]): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const ask of asks) ids.push(await stage.open(ask));
  for (const id of ids) await stage.approve(id);
  return ids;
}

/** Two tickets whose Updates are saved on the device group, and not live. */
export async function saveTwoOnGroup(stage: Stage): Promise<readonly string[]> {
  const targets = [DEVICES.deviceGroup];
  const ids = await openAndApprove(stage, [
    { subject: 'Mail relay to archive', targets, port: 2525 },
    { subject: 'Monitoring to new hosts', targets, port: 9100 },
  ]);
  await untilAllSaved(stage, ids);
  return ids;
}

export async function untilAllWait(stage: Stage, ids: readonly string[]): Promise<void> {
  for (const id of ids)
    await stage.until(id, 'waits for its window', (view) => view.waiting?.for === 'window');
}

export async function untilAllSaved(stage: Stage, ids: readonly string[]): Promise<void> {
  for (const id of ids)
    await stage.until(id, 'has saved its Update', (view) => view.savedNotPushed.length === 1);
}
