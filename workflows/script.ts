import { setCurrentDetails, workflowInfo } from '@temporalio/workflow';

import { questionWorkflowId } from '../src/domain/ids.js';
import { list, object, oneOf, text, integer } from '../src/domain/shape.js';
import { LONGEST_SCRIPT_ARGUMENT, MOST_SCRIPT_ARGUMENTS } from '../src/domain/event.js';
import {
  QUESTION_KINDS,
  questionDetails,
  type QuestionResult,
  type ScriptQuestion,
} from '../src/domain/script-question.js';
import { activities } from './activity-proxies.js';
import { handle } from './handle.js';
import { checkStart } from './start.js';
import { temporalEngine } from './temporal-engine.js';

const QUESTION = object<ScriptQuestion>({
  kind: oneOf(...QUESTION_KINDS),
  key: text(128, 1),
  script: text(255, 1),
  args: list(text(LONGEST_SCRIPT_ARGUMENT), MOST_SCRIPT_ARGUMENTS),
  input: text(196_608),
  inputSha256: text(64, 64),
  deadlineMs: integer(1),
  signature: text(128, 1),
});

/** One question of SecureChange to a script. Its history is the record; the gateway waits for its result until the deadline. */
export async function script(question: ScriptQuestion): Promise<QuestionResult> {
  checkStart(question, QUESTION, ({ kind, key }) => questionWorkflowId(kind, key));
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
    return await activities.answerQuestion(question);
  } catch (error) {
    const failure = temporalEngine().failureOf(error);
    if (failure === null) throw error;
    return { kind: 'failed', why: failure.message };
  }
}
