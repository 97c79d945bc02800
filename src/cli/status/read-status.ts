import {
  ClientError,
  type OrchestratorClient,
  type ParkedTicket,
} from '../../../packages/client/src/contract.js';
import type { DeploymentFacts } from '../../../packages/client/src/deployment-facts.js';
import type { ConfigurationFacts } from '../../domain/configuration-facts.js';
import { CONTROL_WORKFLOW_ID, TASK_QUEUES } from '../../domain/ids.js';
import { refreshTokenAdvice, refreshTokenText, type RefreshTokenAlarm } from '../../domain/refresh-token.js';
import type { ControlView } from '../../domain/view.js';
import type { CliContext } from '../context.js';
import { evidenceProblem } from './evidence-text.js';
import { workersOf, type WorkerState } from './workers.js';

const PARKED_SHOWN = 50;

/** What is true of the installation, for `sco status`. */
export interface Status {
  readonly atMs: number;
  readonly temporal: string;
  /** null when no worker answered, or `control` is not ours: then every gate takes it for stopped. */
  readonly stop: ControlView | null;
  readonly workers: readonly WorkerState[];
  /** Task queues that no living worker asks. */
  readonly queuesWithoutWorker: readonly string[];
  readonly sweep: DeploymentFacts['sweep'];
  /** Of the evidence log: its newest tree head, and when it was exported last. */
  readonly evidence: DeploymentFacts['evidence'];
  /** What each worker said last; `inUse` when that worker still asks for work. */
  readonly configurations: readonly (ConfigurationFacts & { readonly inUse: boolean })[];
  readonly parked: readonly ParkedTicket[];
  /** There are more than `parked` has. */
  readonly moreParked: boolean;
  /** Workflows whose code fails: they stand still while lists look normal. */
  readonly failing: DeploymentFacts['workflows']['failing'];
  /** Workflows with parts that cannot be decoded. */
  readonly undecodable: DeploymentFacts['workflows']['undecodable'];
  /** What runs under our ids and was not started by this product. */
  readonly foreign: DeploymentFacts['foreign'];
  /** Status of the newest run of the stop switch, as Temporal names it. */
  readonly control: DeploymentFacts['control'];
  readonly opensNext: { readonly ticketId: string; readonly opensAtMs: number } | null;
}

/** Throws ClientError when Temporal does not answer; everything else that is missing is part of the status. */
export async function readStatus(context: CliContext, client: OrchestratorClient): Promise<Status> {
  const atMs = context.now();
  const { queues, sweep, evidence, workflows, foreign, control } = await context.inspectTemporal();
  const [switchView, said, parked, opensNext] = await Promise.all([
    readStop(client),
    client.status.configurations(),
    client.status.parked(PARKED_SHOWN + 1),
    client.status.nextOpening(atMs),
  ]);
  const isOurs = !foreign.found.some(({ workflowId }) => workflowId === CONTROL_WORKFLOW_ID);
  const stop = isOurs ? switchView : null;
  const workers = workersOf(queues, atMs, context.hasEnded, stop !== null);
  const asks = (queue: string): boolean => workers.some((worker) => worker.queue === queue && worker.alive);
  return {
    atMs,
    temporal: await context.temporalAddress(),
    stop,
    workers,
    queuesWithoutWorker: Object.values(TASK_QUEUES).filter((queue) => !asks(queue)),
    sweep,
    evidence,
    configurations: withUse(said, workers),
    parked: parked.slice(0, PARKED_SHOWN),
    moreParked: parked.length > PARKED_SHOWN,
    failing: workflows.failing,
    undecodable: workflows.undecodable,
    foreign,
    control,
    opensNext,
  };
}

/** null when no worker answers. */
export async function readStop(client: OrchestratorClient): Promise<ControlView | null> {
  try {
    return await client.control.get();
  } catch (error) {
    if (error instanceof ClientError && (error.code === 'workerAway' || error.code === 'unexpected'))
      return null;
    throw error;
  }
}

/** Of those whose worker is gone only the newest, and only where no living worker has said anything. */
export function withUse(
  said: readonly ConfigurationFacts[],
  workers: readonly WorkerState[],
): Status['configurations'] {
  const alive = new Set(workers.filter((worker) => worker.alive).map(({ identity }) => identity));
  const inUse = said.filter(({ worker }) => alive.has(worker)).map((facts) => ({ ...facts, inUse: true }));
  return inUse.length > 0 ? inUse : said.slice(0, 1).map((facts) => ({ ...facts, inUse: false }));
}

