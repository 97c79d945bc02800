import { cleanLine } from '../src/domain/clean-text.js';
import { done, wrongState, type CommandResult } from '../src/domain/commands.js';
import { ITSM_APPROVAL } from '../src/domain/event.js';
import { questionOf, whyNoAnswer, type ItsmCommand, type ItsmQuestion } from '../src/domain/itsm-commands.js';
import type { ApprovalPolicy } from '../src/domain/process.js';
import { approversAmong, contentToApprove } from './approvals.js';
import { enqueueMessages, ofEvent } from './outbox.js';
import { approvalInvalid } from './parking-texts.js';
import { pollUntilRead } from './poll-itsm.js';
import { afterRejection, parkUntilRead, whyNeeded } from './rejected-approval.js';
import type { TicketRun } from './ticket-run.js';

/** Asks the ITSM, again where what it was asked has changed, and waits for its answer. Returns when the ticket was read again. */
export async function awaitItsm(run: TicketRun, policy: ApprovalPolicy): Promise<void> {
  const asked = await askItsm(run, policy);
  const rejected = asked === null ? null : takeRejection(run, asked);
  if (rejected !== null) {
    await afterRejection(run, policy, rejected);
    return;
  }
  const what =
    asked === null
      ? `the ticket shows the request that approval ${policy.name} covers`
      : `the ITSM answers approval ${policy.name}: ${whyNeeded(run, policy)} (question ${asked.question})`;
  run.display.wait({ for: 'approval', what, untilMs: null });
  if (asked === null || policy.poll === undefined) {
    await run.nextFacts();
    return;
  }
  const polled = await pollUntilRead(run, policy.poll, asked);
  if (polled === null) return;
  const { question, name } = asked;
  const answer = { approval: name, approver: polled.approver, question, decidedAtMs: null };
  const result =
    polled.kind === 'approved'
      ? answerFromItsm(run, { kind: 'itsmApprove', automatic: false, ...answer }, 'approved in the ITSM')
      : answerFromItsm(run, { kind: 'itsmReject', ...answer }, 'rejected in the ITSM');
  run.display.note(result.message);
  if (!result.accepted) await parkUntilRead(run, approvalInvalid(policy.step, result.message));
}

/** Sends the question to the ITSM unless this one was sent already: another epoch or content is another question. */
async function askItsm(run: TicketRun, policy: ApprovalPolicy): Promise<ItsmQuestion | null> {
  const { state, engine } = run;
  const content = contentToApprove(run, policy, null);
  if (content === null) return null;
  const { name } = policy;
  const { itsmQuestions: questions = [] } = state;
  const known = questions.find((one) => one.name === name);
  if (known?.question === questionOf(state, { name, content, askedAtMs: known?.askedAtMs ?? 0 }))
    return known;
  const unnamed = { name, content, askedAtMs: engine.nowMs() };
  const asked: ItsmQuestion = { ...unnamed, question: questionOf(state, unnamed) };
  state.approvals = state.approvals.filter((record) => record.name !== name);
  state.itsmQuestions = [...questions.filter((one) => one.name !== name), asked];
  run.display.note(
    `approval ${name}: the ITSM is asked${known === undefined ? '' : ' again'} (${asked.question})`,
  );
  const points = state.definition?.integrationPoints ?? [];
  await enqueueMessages(run, ofEvent(points, ITSM_APPROVAL, state.stepName));
  return asked;
}

type Answer = Extract<ItsmCommand, { kind: 'itsmApprove' | 'itsmReject' }>;

/** An answer counts for exactly what is asked now, and an approval only when a person gave it whose approval counts. */
export function answerFromItsm(run: TicketRun, answer: Answer, reason: string): CommandResult {
  const { state } = run;
  const asked = questionFor(run, answer);
  if (typeof asked === 'string') return wrongState(asked);
  const { name, question, content } = asked;
  const wrong = whyNoAnswer(asked, answer);
  if (wrong !== null)
    return wrongState(`the answer to approval ${name} does not count: ${wrong}; have it decided again`);
  const approver = cleanLine(answer.approver, 128);
  const policy = state.definition?.approvals.find((one) => one.name === name);
  if (policy === undefined) return wrongState(`the process no longer names an approval ${name}`);
  if (answer.kind === 'itsmReject') {
    state.itsmRejection = { question, by: approver, reason: cleanLine(reason, 200) };
    run.news.commandArrived();
    return done(`approval ${name} is rejected by ${approver}`);
  }
  if (answer.automatic)
    return wrongState(`approval ${name} was given by a rule of the ITSM; a person must approve`);
  const judged = approversAmong(state, policy, [approver]);
  if ('reason' in judged) return wrongState(`approval ${name} does not count: ${judged.reason}`);
  state.approvals.push({ name, epoch: state.epoch, by: judged.by, ...content });
  run.news.commandArrived();
  return done(`approval ${name} is recorded for epoch ${state.epoch}, question ${question}, by ${approver}`);
}

/** The open question that the answer is about, or why there is none. */
function questionFor({ state }: TicketRun, { approval }: Answer): ItsmQuestion | string {
  const ofItsm = (state.definition?.approvals ?? []).filter(({ field }) => field === null);
  const { itsmQuestions = [], approvals, epoch } = state;
  if (ofItsm.length === 0) return 'the process of this ticket names no approval by the ITSM';
  if (approval !== null && !ofItsm.some(({ name }) => name === approval))
    return `the process names no approval ${approval} by the ITSM; it has: ${namesOf(ofItsm)}`;
  const open = itsmQuestions.filter(({ name }) => approvals.every((record) => record.name !== name));
  const found = open.filter(({ name }) => approval === null || name === approval);
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  if (found.length > 1) return `several approvals are asked for: ${namesOf(found)}; name one`;
  const given = approvals.find(({ name }) => name === (approval ?? ofItsm[0]?.name));
  return given === undefined
    ? `the ticket does not ask for it now; it is in step ${state.stepName ?? '-'}, phase ${state.phase ?? '-'}`
    : `approval ${given.name} of epoch ${epoch} is given already, by ${given.by.join(', ')}`;
}

function namesOf(named: readonly { readonly name: string }[]): string {
  return named.map(({ name }) => name).join(', ');
}

/** Its rejection of this question, once: whoever tries again asks the ITSM again. */
function takeRejection({ state }: TicketRun, { name, question }: ItsmQuestion): string | null {
  const rejection = state.itsmRejection ?? null;
  if (rejection?.question !== question) return null;
  state.itsmRejection = null;
  state.itsmQuestions = (state.itsmQuestions ?? []).filter((one) => one.name !== name);
  return `rejected in the ITSM by ${rejection.by}: ${rejection.reason}`;
}
