import { setTimeout as sleep } from 'node:timers/promises';

import { ticketWorkflowId } from '../../../src/domain/ids.js';
import type { ScriptDelivery, ScriptReply } from '../../../src/domain/script-reply.js';
import { scriptReply } from '../../../workflows/messages.js';
import type { IntakeConnection } from './create-intake.js';
import { callWithDeadline } from './deadline.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Asks the ticket's workflow until the script ended or was not run, or the deadline passed. Nothing is stored for it: a
 * query works while the run is open and after it ended. No answer of Temporal or of a worker is `unknown`.
 */
export async function awaitScriptReply(
  { client, connection }: Pick<IntakeConnection, 'client' | 'connection'>,
  ticketId: string,
  runId: string,
  delivery: ScriptDelivery,
  deadlineMs: number,
): Promise<ScriptReply> {
  const endMs = Date.now() + deadlineMs;
  const ask = async (run?: string): Promise<ScriptReply> => {
    try {
      return await callWithDeadline(connection, Math.max(endMs - Date.now(), 50), async () =>
        client.workflow.getHandle(ticketWorkflowId(ticketId), run).query(scriptReply, delivery),
      );
    } catch {
      // It has not begun, or its worker is away: the event is stored all the same.
      return { kind: 'unknown' };
    }
  };
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
    // The run that took the event; after it continued as new, the next one may have run the script.
    const first = await ask(runId);
    const reply = first.kind === 'unknown' ? await ask() : first;
    if (reply.kind === 'ended' || reply.kind === 'notRun') return reply;
    const remainingMs = endMs - Date.now();
    if (remainingMs <= 0) return reply;
    await sleep(Math.min(pauseMs, remainingMs));
  }
}
