import type { Code } from '../../src/domain/codes.js';
import { WorkflowNotFoundError } from '@temporalio/client';
import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';

import type { Activities } from '../../activities/index.js';
import { type FailureFacts, isFailureKind } from '../../src/domain/failure.js';
import { optionsOf } from '../../workflows/activity-options.js';
import { FakeActivityFailure, type Invoke } from './fake-engine.js';
import type { VirtualTime } from './virtual-time.js';
import type { Mortal } from './worker-death.js';

/** Temporal (or whatever is asked) is away for this call. */
export class Unavailable extends Error {}

const HEARTBEAT_MS = 12_000;
const LONGEST_PAUSE_MS = 60_000;

export interface Call {
  readonly name: keyof Activities;
  readonly input: unknown;
  readonly atMs: number;
}

/** Runs the real activities, attempt after attempt as their profiles say, on a clock that jumps. */
export class FakeWorker {
  readonly calls: Call[] = [];
  /** How long an activity takes to be picked up. */
  latencyMs: (name: keyof Activities) => number = () => 5;
  private readonly closing = new AbortController();
  /** One for all attempts whose worker died, however many those are. */
  private readonly closed = new Promise<never>((_, reject) => {
    const refuse = (): void => reject(new Error('the test environment is closed'));
    this.closing.signal.addEventListener('abort', refuse, { once: true });
  });
  private readonly time: VirtualTime;
  private readonly activities: () => Activities;

  constructor(time: VirtualTime, activities: () => Activities) {
    this.time = time;
    this.activities = activities;
    this.closed.catch(() => {});
    time.onClose(() => this.closing.abort());
  }

  readonly invoke: Invoke = async (name, input, signal, runId = 'a-run', noMore) => {
    const sent = frozen(input);
    this.calls.push({
      name,
      get input() {
        return sent();
      },
      atMs: this.time.nowMs,
    });
    const { maximumAttempts: mostAttempts = Infinity } = optionsOf(name).retry;
    const until = AbortSignal.any([signal, this.closing.signal]);
    for (let attempt = 1; ; attempt += 1) {
      await this.time.sleep(this.latencyMs(name), until);
      const failure = await this.attempt(name, sent, until, { runId, attempt });
      if ('result' in failure) return frozen(failure.result)();
      if (failure.final || attempt >= mostAttempts) {
        throw new FakeActivityFailure(failure.facts);
      }
      const pauseMs = failure.facts.retryAfterMs ?? Math.min(1_000 * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
      await this.time
        .sleep(pauseMs, noMore === undefined ? until : AbortSignal.any([until, noMore]))
        .catch((error: unknown) => {
          throw noMore?.aborted === true ? noMore.reason : error;
        });
      noMore?.throwIfAborted();
    }
  };

  private async attempt(
    name: keyof Activities,
    sent: () => unknown,
    signal: AbortSignal,
    { runId, attempt }: { readonly runId: string; readonly attempt: number },
  ): Promise<{ result: unknown } | { facts: FailureFacts; final: boolean }> {
    let died = false;
    let declareDead: () => void = () => {};
    const death = new Promise<void>((resolve) => (declareDead = resolve));
    const context = {
      die: async () => {
        died = true;
        declareDead();
        return await this.closed;
      },
      info: { attempt, activityType: name, workflowExecution: { workflowId: workflowIdOf(runId), runId } },
      cancellationSignal: signal,
      heartbeat: () => {},
    } satisfies Mortal & Record<string, unknown> as unknown as Context;
    const run = this.activities()[name] as (input: unknown) => Promise<unknown>;
    try {
      const living = asyncLocalStorage.run(context, async () => run(sent()));
      const result = await Promise.race([living, death]);
      if (!died) return { result };
      living.catch(() => {});
      await this.time.sleep(HEARTBEAT_MS, signal);
      return { facts: facts('transient', name, 'temporal.timeout', 'no answer in time'), final: false };
    } catch (error) {
      if (signal.aborted) throw error;
      // As Temporal does with an error that was not translated: another attempt.
      if (error instanceof Unavailable || error instanceof WorkflowNotFoundError)
        return { facts: facts('bug', name, 'orchestrator.unforeseen', error.message), final: false };
      if (!(error instanceof ApplicationFailure)) {
        this.time.crash(error);
        throw error;
      }
      const detail = error.details?.[0] as FailureFacts;
      if (!isFailureKind(error.type ?? '')) throw error;
      return { facts: detail, final: error.nonRetryable === true };
    }
  }
}

/** Runs of pushes are named after their workflow, and numbered where it ran before. */
function workflowIdOf(runId: string): string {
  return /^run-of-([^#]*)/.exec(runId)?.[1] ?? 'ticket/4711';
}

function facts(kind: FailureFacts['kind'], operation: string, code: Code, message: string): FailureFacts {
  return { kind, system: 'temporal', operation, code, message };
}

/** Nothing crosses the border of a workflow but what JSON carries; every call gives a copy of its own. */
function frozen(value: unknown): () => unknown {
  if (value === undefined) return () => undefined;
  const text = JSON.stringify(value);
  return () => JSON.parse(text) as unknown;
}
