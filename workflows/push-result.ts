import type { ReadResult } from '../activities/index.js';
import type { MemberResult } from '../src/domain/push.js';
import type { TicketRun } from './ticket-run.js';

/** Reads the result of this ticket in a push from the push itself; runs also while the ticket is held. */
export async function readPushResult(
  run: TicketRun,
  push: {
    readonly laneKey: string;
    readonly n: number;
    readonly target: string;
    readonly targetName: string;
    /** What the lane's signal said, for the summary of the event. */
    readonly said: MemberResult;
  },
): Promise<ReadResult> {
  const input = { ...push, ticketId: run.state.ticketId };
  return await run.read(
    'readPush',
    { phase: null, target: push.target, runsWhileHeld: true, runsToItsEnd: true },
    () => input,
  );
}
