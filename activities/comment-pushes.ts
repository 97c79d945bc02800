import { CallFailure } from '../src/domain/failure.js';
import type { ProcessDefinition } from '../src/domain/process.js';
import type { TaskRef } from '../src/securechange/secure-change.js';
import { commentOnce } from './comment-once.js';
import type { ActivityDeps } from './contract.js';
import { findRequestTask, acceptFreeTask, type StepRef } from './task-access.js';
import { withHeartbeat } from './with-heartbeat.js';

export interface CommentInput extends StepRef {
  /** The ticket has ended: the comment is added to its last task, which no user holds. */
  readonly ended?: boolean;
  readonly taskAccess: ProcessDefinition['taskAccess'];
  readonly lines: readonly string[];
  /** Effect key: the comment ends with it, and a repetition looks for it. */
  readonly key: string;
}

export interface CommentPushesActivities {
  /**
   * Comments in SecureChange which push made each device's change live. No decision reads the comment, so a refusal is a
   * result: the ticket goes on without it.
   */
  commentPushes: (input: CommentInput) => Promise<{ readonly refused: string | null }>;
}

/** SecureChange does not document a limit. */
const MOST_LINES = 50;

export function createCommentPushesActivities({
  secureChange,
}: Pick<ActivityDeps, 'secureChange'>): CommentPushesActivities {
  async function lastTask(ticketId: string, operation: string, signal: AbortSignal): Promise<TaskRef> {
    const ref = await secureChange.readLastTask(ticketId, signal);
    if (ref !== null) return ref;
    throw new CallFailure({
      kind: 'rejected',
      system: 'securechange',
      operation,
      code: 'securechange.task_missing',
      message: 'the ticket has ended, and SecureChange shows no task of it',
    });
  }

  return {
    async commentPushes({ lines, key, taskAccess, ended = false, ...stepRef }) {
      return await withHeartbeat(async ({ signal }) => {
        const operation = `comment on ticket ${stepRef.ticketId}`;
        try {
          const requestTask = ended ? null : await findRequestTask(secureChange, stepRef, operation, signal);
          const taskFor = async (): Promise<TaskRef> => {
            if (requestTask === null) return await lastTask(stepRef.ticketId, operation, signal);
            await acceptFreeTask(secureChange, requestTask, taskAccess, signal);
            return requestTask.ref;
          };
          const shown = lines.slice(0, MOST_LINES);
          const more = lines.length > shown.length ? [`and ${lines.length - shown.length} more`] : [];
          const text = [...shown, ...more].join('\n');
          await commentOnce(secureChange, { ticketId: stepRef.ticketId, text, key }, taskFor, signal);
          return { refused: null };
        } catch (error) {
          if (!(error instanceof CallFailure) || !ENDS_THE_TRY.includes(error.facts.kind)) throw error;
          return { refused: error.message };
        }
      });
    },
  };
}

const ENDS_THE_TRY: readonly CallFailure['facts']['kind'][] = ['rejected', 'locked', 'auth'];
