import type { LaterApproval } from '../src/domain/emergency.js';
import { CallFailure } from '../src/domain/failure.js';
import type { ActivityDeps } from './contract.js';
import { withHeartbeat } from './with-heartbeat.js';

export interface LaterApprovalInput {
  readonly ticketId: string;
  readonly approval: LaterApproval;
  /** Returns then, at the latest; null: it waits until the change is approved. */
  readonly untilMs: number | null;
  /** A rejection was reported: only an approval is news. */
  readonly rejected: boolean;
}

export type LaterApprovalReading =
  | { readonly kind: 'approved' | 'rejected'; readonly text: string }
  /** The time is up. `text`: what the change shows, or why it cannot be read. */
  | { readonly kind: 'missing'; readonly text: string };

export interface LaterApprovalActivities {
  /** Reads the approval of the ticket's change until it is given or rejected, or the time is up. */
  awaitLaterApproval: (input: LaterApprovalInput) => Promise<LaterApprovalReading>;
}

/** An ITSM is asked less often than SecureChange: an approval takes hours. */
const POLLS_EACH = 12;

export function createLaterApprovalActivities(
  deps: Pick<ActivityDeps, 'itsm' | 'clock' | 'settings'>,
): LaterApprovalActivities {
  const { itsm, clock, settings } = deps;

  async function look(
    { ticketId, approval: { server, field, approvedValues, rejectedValues } }: LaterApprovalInput,
    signal: AbortSignal,
  ): Promise<LaterApprovalReading> {
    try {
      const record = await itsm.readFields(server, ticketId, [field], signal);
      if (record === null) return { kind: 'missing', text: `the ticket has no change on ${server}` };
      const value = (record[field] ?? '').trim();
      const text = `${field} of the change on ${server} is "${value.slice(0, 100)}"`;
      const isOneOf = (values: readonly string[]): boolean =>
        values.some((one) => one.trim().toLowerCase() === value.toLowerCase());
      if (isOneOf(approvedValues)) return { kind: 'approved', text };
      return { kind: isOneOf(rejectedValues) ? 'rejected' : 'missing', text };
    } catch (error) {
      // It is asked again, and the due date counts all the same.
      if (!(error instanceof CallFailure)) throw error;
      return { kind: 'missing', text: `${server} cannot be read: ${error.message}` };
    }
  }

  return {
    awaitLaterApproval: async (input) =>
      await withHeartbeat(async ({ signal }) => {
        for (;;) {
          const seen = await look(input, signal);
          if (seen.kind === 'approved' || (seen.kind === 'rejected' && !input.rejected)) return seen;
          const restMs = (input.untilMs ?? Infinity) - clock.now();
          if (restMs <= 0) return { kind: 'missing', text: seen.text };
          await clock.sleep(Math.min(restMs, settings.pollEveryMs * POLLS_EACH), signal);
        }
      }),
  };
}
