import type { ItsmPoll } from '../src/domain/process.js';
import type { ActivityDeps } from './contract.js';
import { withHeartbeat } from './with-heartbeat.js';

export interface PollItsmInput {
  readonly ticketId: string;
  readonly poll: ItsmPoll;
  /** What the ticket asks now: an answer counts only where the record names it. */
  readonly question: string;
}

export interface PolledAnswer {
  readonly kind: 'approved' | 'rejected';
  /** Login of the person who decided; empty where the record names none. */
  readonly approver: string;
}

export interface PollItsmActivities {
  /** Reads the ticket's change until it shows an answer to the question, for an ITSM that cannot call. */
  pollItsm: (input: PollItsmInput) => Promise<PolledAnswer>;
}

export function createPollItsmActivities({
  itsm,
  clock,
}: Pick<ActivityDeps, 'itsm' | 'clock'>): PollItsmActivities {
  return {
    async pollItsm({ ticketId, poll, question }) {
      return await withHeartbeat(async ({ signal }) => {
        const { server, field, approverField, questionField, everyMs } = poll;
        for (;;) {
          const names = [field, approverField, questionField];
          const record = await itsm.readFields(server, ticketId, names, signal);
          const answer = record === null ? null : answerOf(record, poll, question);
          if (answer !== null) return answer;
          await clock.sleep(everyMs, signal);
        }
      });
    },
  };
}

/** Values as they are stored, never as they are displayed. Another question in the record is an answer to another content. */
function answerOf(
  record: Readonly<Record<string, string>>,
  { field, approverField, questionField, approved, rejected }: ItsmPoll,
  question: string,
): PolledAnswer | null {
  if (record[questionField]?.trim() !== question) return null;
  const value = record[field]?.trim() ?? '';
  const approver = record[approverField]?.trim() ?? '';
  if (approved.includes(value)) return { kind: 'approved', approver };
  return rejected.includes(value) ? { kind: 'rejected', approver } : null;
}
