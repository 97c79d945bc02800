import { WorkflowContinuedAsNewError, WorkflowFailedError } from '@temporalio/client';

import { createEarlierRunsActivities } from '../../activities/earlier-runs.js';
import type { ActivityDeps } from '../../activities/contract.js';
import { activityEnvironment } from './activity-environment.js';

type Result = readonly string[] | Error;
type Found = { scriptRuns: readonly string[] | null };

/** A Temporal that lists these runs of the ticket, newest first, once it was asked so often. */
async function findIn(
  runs: Readonly<Record<string, Result>>,
  listedAfter = 0,
  startedAtMs = 0,
): Promise<Found['scriptRuns']> {
  let nowMs = 0;
  let asked = 0;
  const workflow = {
    list: () =>
      asked++ < listedAfter
        ? []
        : Object.keys(runs).map((runId) => ({ runId, startTime: new Date(startedAtMs) })),
    getHandle: (_: string, runId: string) => ({
      result: async () => {
        const result = runs[runId]!;
        if (result instanceof Error) return await Promise.reject(result);
        return { ticketId: '1', outcome: 'closed', ...(result.length > 0 && { scriptRuns: result }) };
      },
    }),
  };
  const clock = { now: () => nowMs, sleep: async (ms: number) => void (nowMs += await Promise.resolve(ms)) };
  const { findEarlierRuns } = createEarlierRunsActivities({
    temporal: { workflow } as unknown as ActivityDeps['temporal'],
    clock,
  });
  const environment = activityEnvironment('own');
  type Find = (input: { ticketId: string }) => Promise<Found>;
  return (await environment.run<[{ ticketId: string }], Found, Find>(findEarlierRuns, { ticketId: '1' }))
    .scriptRuns;
}

describe('scripts that earlier runs of a ticket ran', () => {
  it('are none when the ticket had no run but the one that asks', async () => {
    expect(await findIn({})).toEqual([]);
    expect(await findIn({ own: new Error('it is asked about itself') })).toEqual([]);
  });

  it('are those of all its runs, the oldest first, each once', async () => {
    expect(await findIn({ third: ['a', 'c'], second: [], first: ['a', 'b'] })).toEqual(['a', 'b', 'c']);
  });

  it('are found although the list shows a run late', async () => {
    expect(await findIn({ first: ['a'] }, 3)).toEqual(['a']);
  });

  it('leave out a run that continued as new, whose follower has them', async () => {
    const continued = new WorkflowContinuedAsNewError('continued', 'next');
    expect(await findIn({ second: ['a'], first: continued })).toEqual(['a']);
  });

  it('are not known when more runs than are read started a moment ago', async () => {
    const many = Object.fromEntries(Array.from({ length: 22 }, (_, at) => [`run-${at}`, [`${at}`]]));
    expect(await findIn(many)).toBeNull();
    expect(await findIn(many, 0, -3_600_000)).toHaveLength(20);
  });

  it('are not known when a run was ended by force, and Temporal’s own failure is one to retry', async () => {
    const terminated = new WorkflowFailedError('terminated', undefined, 'NON_RETRYABLE_FAILURE');
    expect(await findIn({ second: ['a'], first: terminated })).toBeNull();
    await expect(findIn({ first: new Error('Temporal is away') })).rejects.toThrow('Temporal is away');
  });
});
