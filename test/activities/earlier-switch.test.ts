import { createEarlierSwitchActivities } from '../../activities/earlier-switch.js';
import type { ActivityDeps } from '../../activities/contract.js';
import { activityEnvironment } from './activity-environment.js';

/** A Temporal that lists these runs of the switch, and of lanes and pushes. */
async function findIn(switches: readonly string[], witnesses: readonly string[] = []): Promise<boolean> {
  const list = ({ query }: { query: string }) =>
    (query.includes("'control'") ? switches : witnesses).map((runId) => ({ runId }));
  const temporal = { workflow: { list } } as unknown as ActivityDeps['temporal'];
  const { findEarlierSwitch } = createEarlierSwitchActivities({ temporal });
  return (
    await activityEnvironment('own').run<[], { ranBefore: boolean }, () => Promise<{ ranBefore: boolean }>>(
      findEarlierSwitch,
    )
  ).ranBefore;
}

describe('whether the stop switch ran before', () => {
  it('no: nothing is listed, or only the run that asks', async () => {
    expect(await findIn([])).toBe(false);
    expect(await findIn(['own'])).toBe(false);
  });

  it('yes: another run of it is listed, in whatever order', async () => {
    expect(await findIn(['own', 'another'])).toBe(true);
    expect(await findIn(['another', 'own'])).toBe(true);
  });

  it('yes: its runs were deleted, and a lane or push is listed that began with one', async () => {
    expect(await findIn(['own'], ['of a lane'])).toBe(true);
  });
});
