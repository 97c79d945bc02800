import { pushWorkflowId } from '../../src/domain/ids.js';
import { fewAtOnce } from '../../src/domain/few-at-once.js';
import { toHistoryFacts } from '../../src/temporal/history-facts.js';
import type { TestEnvironment } from '../support/test-environment.js';

/** Enough calls at once to be quick, few enough not to disturb what is measured. */
export const AT_ONCE = 12;

export interface SentCommit {
  readonly key: string;
  readonly n: number;
  readonly events: number;
  readonly startedAtMs: number;
  readonly judgedAtMs: number;
  readonly sentAtMs: number;
  readonly followedAtMs: number;
  readonly endedAtMs: number;
}

/** The pushes that sent a Commit, from their histories. */
export async function sentCommits(
  env: TestEnvironment,
  lanes: readonly string[],
): Promise<readonly SentCommit[]> {
  const ofLane = async (key: string): Promise<readonly SentCommit[]> => {
    const { past } = await env.lane(key);
    const found = await fewAtOnce(
      past.filter(({ kind }) => kind === 'commit'),
      async ({ n, startedAtMs, endedAtMs }) => {
        const handle = env.temporal.client.workflow.getHandle(pushWorkflowId(key, n));
        const facts = toHistoryFacts(await handle.fetchHistory(), { runId: 'the newest' });
        const judged = facts.find(
          ({ kind, name }) => kind === 'activityStarted' && (name === 'judgeMembers' || name === 'send'),
        );
        const sent = facts.findLast(
          ({ kind, name, result }) =>
            kind === 'activityCompleted' && name === 'send' && (result as { kind?: string }).kind === 'sent',
        );
        const followed = facts.findLast(
          ({ kind, name }) => kind === 'activityCompleted' && name === 'follow',
        );
        if (judged === undefined || sent === undefined) return [];
        return [
          {
            key,
            n,
            events: facts.length,
            startedAtMs,
            judgedAtMs: judged.atMs,
            sentAtMs: sent.atMs,
            followedAtMs: followed?.atMs ?? Number.NaN,
            endedAtMs,
          },
        ];
      },
      AT_ONCE,
    );
    return found.flat();
  };
  return (await fewAtOnce(lanes, ofLane, AT_ONCE)).flat();
}

/** When the ticket has the edited calendar and the result of its push, and how many events that run has. */
export async function storyOf(env: TestEnvironment, id: string) {
  const facts = await env.history(id);
  const read = facts.findLast(({ kind, name }) => kind === 'localActivity' && name === 'checkResult');
  const events = facts.filter(({ runId }) => runId === read?.runId).length;
  const edited = facts.findLast(
    ({ name, input }) =>
      name === 'laneNews' && (input as readonly { kind?: string }[])[0]?.kind === 'replanned',
  );
  const ended = facts.findLast(({ kind, runId }) => kind === 'completed' && runId === read?.runId);
  return {
    recordedAtMs: read?.atMs ?? null,
    endedAtMs: ended?.atMs ?? null,
    editAtMs: edited?.atMs ?? null,
    events,
    runId: read?.runId,
  };
}

/** Workflow tasks of a run, by default the newest one, that ended in this span: each is a round trip between server and worker. */
export async function tasksBetween(
  env: TestEnvironment,
  workflowId: string,
  fromMs: number,
  untilMs: number,
  runId?: string,
): Promise<number> {
  const { events } = await env.temporal.client.workflow.getHandle(workflowId, runId).fetchHistory();
  return (events ?? []).filter(({ eventTime, workflowTaskCompletedEventAttributes: completed }) => {
    const atMs = Number(eventTime?.seconds ?? 0) * 1_000 + (eventTime?.nanos ?? 0) / 1_000_000;
    return completed != null && atMs >= fromMs && atMs <= untilMs;
  }).length;
}

export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

export function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}
