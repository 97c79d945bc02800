import type { ReadResult, SignalledResult } from '../activities/index.js';
import type { TicketRun } from './ticket-run.js';

/**
 * What a push did for this ticket: every caller can signal a result, so it counts with the signature of a worker only; without
 * one it is read from the lane and the push. Runs also while the ticket is held.
 */
export async function readPushResult(
  run: TicketRun,
  push: Omit<SignalledResult, 'ticketId'>,
): Promise<ReadResult> {
  const input = { ...push, ticketId: run.state.ticketId };
  const context = { phase: null, target: push.target, runsWhileHeld: true, runsToItsEnd: true } as const;
  const checked = await run.read('checkResult', context, () => input);
  if (checked !== null) return checked.result;
  const { signature, ...question } = input;
  if (signature !== '')
    run.display.note(
      `${push.targetName}: a result of push ${push.n} was signalled with a signature that does not match`,
    );
  return await run.read('readPush', context, () => question);
}
