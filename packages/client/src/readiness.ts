import { randomUUID } from 'node:crypto';

import { SWEEP_SCHEDULE_ID } from '../../../src/domain/ids.js';
import type { IntakeConnection } from './create-intake.js';
import { callWithDeadline } from './deadline.js';

export interface Readiness {
  /** Temporal answers, its namespace exists, and it can store: a server on a full or read-only disk still answers reads. */
  check(deadlineMs: number): Promise<boolean>;
  /** Temporal has just stored something for us: no need to look for a while. */
  stored(): void;
}

/** How long a stored write counts, and how long a failed one: whoever asks more often gets the same answer. */
const STORED_MS = 15_000;
const FAILED_MS = 1_000;

/** INVALID_ARGUMENT, NOT_FOUND, PERMISSION_DENIED, UNIMPLEMENTED: refused before anything would have been written. */
const SAYS_NOTHING: readonly unknown[] = [3, 5, 7, 12];

export function createReadiness(temporal: IntakeConnection, now: () => number = Date.now): Readiness {
  const { client, connection, namespace } = temporal;
  let storedAtMs = -Infinity;
  let failedAtMs = -Infinity;
  let asking: Promise<boolean> | null = null;

  /** A patch without content of the sweep's schedule: one signal in the history of Temporal's own scheduler, no effect. */
  async function write(deadlineMs: number): Promise<boolean> {
    try {
      await callWithDeadline(connection, deadlineMs, () =>
        client.workflowService.patchSchedule({
          namespace,
          scheduleId: SWEEP_SCHEDULE_ID,
          patch: {},
          identity: 'readiness',
          requestId: randomUUID(),
        }),
      );
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : null;
      // Before a worker was ever here there is no schedule: then only reads can be tried.
      if (!SAYS_NOTHING.includes(code)) {
        failedAtMs = now();
        return false;
      }
    }
    storedAtMs = now();
    return true;
  }

  async function canStore(deadlineMs: number): Promise<boolean> {
    if (now() - storedAtMs < STORED_MS) return true;
    if (now() - failedAtMs < FAILED_MS) return false;
    asking ??= write(deadlineMs).finally(() => {
      asking = null;
    });
    return await asking;
  }

  return {
    async check(deadlineMs) {
      try {
        const [, stores] = await Promise.all([
          callWithDeadline(connection, deadlineMs, () =>
            client.workflowService.describeNamespace({ namespace }),
          ),
          canStore(deadlineMs),
        ]);
        return stores;
      } catch {
        return false;
      }
    },
    stored() {
      storedAtMs = now();
    },
  };
}
