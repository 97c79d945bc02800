import { fewAtOnce } from '../../src/domain/few-at-once.js';
import { toHistoryFacts } from '../../src/temporal/history-facts.js';
import type { TestEnvironment } from '../support/test-environment.js';

/** Enough calls at once to be quick, few enough not to disturb what is measured. */
export const AT_ONCE = 12;

export interface SentCommit {
  readonly workflowId: string;
  readonly events: number;
  readonly judgedAtMs: number;
  readonly sentAtMs: number;
  /** NaN: had not happened. */
  readonly followedAtMs: number;
  readonly endedAtMs: number;
}

/** Pushes since this instant, from their histories: those that sent their call, and how many did not. Needs no worker. */
export async function pushesSince(
  env: TestEnvironment,
  sinceMs: number,
): Promise<{ readonly sent: readonly SentCommit[]; readonly notSent: number }> {
  const { workflow } = env.temporal.client;
  const since = [];
  for await (const push of workflow.list({ query: "WorkflowType = 'push'" }))
    if (push.startTime.getTime() >= sinceMs) since.push(push);
  const found = await fewAtOnce(
    since,
    async ({ workflowId, runId, closeTime }) => {
      const facts = toHistoryFacts(await workflow.getHandle(workflowId, runId).fetchHistory(), { runId });
      const judged = facts.find(
        ({ kind, name }) => kind === 'activityStarted' && (name === 'judgeMembers' || name === 'send'),
      );
      const sent = facts.findLast(
        ({ kind, name, result }) =>
          kind === 'activityCompleted' && name === 'send' && (result as { kind?: string }).kind === 'sent',
      );
      const followed = facts.findLast(({ kind, name }) => kind === 'activityCompleted' && name === 'follow');
      if (judged === undefined || sent === undefined) return [];
      return [
        {
          workflowId,
          events: facts.length,
          judgedAtMs: judged.atMs,
          sentAtMs: sent.atMs,
          followedAtMs: followed?.atMs ?? Number.NaN,
          endedAtMs: closeTime?.getTime() ?? Number.NaN,
        },
      ];
    },
    AT_ONCE,
  );
  const sent = found.flat();
  return { sent, notSent: since.length - sent.length };
}

/** When the ticket has the edited calendar and the result of its push, and how many events that run has. */
export async function storyOf(env: TestEnvironment, id: string) {
  const facts = await env.history(id);
  const read = facts.findLast(({ kind, name }) => kind === 'activityCompleted' && name === 'readPush');
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