function parkedConcern({ parked, moreParked }: Status): string {
  if (moreParked) {
    return `more than ${parked.length} tickets need attention; all of them: sco ticket list --needs-attention --limit 1000`;
  }
  return `${parked.length} ${parked.length === 1 ? 'ticket needs' : 'tickets need'} attention`;
}

/** Why the stop switch is not known. */
export function unknownStopText({ foreign }: Pick<Status, 'foreign'>): string {
  return foreign.found.some(({ workflowId }) => workflowId === CONTROL_WORKFLOW_ID)
    ? 'the workflow control is not ours: the stop switch counts as on, and nothing is pushed'
    : 'no worker answers: nothing is pushed until one does';
}

function controlConcern({ control }: Status): readonly string[] {
  if (control === 'RUNNING' || control === 'CONTINUED_AS_NEW') return [];
  return [
    control === null
      ? 'the stop switch does not exist: nothing is pushed until a worker starts it'
      : `the stop switch does not run (${control.toLowerCase()}): its last state applies, and sco stop fails until a worker starts it again; see sco doctor`,
  ];
}

/** Workers share the tokens: the newest word about a server counts. */
function endingTokens(configurations: Status['configurations']): readonly RefreshTokenAlarm[] {
  const newest = [...configurations].sort((a, b) => a.atMs - b.atMs);
  const byServer = newest.flatMap(({ refreshTokens = [] }) =>
    refreshTokens.map((one) => [one.server, one] as const),
  );
  return [...new Map(byServer).values()];
}

/** What an operator should look at, one sentence each; empty when there is nothing. */
export function concernsOf(status: Status): readonly string[] {
  const { stop, parked, configurations, queuesWithoutWorker, sweep, failing, undecodable, foreign } = status;
  const lateEvidence = evidenceProblem(status.evidence, status.atMs);
  const digests = new Set(configurations.map(({ digest }) => digest));
  return [
    ...(stop === null ? [unknownStopText(status)] : []),
    ...(stop?.stopped === true ? ['a stop is on: no Update or Commit is sent'] : []),
    ...queuesWithoutWorker.map((queue) => `no worker polls task queue ${queue}`),
    ...failing
      .slice(0, 5)
      .map(
        ({ workflowId, reason }) => `workflow ${workflowId} is blocked, its workflow task fails: ${reason}`,
      ),
    ...undecodable
      .slice(0, 5)
      .map(
        ({ workflowId, what }) =>
          `workflow ${workflowId} cannot be decoded: ${what.join(', ')}; see sco doctor`,
      ),
    ...(undecodable.length > 5
      ? [`${undecodable.length - 5} more workflows cannot be decoded; see sco doctor`]
      : []),
    ...foreign.found
      .slice(0, 5)
      .map(
        ({ workflowId, type, taskQueue }) =>
          `workflow ${workflowId} (type ${type}, task queue ${taskQueue}) was not started by this product and gets the messages for ours; see sco doctor`,
      ),
    ...(foreign.found.length > 5 || foreign.more
      ? ['there are more workflows that this product did not start; see sco doctor']
      : []),
    ...controlConcern(status),
    ...(failing.length > 5 ? [`${failing.length - 5} more workflows fail; see sco doctor`] : []),
    ...(sweep === null ? ['the schedule of the sweep does not exist'] : []),
    ...(sweep?.paused === true ? ['the schedule of the sweep is paused'] : []),
    ...(sweep?.findings && sweep.findings.oddCount > 0
      ? [`the sweep cannot read ${sweep.findings.oddCount} tickets or lanes; see sco ticket list`]
      : []),
    ...(sweep?.findings?.cut === true ? ['there are more open tickets than one sweep reads'] : []),
    ...(lateEvidence === null ? [] : [`${lateEvidence}; sco evidence export`]),
    ...(digests.size > 1 ? ['the workers use different configurations'] : []),
    ...configurations
      .filter(({ problem }) => problem !== null)
      .map(({ worker }) => `${worker} cannot use the configuration files as they are now`),
    ...configurations.flatMap(({ worker, faultyProcesses }) =>
      faultyProcesses.map((fault) => `${worker}: ${fault}`),
    ),
    ...configurations.flatMap(({ worker, refusedScripts }) =>
      refusedScripts.map(({ name, why }) => `${worker} would refuse to run the script ${name}: ${why}`),
    ),
    ...endingTokens(configurations).map(
      (ending) => `${refreshTokenText(ending, status.atMs)}; ${refreshTokenAdvice(ending)}`,
    ),
    ...configurations
      .filter(({ restored }) => restored)
      .map(({ worker }) => `${worker} runs with SCO_RESTORED: it only observes`),
    ...(parked.length === 0 ? [] : [parkedConcern(status)]),
  ];
}
