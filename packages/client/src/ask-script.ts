import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';

import { cleanSummary } from '../../../src/domain/clean-text.js';
import { FIRST_IN_QUEUE, questionWorkflowId, TASK_QUEUES } from '../../../src/domain/ids.js';
import type { QuestionResult, ScriptQuestion } from '../../../src/domain/script-question.js';
import { WORKFLOW_TYPES } from '../../../workflows/messages.js';
import { askTemporal } from './ask-temporal.js';
import type { IntakeConnection } from './create-intake.js';
import type { Call } from './errors.js';

/** What the workflow may take beyond the deadline: the answer is late then, and its history says why. */
const GRACE_MS = 60_000;

/** Starts the one-shot workflow of a question, or finds the one that the same call has started, and waits for its result. */
export async function askScript(
  { client, connection }: IntakeConnection,
  question: ScriptQuestion,
): Promise<QuestionResult> {
  const { kind, key, script, deadlineMs } = question;
  const workflowId = questionWorkflowId(kind, key);
  const call: Call = { what: `script ${script} (${kind})`, kind: 'event', notFound: 'unexpected' };
  return askTemporal({ client, connection, deadlineMs }, call, async () => {
    try {
      await client.workflow.start(WORKFLOW_TYPES.script, {
        workflowId,
        taskQueue: TASK_QUEUES.main,
        args: [question],
        workflowIdConflictPolicy: 'USE_EXISTING',
        priority: FIRST_IN_QUEUE,
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        workflowExecutionTimeout: deadlineMs + GRACE_MS,
        staticSummary: cleanSummary(`${script}: ${kind}`),
      });
    } catch (error) {
      // The same call came before, and its workflow has ended.
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    const handle = client.workflow.getHandle(workflowId);
    return (await handle.result()) as QuestionResult;
  });
}
