import { WorkflowNotFoundError, type Client } from '@temporalio/client';

import { readEvidence } from '../../packages/client/src/evidence-state.js';
import { readSweep } from '../../packages/client/src/sweep-state.js';
import { AUDIT_EXPORT_NOW_WORKFLOW_ID } from '../../src/domain/ids.js';

interface Run {
  readonly status: 'COMPLETED' | 'RUNNING' | 'FAILED';
  readonly endedAtMs?: number;
  readonly result?: unknown;
}

/** A schedule that has started these runs, the oldest first, at 10 s, 20 s and so on; null: one that retention has removed. */
function server(runs: readonly (Run | null)[] | null, byPerson: Run | null = null): Client {
  const handleOf = (run: Run | null | undefined) => ({
    describe: async () => {
      if (run == null) throw new WorkflowNotFoundError('not found', 'run', undefined);
      const { status, endedAtMs } = run;
      return { status: { name: status }, closeTime: endedAtMs === undefined ? null : new Date(endedAtMs) };
    },
    result: async () => run?.result,
  });
  const fake = {
    options: { namespace: 'default' },
    workflowService: {
      describeSchedule: async () => {
        if (runs === null) throw Object.assign(new Error('none'), { code: 5, details: '', metadata: {} });
        return {
          schedule: { state: { paused: true }, spec: { interval: [{ interval: { seconds: 300 } }] } },
          info: {
            recentActions: runs.map((_run, index) => ({
              actualTime: { seconds: (index + 1) * 10 },
              startWorkflowResult: { workflowId: 'scheduled', runId: String(index) },
            })),
          },
        };
      },
    },
    workflow: {
      getHandle: (workflowId: string, runId?: string) =>
        handleOf(workflowId === AUDIT_EXPORT_NOW_WORKFLOW_ID ? byPerson : runs?.[Number(runId)]),
    },
  };
  return fake as unknown as Client;
}

const swept = (oddCount: number): Run => ({
  status: 'COMPLETED',
  endedAtMs: oddCount * 1_000,
  result: { odd: [], oddCount, cut: false },
});
const exported = (size: number): Run => ({
  status: 'COMPLETED',
  endedAtMs: size * 1_000,
  result: { head: { size, atMs: size, signature: 'not shown' } },
});
const RUNNING: Run = { status: 'RUNNING' };
const FAILED: Run = { status: 'FAILED', endedAtMs: 90_000 };

describe('the last sweep', () => {
  it('is the newest of the last three that ended without failing', async () => {
    expect(await readSweep(server([swept(1), swept(2), FAILED, RUNNING]))).toEqual({
      paused: true,
      lastRunAtMs: 40_000,
      findings: { odd: [], oddCount: 2, cut: false },
      endedAtMs: 2_000,
    });
    expect(await readSweep(server([swept(1), FAILED, FAILED, RUNNING]))).toMatchObject({
      findings: null,
      endedAtMs: null,
    });
  });

  it('is not known of a run that retention has removed, nor its findings of an older release', async () => {
    expect(await readSweep(server([swept(1), null]))).toMatchObject({ endedAtMs: 1_000 });
    expect(await readSweep(server([{ ...swept(3), result: undefined }]))).toMatchObject({
      findings: null,
      endedAtMs: 3_000,
    });
  });

  it('has no state without its schedule, and an empty one before its first run', async () => {
    expect(await readSweep(server(null))).toBeNull();
    expect(await readSweep(server([]))).toEqual({
      paused: true,
      lastRunAtMs: null,
      findings: null,
      endedAtMs: null,
    });
  });
});

describe('the last export of evidence', () => {
  it('is the scheduled one or that of a person, whichever ended later', async () => {
    const facts = { paused: true, everyMs: 300_000, firstRunAtMs: 10_000 };
    const head = (size: number) => ({ endedAtMs: size * 1_000, head: { size, atMs: size } });

    expect(await readEvidence(server([exported(1), FAILED]))).toEqual({ ...facts, ...head(1) });
    expect(await readEvidence(server([exported(1), exported(3)], exported(2)))).toEqual({
      ...facts,
      ...head(3),
    });
    expect(await readEvidence(server([exported(1)], exported(2)))).toEqual({ ...facts, ...head(2) });
    expect(await readEvidence(server([exported(1)], RUNNING))).toEqual({ ...facts, ...head(1) });
  });

  it('has no head before one ended, and no state without its schedule', async () => {
    expect(await readEvidence(server([RUNNING]))).toMatchObject({ endedAtMs: null, head: null });
    expect(await readEvidence(server(null))).toBeNull();
  });
});
