import type { ReadPushInput, ReadResult } from '../activities/index.js';
import type { TicketRun } from './ticket-run.js';

/**
 * What a push did for this ticket: every caller can signal a result, so it counts with the signature of a worker only; without
 * one it is read from the lane and the push. Runs also while the ticket is held.
 */
export async function readPushResult(
  run: TicketRun,
  push: Omit<ReadPushInput, 'ticketId'>,
): Promise<ReadResult> {
  const { signed, result } = await run.read(
    'readPush',
    { phase: null, target: push.target, runsWhileHeld: true, runsToItsEnd: true },
    () => ({ ...push, ticketId: run.state.ticketId }),
  );
  if (!signed && push.signature !== '')
    run.display.note(
      `${push.targetName}: a result of push ${push.n} was signalled with a signature that does not match`,
    );
  return result;
}
