import { effectKey } from '../src/domain/ids.js';
import type { HeldGrant, OpenQuestion } from './ticket-state.js';
import type { TicketRun } from './ticket-run.js';

/** Asks a person whether a push was sent, then tells the lanes; the lane stays with us until then. */
export async function answerQuestion(
  run: TicketRun,
  held: HeldGrant,
  { managerLaneKey, targetName, stepName, epoch, phase, message }: OpenQuestion,
): Promise<{ sent: boolean; text: string }> {
  const { ticketId } = run.state;
  const decision = await run.park({
    code: 'push.unknown',
    phase,
    target: held.target,
    reason: message,
    evidence: `lane ${held.laneKey}, token ${held.token}`,
    ways: ['decideUnknownPush', 'abort'],
  });
  const sent = decision.kind === 'wasSent';
  await run.attempt({ phase: null, target: held.target }, async () =>
    run.engine.protect(async () =>
      run.activities.closePush({
        laneKey: held.laneKey,
        managerLaneKey,
        token: held.token,
        kind: held.kind,
        ticketId,
        epoch,
        target: held.target,
        targetName,
        effectKey: effectKey({ ticketId, epoch, stepName, phase, target: held.target }),
        result: sent ? 'done' : 'notSent',
      }),
    ),
  );
  run.dropGrant(held);
  return { sent, text: `${sent ? 'sent' : 'not sent'}, says ${decision.by}: ${decision.text}` };
}

/** Questions outlive the step they arose in: the ticket moved on, but the lane still waits for the answer. */
export async function runQuestions(run: TicketRun): Promise<void> {
  const { state, engine } = run;
  for (;;) {
    await engine.condition(() => state.questions.length > 0);
    const held = state.questions[0];
    if (held?.question === undefined) continue;
    const { text } = await answerQuestion(run, held, held.question);
    run.note(`${held.question.targetName}: ${text}`);
    state.questions = state.questions.filter((open) => open !== held);
  }
}
