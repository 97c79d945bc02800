import { setCurrentDetails, workflowInfo } from '@temporalio/workflow';

import { questionDetails, type QuestionResult, type ScriptQuestion } from '../src/domain/script-question.js';
import { activities } from './activity-proxies.js';
import { handle } from './handle.js';
import { temporalEngine } from './temporal-engine.js';

/** One question of SecureChange to a script. Its history is the record; the gateway waits for its result until the deadline. */
export async function script(question: ScriptQuestion): Promise<QuestionResult> {
  // It has no messages.
  handle({}, () => undefined);
  const { startTime } = workflowInfo();
  const isLate = Date.now() - startTime.getTime() > question.deadlineMs;
  const result = isLate ? TOO_LATE : await answer(question);
  setCurrentDetails(questionDetails(result));
  return result;
}

const TOO_LATE: QuestionResult = { kind: 'failed', why: 'no worker was there in time; it was not run' };

async function answer(question: ScriptQuestion): Promise<QuestionResult> {
  try {
    return await activities.answerQuestion({ question });
  } catch (error) {
    const failure = temporalEngine().failureOf(error);
    if (failure === null) throw error;
    return { kind: 'failed', why: failure.message };
  }
}
