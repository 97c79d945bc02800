import { createHash, randomUUID } from 'node:crypto';
import type { Request, RequestHandler } from 'express';

import { ClientError, type IntakeClient } from '../../packages/client/src/contract.js';
import { digestOfXml, signQuestion } from '../../packages/client/src/sign.js';
import type { ScriptEntry } from '../domain/script-entry.js';
import {
  QUESTION_KINDS,
  type QuestionKind,
  type QuestionResult,
  QUESTIONS,
} from '../domain/script-question.js';
import type { ScriptAnswer } from '../domain/script-reply.js';
import { answerOnFailure, answerToTest } from '../securechange/question-xml.js';
import { rawBody } from './authenticate.js';
import { Problem } from './problem.js';
import { orTooLate } from './too-late.js';
import type { TriggerDeps } from './trigger-file.js';
import { decodeTicketInfo, parseTriggerPayload } from './trigger-payload.js';

/**
 * `POST /scripts/<kind>`, in the wire contract of `/trigger_file`: SecureChange waits for the answer. It gets one within the
 * deadline of the entry whatever happens; when the script did not give it, the one that is configured for that.
 */
export function scriptQuestion(
  kind: QuestionKind,
  { intake, scripts, log, limits, actorKey, clock }: Omit<TriggerDeps, 'metrics' | 'traces'>,
): RequestHandler {
  return async (request, response) => {
    const payload = parseTriggerPayload(rawBody(request));
    const entry = scripts.find(payload.script);
    const words = payload.args.kind === 'words' ? payload.args.words : [];
    const input = decodeTicketInfo(payload.ticketInfo, limits.maxXmlBytes).toString('utf8');
    if (
      payload.event === 'TEST' ||
      words[0] === 'test' ||
      /^\s*(<\?xml[^>]*>\s*)?<ticket_info\s*\/>\s*$/.test(input)
    ) {
      response.json(answerToTest(kind));
      return;
    }
    if (entry === undefined) throw new Problem('unknown_script');
    if (entry.kind !== kind)
      throw new Problem('unknown_script', { note: `This one is registered as ${entry.kind}.` });
    const refused = payload.args.kind === 'refused' ? payload.args.reason : scripts.refusedArgs(entry, words);
    const startedMs = performance.now();
    const result: QuestionResult =
      refused === null
        ? await ask(
            intake,
            entry,
            {
              kind,
              args: words,
              input,
              key: keyOf(request, payload.script, words, input),
              issuedAtMs: clock.now(),
            },
            actorKey,
          )
        : { kind: 'failed', why: refused };
    const tookMs = Math.round(performance.now() - startedMs);
    if (result.kind === 'answered') {
      log.info({ script: entry.name, kind, tookMs }, 'script answered');
    } else {
      log.warn(
        { script: entry.name, kind, tookMs, reason: result.why, answer: entry.onFailure },
        'script did not answer: SecureChange gets the configured answer',
      );
    }
    response.json(answerFor(entry, input, result));
  };
}

async function ask(
  intake: IntakeClient,
  { name, replyWithinMs }: ScriptEntry,
  asked: {
    readonly kind: QuestionKind;
    readonly args: readonly string[];
    readonly input: string;
    readonly key: string;
    readonly issuedAtMs: number;
  },
  actorKey: string,
): Promise<QuestionResult> {
  const question = signQuestion(
    { ...asked, script: name, inputSha256: digestOfXml(asked.input), deadlineMs: replyWithinMs },
    actorKey,
  );
  try {
    return await orTooLate(replyWithinMs, intake.ask(question));
  } catch (error) {
    const why = error instanceof ClientError && error.code !== 'deadlineExceeded' ? error.code : null;
    return {
      kind: 'failed',
      why:
        why === null ? `no answer within ${replyWithinMs} ms` : `the orchestrator could not ask it (${why})`,
    };
  }
}

function answerFor({ name, onFailure }: ScriptEntry, input: string, result: QuestionResult): ScriptAnswer {
  if (result.kind === 'answered') return result.answer;
  return answerOnFailure(onFailure ?? 'fail', input, `script ${name}: ${result.why}`);
}

/** A mediator that signs repeats its call under one id; other calls are new each time: the same question may be asked twice. */
function keyOf(request: Request, script: string, args: readonly string[], input: string): string {
  const call = request.get('webhook-id') ?? randomUUID();
  return createHash('sha256')
    .update(JSON.stringify([call, script, args, input]))
    .digest('hex')
    .slice(0, 32);
}

/** Path of each kind's route. */
export const QUESTION_ROUTES: readonly (readonly [kind: QuestionKind, path: string])[] = QUESTION_KINDS.map(
  (kind) => [kind, `/scripts/${QUESTIONS[kind].path}`],
);
