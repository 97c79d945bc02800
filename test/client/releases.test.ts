import type { Client } from '@temporalio/client';

import { createReleases } from '../../packages/client/src/releases.js';
import { RELEASES, TASK_QUEUES } from '../../src/domain/ids.js';

const NOW_S = Math.floor(Date.now() / 1_000);

/** As servers 1.29 and 1.31 say it. */
const NOT_COUNTED = [
  'proposed current version is missing active task queues from the current version; these would become unversioned if it is set as the current version',
  "proposed current version '2.0' is missing active task queues from the current version; these would become unversioned if it is set as the current version",
] as const;

interface Asking {
  readonly identity: string;
  readonly queues: readonly string[];
  readonly release?: string;
  readonly deployment?: string;
  readonly agoS?: number;
}

/** A server that knows these releases and these workers. */
function server(parts: {
  known: readonly string[];
  current?: string;
  workers: readonly Asking[];
  /** How often it does not yet count every queue to the release. */
  early?: number;
  /** Refuses every use of a release with this text. */
  refuses?: string;
}) {
  let early = parts.early ?? 0;
  let calls = 0;
  const failed = (details: string) => Object.assign(new Error(details), { code: 9, details, metadata: {} });
  const routed: object[] = [];
  const workflowService = {
    describeTaskQueue: async ({ taskQueue }: { taskQueue: { name: string } }) => ({
      pollers: parts.workers
        .filter(({ queues }) => queues.includes(taskQueue.name))
        .map(({ identity, release, deployment = RELEASES, agoS = 0 }) => ({
          identity,
          lastAccessTime: { seconds: NOW_S - agoS },
          ...(release !== undefined && {
            deploymentOptions: { deploymentName: deployment, buildId: release, workerVersioningMode: 2 },
          }),
        })),
    }),
    describeWorkerDeployment: async () => {
      if (parts.known.length === 0)
        throw Object.assign(new Error('not found'), { code: 5, details: '', metadata: {} });
      return {
        workerDeploymentInfo: {
          routingConfig: { currentDeploymentVersion: { buildId: parts.current } },
          versionSummaries: parts.known.map((buildId, index) => ({
            deploymentVersion: { buildId },
            createTime: { seconds: 1_000 + index },
          })),
        },
      };
    },
    setWorkerDeploymentCurrentVersion: async (request: object) => {
      calls += 1;
      if (parts.refuses !== undefined) throw failed(parts.refuses);
      if (early > 0) {
        early -= 1;
        throw failed(NOT_COUNTED[early % NOT_COUNTED.length] ?? '');
      }
      routed.push({ current: request });
    },
    setWorkerDeploymentRampingVersion: async (request: object) => routed.push({ ramping: request }),
  };
  const client = {
    workflowService,
    options: { namespace: 'default', identity: 'me' },
    workflow: { count: async () => ({ count: 7 }) },
  } as unknown as Client;
  const connection = { withDeadline: async <R>(_deadline: number | Date, call: () => Promise<R>) => call() };
  return { releases: createReleases({ client, connection, deadlineMs: 1_000 }), routed, calls: () => calls };
}

const ALL = Object.values(TASK_QUEUES);

describe('releases', () => {
  it('are none before a worker was started with one, and workers without one are named', async () => {
    const { releases } = server({ known: [], workers: [{ identity: 'w1', queues: ALL }] });
    expect(await releases.list()).toEqual({ releases: [], unversionedWorkers: ['w1'] });
  });

  it('say who works for them, what is missing, and which is current, the newest first', async () => {
    const { releases } = server({
      known: ['1.0', '2.0'],
      current: '1.0',
      workers: [
        { identity: 'w1', queues: ALL, release: '1.0' },
        { identity: 'w2', queues: ['sco', 'sco-push'], release: '2.0' },
        { identity: 'gone', queues: ALL, release: '2.0', agoS: 600 },
        { identity: 'theirs', queues: ALL, release: '2.0', deployment: 'another-product' },
      ],
    });
    expect(await releases.list()).toEqual({
      releases: [
        {
          name: '2.0',
          role: 'none',
          percent: null,
          workers: ['w2'],
          missingQueues: ['sco-script', 'sco-question'],
          openWorkflows: 7,
          seenFirstMs: 1_001_000,
        },
        {
          name: '1.0',
          role: 'current',
          percent: null,
          workers: ['w1'],
          missingQueues: [],
          openWorkflows: 7,
          seenFirstMs: 1_000_000,
        },
      ],
      unversionedWorkers: ['theirs'],
    });
  });

  it('are used as soon as the server counts every queue to them', async () => {
    const workers = [{ identity: 'w2', queues: ALL, release: '2.0' }];
    const { releases, routed } = server({ known: ['2.0'], workers, early: 2 });
    await releases.use('2.0');
    expect(routed).toHaveLength(1);
  });

  it('are asked for once where the server refuses them for another reason', async () => {
    const refuses = "ManagerIdentity 'other' is set and does not match user identity 'me'";
    const workers = [{ identity: 'w2', queues: ALL, release: '2.0' }];
    const { releases, calls } = server({ known: ['2.0'], workers, refuses });
    await expect(releases.use('2.0')).rejects.toMatchObject({
      message: expect.stringContaining(refuses) as string,
    });
    expect(calls()).toBe(1);
  });

  it('are not used while a queue is asked by none of their workers: tickets would stand still', async () => {
    const { releases, routed } = server({
      known: ['2.0'],
      workers: [{ identity: 'w2', queues: ['sco', 'sco-push'], release: '2.0' }],
    });
    await expect(releases.use('2.0')).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('sco-script, sco-question') as string,
    });
    await expect(releases.use('3.0')).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('SCO_RELEASE=3.0') as string,
    });
    expect(routed).toEqual([]);
  });

  it('get all tickets, or a part of them', async () => {
    const { releases, routed } = server({
      known: ['2.0'],
      workers: [{ identity: 'w2', queues: ALL, release: '2.0' }],
    });
    await releases.use('2.0', { percent: 10 });
    await releases.use('2.0');
    const to = { namespace: 'default', deploymentName: RELEASES, buildId: '2.0', identity: 'me' };
    expect(routed).toEqual([{ ramping: { ...to, percentage: 10 } }, { current: to }]);
  });
});
