import type { WorkflowService } from '@temporalio/client';

import { RELEASES, TASK_QUEUES } from '../../../src/domain/ids.js';
import { continueAsNew, WORKFLOW_TYPES } from '../../../workflows/messages.js';
import { askTemporal, type TemporalReader } from './ask-temporal.js';
import { ClientError } from './contract.js';
import { GRPC, grpcStatusOf, isQueueNotCounted, type Call } from './errors.js';
import type { Release, Releases, ReleasesClient } from './release-facts.js';
import { quote } from './visibility-query.js';

/** A worker that lives asks at least once a minute. */
const LIVES_WITHIN_MS = 90_000;
/** The server counts a queue to a release a moment after the first worker of the release has asked it. */
const COUNTED_WITHIN_MS = 10_000;
const LIVING_LONG = ['ticket', 'lane', 'control', 'updateSlot', 'alerts'] as const;

/** Temporal's worker versioning, for our one deployment. */
export function createReleases(reader: TemporalReader): ReleasesClient {
  const list = async (): Promise<Releases> => await readReleases(reader);
  return {
    list,
    use: async (name, { percent } = {}) => {
      refuseIncomplete(name, await list());
      await route(reader, name, percent);
      return await list();
    },
    renew: async (onEach) => await renewAll(reader, onEach),
  };
}

function refuseIncomplete(name: string, { releases }: Releases): void {
  const release = releases.find((each) => each.name === name);
  if (release === undefined)
    throw new ClientError(
      'refused',
      `temporal: release ${name}: no worker was ever started with SCO_RELEASE=${name}; start them first, then look with sco release list`,
    );
  if (release.missingQueues.length > 0)
    throw new ClientError(
      'refused',
      `temporal: release ${name}: none of its workers asks ${release.missingQueues.join(', ')}: tickets would stand still; start its workers first`,
    );
}

async function route(
  { client, ...rest }: TemporalReader,
  buildId: string,
  percent: number | undefined,
): Promise<void> {
  const call: Call = { what: `release ${buildId}`, kind: 'command', notFound: 'unexpected' };
  const { namespace } = client.options;
  const to = { namespace, deploymentName: RELEASES, buildId, identity: client.options.identity };
  const { workflowService } = client;
  const once = async (): Promise<unknown> =>
    percent === undefined || percent >= 100
      ? workflowService.setWorkerDeploymentCurrentVersion(to)
      : workflowService.setWorkerDeploymentRampingVersion({ ...to, percentage: percent });
  for (const untilMs = Date.now() + COUNTED_WITHIN_MS; ;) {
    try {
      await askTemporal({ client, ...rest }, call, once);
      return;
    } catch (error) {
      if (!isQueueNotCounted(error) || Date.now() >= untilMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

async function renewAll(
  reader: TemporalReader,
  onEach: (workflowId: string) => void = () => undefined,
): Promise<number> {
  const types = LIVING_LONG.map((type) => quote(WORKFLOW_TYPES[type])).join(', ');
  const query = `ExecutionStatus = 'Running' AND WorkflowType IN (${types})`;
  let signalled = 0;
  for await (const { workflowId, runId } of reader.client.workflow.list({ query })) {
    const call: Call = { what: `${workflowId}: new run`, kind: 'read', notFound: 'ticketNotFound' };
    const handle = reader.client.workflow.getHandle(workflowId, runId);
    try {
      await askTemporal(reader, call, () => handle.signal(continueAsNew));
    } catch (error) {
      // Gone meanwhile: ended, or in a new run already.
      if (error instanceof ClientError && error.code === 'ticketNotFound') continue;
      throw error;
    }
    signalled += 1;
    onEach(workflowId);
  }
  return signalled;
}

export async function readReleases(reader: TemporalReader): Promise<Releases> {
  const { client } = reader;
  const { namespace } = client.options;
  const call: Call = { what: 'releases', kind: 'read', notFound: 'unexpected' };
  const polling = await askTemporal(reader, call, () => readPolling(client.workflowService, namespace));
  const info = await askTemporal(reader, call, () =>
    client.workflowService.describeWorkerDeployment({ namespace, deploymentName: RELEASES }),
  ).then(
    ({ workerDeploymentInfo }) => workerDeploymentInfo,
    (error: unknown) => {
      // No worker was started with a release yet, or the server knows no releases.
      if (grpcStatusOf(error) === GRPC.notFound || grpcStatusOf(error) === GRPC.unimplemented) return null;
      throw error;
    },
  );
  const routing = info?.routingConfig;
  const current = routing?.currentDeploymentVersion?.buildId;
  const ramping = routing?.rampingDeploymentVersion?.buildId;
  const releases = [];
  for (const { deploymentVersion, createTime } of info?.versionSummaries ?? []) {
    const name = deploymentVersion?.buildId ?? '?';
    const query = `ExecutionStatus = 'Running' AND TemporalWorkerDeploymentVersion = ${quote(`${RELEASES}:${name}`)}`;
    const { count } = await askTemporal(reader, call, () => client.workflow.count(query));
    const own = polling.filter((poller) => poller.release === name);
    releases.push({
      name,
      role: name === current ? 'current' : name === ramping ? 'ramping' : 'none',
      percent: name === ramping ? Math.round(routing?.rampingVersionPercentage ?? 0) : null,
      workers: namesOf(own),
      missingQueues: Object.values(TASK_QUEUES).filter((queue) => !own.some((each) => each.queue === queue)),
      openWorkflows: count,
      seenFirstMs: createTime?.seconds == null ? null : Number(createTime.seconds) * 1_000,
    } satisfies Release);
  }
  return {
    releases: releases.sort((a, b) => (b.seenFirstMs ?? 0) - (a.seenFirstMs ?? 0)),
    unversionedWorkers: namesOf(polling.filter(({ release }) => release === null)),
  };
}

interface Polling {
  readonly queue: string;
  readonly identity: string;
  /** null: a worker without a release. */
  readonly release: string | null;
}

/** Temporal's numbers of a queue for workflow tasks and one for activities. */
const [WORKFLOWS, ACTIVITIES] = [1, 2] as const;
/** Temporal's number of a worker with versioning. */
const VERSIONED = 2;

async function readPolling(service: WorkflowService, namespace: string): Promise<readonly Polling[]> {
  const found: Polling[] = [];
  for (const queue of Object.values(TASK_QUEUES)) {
    const taskQueueType = queue === TASK_QUEUES.main ? WORKFLOWS : ACTIVITIES;
    const { pollers } = await service.describeTaskQueue({
      namespace,
      taskQueue: { name: queue },
      taskQueueType,
    });
    for (const { identity, lastAccessTime, deploymentOptions } of pollers) {
      if (Date.now() - Number(lastAccessTime?.seconds ?? 0) * 1_000 > LIVES_WITHIN_MS) continue;
      const isOurs =
        Number(deploymentOptions?.workerVersioningMode) === VERSIONED &&
        deploymentOptions?.deploymentName === RELEASES;
      found.push({
        queue,
        identity: identity ?? '?',
        release: isOurs ? (deploymentOptions.buildId ?? '?') : null,
      });
    }
  }
  return found;
}

function namesOf(polling: readonly Polling[]): readonly string[] {
  return [...new Set(polling.map(({ identity }) => identity))].sort();
}
