/** What an ITSM is answered, and what it reads of a ticket. */
import { z } from 'zod';

import type { ApprovalStanding } from '../domain/approvals.js';
import { PHASES, WAITS, type Phase, type WaitingFor } from '../domain/phase.js';
import { OUTCOMES, type Outcome, type TicketView } from '../domain/view.js';
import type { CommandResult } from '../domain/commands.js';
import { answer, flag, number, oneOf, text, textOrNull, texts } from './answer-shape.js';
import { commandCode, status } from './ticket-answers.js';

/** To a call of an ITSM. */
export interface ItsmAnswer {
  readonly accepted: boolean;
  readonly state: 'done' | 'queued' | 'held' | 'unknown' | 'refused';
  readonly key: string;
  readonly code?: CommandResult['code'];
  readonly ticketId?: string;
  readonly message: string | null;
}

export const itsmAnswer = answer<ItsmAnswer>({
  accepted: flag.describe('false: nothing was done.'),
  state: oneOf<ItsmAnswer['state']>({ done: true, queued: true, held: true, unknown: true, refused: true }),
  key: text.describe('Of this request.'),
  code: commandCode.optional(),
  ticketId: text.optional().describe('Of a ticket that was opened.'),
  message: textOrNull.describe('One sentence: what was done, or why not.'),
});

export interface ItsmTicket {
  readonly ticketId: string;
  readonly status: TicketView['status'];
  readonly outcome: Outcome | null;
  readonly step: string | null;
  readonly phase: Phase | null;
  readonly epoch: number;
  readonly waitingFor: WaitingFor | null;
  readonly waitingText: string | null;
  /** ISO 8601, UTC. */
  readonly windowOpensAt: string | null;
  readonly change: string | null;
  readonly needsAttention: string | null;
  readonly approvals: readonly ItsmApproval[];
}

type ItsmApproval = Omit<ApprovalStanding, 'step' | 'question'> & { readonly question: string | null };

export const itsmTicketAnswer = answer<ItsmTicket>({
  ticketId: text,
  status,
  outcome: z.enum(OUTCOMES).nullable(),
  step: textOrNull,
  phase: z.enum(PHASES).nullable(),
  epoch: number,
  waitingFor: z.enum(WAITS).nullable(),
  waitingText: textOrNull,
  windowOpensAt: textOrNull.describe('ISO 8601, UTC.'),
  change: textOrNull.describe('Its number in the ITSM.'),
  needsAttention: textOrNull.describe('Why it waits for a person.'),
  approvals: z.array(
    answer<ItsmApproval>({
      name: text,
      state: oneOf<ApprovalStanding['state']>({ given: true, missing: true, void: true, notNeeded: true }),
      by: texts,
      why: textOrNull,
      question: textOrNull,
    }),
  ),
});
