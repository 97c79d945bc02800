import { type WorkflowExecutionInfo, WorkflowNotFoundError } from '@temporalio/client';

import { EvidenceBusy } from '../src/audit/evidence/append-lock.js';
import type { OpenLog } from '../src/audit/evidence/evidence-log.js';
import { EvidenceDamaged, type LogEntry } from '../src/audit/evidence/read-log.js';
import {
  recordOf,
  recordOfGone,
  subjectsOf,
  type RunFacts,
  type RunStatus,
} from '../src/audit/evidence/record.js';
import { canonicalJson } from '../src/domain/canonical-json.js';
import type { EvidenceExport } from '../src/domain/evidence.js';
import { CallFailure } from '../src/domain/failure.js';
import type { HistoryFact } from '../src/domain/history-fact.js';
import { TASK_QUEUES } from '../src/domain/ids.js';
import { toHistoryFacts } from '../src/temporal/history-facts.js';
import { PayloadUnreadable } from '../src/temporal/payload-codec.js';
import { readHistory } from '../src/temporal/read-history.js';
import { WORKFLOW_TYPES } from '../workflows/messages.js';
import type { ActivityDeps } from './contract.js';
import { withHeartbeat } from './with-heartbeat.js';

export interface ExportEvidenceActivities {
  /**
   * Adds to the evidence log what happened in closed runs, and in open ones: those that were not exported for a day, or all.
   * Another attempt goes on where this one ended.
   */
  exportEvidence: (input: { readonly open: 'daily' | 'all' }) => Promise<EvidenceExport>;
}

const DAY_MS = 86_400_000;
const SIGN_EVERY_RUNS = 50;
const MOST_NAMED = 50;

/** These are about no ticket, and a day of them alone is thousands of events. */
const LEFT_OUT: readonly string[] = [WORKFLOW_TYPES.sweep, WORKFLOW_TYPES.auditExport, WORKFLOW_TYPES.alerts];
const EXPORTED = Object.values(WORKFLOW_TYPES).filter((type) => !LEFT_OUT.includes(type));

export function createExportEvidenceActivities({
  temporal,
  evidence,
  clock,
}: Pick<ActivityDeps, 'temporal' | 'evidence' | 'clock'>): ExportEvidenceActivities {
  /** Only runs of our own code: closed ones in the order in which they ended, then open ones. */
  async function listRuns(): Promise<readonly RunFacts[]> {
    const types = EXPORTED.map((type) => `'${type}'`).join(', ');
    const found: RunFacts[] = [];
    for await (const info of temporal.workflow.list({ query: `WorkflowType IN (${types})` }))
      if (info.taskQueue === TASK_QUEUES.main) found.push(runFactsOf(info));
    const endOf = ({ closedAtMs }: RunFacts): number => closedAtMs ?? Infinity;
    return found.toSorted((a, b) => Math.sign(endOf(a) - endOf(b)) || a.startedAtMs - b.startedAtMs);
  }

  /** null when retention has removed it. */
  async function factsOf({ workflowId, runId }: RunFacts): Promise<readonly HistoryFact[] | null> {
    try {
      const history = await readHistory(temporal, workflowId, runId);
      return toHistoryFacts(history, { runId });
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    }
  }

  /** The last event that was exported; 0 where the history has another one in its place: Temporal was restored. */
  async function exportedUntil(
    log: OpenLog,
    last: LogEntry | undefined,
    facts: readonly HistoryFact[],
  ): Promise<number> {
    if (last === undefined) return 0;
    const event = (await log.read(last)).events.at(-1);
    // A record without an event says only that its run has ended.
    if (event === undefined) return last.to;
    const same = facts.find(({ eventId }) => eventId === event.eventId);
    return canonicalJson(same) === canonicalJson(event) ? event.eventId : 0;
  }

  /** Whether anything was added. */
  async function addRun(log: OpenLog, run: RunFacts, last: LogEntry | undefined): Promise<'gone' | boolean> {
    const nowMs = clock.now();
    const facts = await factsOf(run);
    if (facts === null) {
      await log.append(recordOfGone(run, nowMs), [run.workflowId]);
      return 'gone';
    }
    const record = recordOf(run, facts, { after: await exportedUntil(log, last, facts), nowMs });
    if (record === null) return false;
    await log.append(record, subjectsOf(run, facts));
    return true;
  }

  async function addRuns(
    log: OpenLog,
    open: 'daily' | 'all',
    signal: AbortSignal,
    unread: PayloadUnreadable[],
  ): Promise<Omit<EvidenceExport, 'head'>> {
    const lastOf = new Map(log.entries.map((entry) => [entry.runId, entry]));
    const untilMs = clock.now() - (open === 'daily' ? DAY_MS : 0);
    let runs = 0;
    const gone: string[] = [];
    for (const run of await listRuns()) {
      signal.throwIfAborted();
      const last = lastOf.get(run.runId);
      const isDone = last !== undefined && last.status !== 'running';
      const isFresh = run.status === 'running' && (last?.exportedAtMs ?? 0) > untilMs;
      if (isDone || isFresh) continue;
      const added = await addRun(log, run, last).catch((error: unknown) => {
        // Its key is missing here: the others are exported all the same, and this one once the key is there.
        if (!(error instanceof PayloadUnreadable)) throw error;
        unread.push(error);
        return false;
      });
      if (added === 'gone') gone.push(run.workflowId);
      else if (added) runs += 1;
      if (runs % SIGN_EVERY_RUNS === SIGN_EVERY_RUNS - 1) await log.sign();
    }
    return { runs, gone: gone.slice(0, MOST_NAMED), goneCount: gone.length, cut: log.cut };
  }

  return {
    exportEvidence: async ({ open }) =>
      await withHeartbeat(async ({ signal }) => {
        try {
          return await evidence.write(async (log) => {
            const unread: PayloadUnreadable[] = [];
            const added = await addRuns(log, open, signal, unread);
            const head = await log.sign();
            if (unread[0] !== undefined) throw unread[0];
            return {
              ...added,
              head: head === null ? null : { size: head.size, root: head.root, atMs: head.atMs },
            };
          });
        } catch (error) {
          throw failureOf(error);
        }
      }),
  };
}

function failureOf(error: unknown): unknown {
  const common = { system: 'orchestrator', operation: 'export of evidence' } as const;
  if (error instanceof EvidenceBusy)
    return new CallFailure({
      ...common,
      kind: 'busy',
      code: 'orchestrator.evidence_busy',
      message: error.message,
    });
  if (error instanceof EvidenceDamaged)
    return new CallFailure({
      ...common,
      kind: 'rejected',
      code: 'orchestrator.evidence_damaged',
      message: error.message,
    });
  return error;
}

function runFactsOf({
  workflowId,
  runId,
  type,
  status,
  startTime,
  closeTime,
}: WorkflowExecutionInfo): RunFacts {
  return {
    workflowId,
    runId,
    type,
    status: STATUS[status.name] ?? 'running',
    startedAtMs: startTime.getTime(),
    closedAtMs: closeTime?.getTime() ?? null,
  };
}

const STATUS: Readonly<Partial<Record<WorkflowExecutionInfo['status']['name'], RunStatus>>> = {
  COMPLETED: 'completed',
  CONTINUED_AS_NEW: 'continuedAsNew',
  FAILED: 'failed',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timedOut',
  CANCELLED: 'cancelled',
};
