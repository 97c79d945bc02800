import { digestOfXml, signatureMatches } from '../packages/client/src/sign.js';
import { isAccepted } from '../src/domain/command-memory.js';
import {
  canonicalQuestion,
  type QuestionResult,
  type ScriptQuestion,
} from '../src/domain/script-question.js';
import { scriptAnswer } from '../src/domain/script-reply.js';
import { unusable } from '../src/securechange/question-xml.js';
import type { ActivityDeps } from './contract.js';
import { withHeartbeat } from './with-heartbeat.js';

/** An answer may name a hundred access requests. */
const KEPT_BYTES = 192 * 1024;

export interface AnswerQuestionInput {
  readonly question: ScriptQuestion;
}

export interface AnswerQuestionActivities {
  /** Runs the registered script of a question once, and judges whether SecureChange can use its answer. */
  answerQuestion: (input: AnswerQuestionInput) => Promise<QuestionResult>;
}

export function createAnswerQuestionActivities({
  scripts,
  settings,
  clock,
}: Pick<ActivityDeps, 'scripts' | 'settings' | 'clock'>): AnswerQuestionActivities {
  return {
    async answerQuestion({ question }) {
      const { kind, script, args, input, signature, deadlineMs, issuedAtMs } = question;
      const failed = (why: string): QuestionResult => ({ kind: 'failed', why });
      if (digestOfXml(input) !== question.inputSha256)
        return failed('its input differs from the one that the gateway signed');
      if (!signatureMatches(signature, canonicalQuestion(question), settings.actorKeys))
        return failed('its signature does not match');
      // Whoever asks for this activity can make up the start of a workflow.
      if (!isAccepted(issuedAtMs, clock.now())) return failed('its signature is too old');
      return await withHeartbeat(async ({ signal }) => {
        const entry = scripts.registry.find(script);
        if (entry === undefined) return failed('it is no longer registered in config/scripts.yaml');
        if (entry.kind !== kind) return failed(`it is registered as ${entry.kind}`);
        const timeoutMs = Math.min(entry.timeoutMs, deadlineMs);
        const key = `question/${kind}/${question.key}`;
        if (!scripts.asked.take(key)) return failed('it was asked before: a recorded question runs nothing');
        const call = { event: EVENTS[kind], args, stdin: input, key, keptBytes: KEPT_BYTES };
        const result = await scripts.runner.run({ ...entry, timeoutMs }, call, signal);
        if (result.outcome === 'timedOut') return failed(`it did not end within ${timeoutMs} ms`);
        if (result.outcome !== 'exited') return failed(result.stderr.trim() || result.outcome);
        if (result.exitCode === null) return failed(`it was ended by ${result.signal ?? 'a signal'}`);
        const answer = scriptAnswer(result);
        const why = unusable(kind, input, answer);
        return why === null ? { kind: 'answered', answer } : failed(why);
      });
    },
  };
}

/** `SCW_EVENT` of the script; SecureChange itself sets it for triggers and for pre-assignment scripts. */
const EVENTS = {
  condition: 'SCRIPTED_CONDITION',
  assignment: 'SCRIPTED_TASK',
  preAssignment: 'PRE_ASSIGNMENT_SCRIPT',
  validation: 'TICKET_VALIDATION',
  riskAnalysis: 'EXTERNAL_RISK_ANALYSIS',
} as const;
