/** What an ITSM may ask of a ticket. The gateway authenticates it, as every caller. */

/** An answer to an approval that the process names `by: itsm`. */
interface Answer {
  /** Name of the approval; null: the one that is asked for. */
  readonly approval: string | null;
  /** Who decided in the ITSM, by the login in SecureChange; of a delegate, the delegate. */
  readonly approver: string;
  /** Names what the ITSM was asked: `#itsm_question#`. Without it the decision must be younger than the question. */
  readonly question: string | null;
  readonly decidedAtMs: number | null;
}

export type ItsmCommand =
  /** `automatic`: a rule of the ITSM decided, no person. */
  | ({ readonly kind: 'itsmApprove'; readonly automatic: boolean } & Answer)
  | ({ readonly kind: 'itsmReject' } & Answer)
  | { readonly kind: 'itsmComment'; readonly text: string }
  /** Written into the fields of the ticket that hold the planned dates. */
  | { readonly kind: 'itsmPlannedDates'; readonly start: string; readonly end: string }
  | { readonly kind: 'itsmCancel' }
  /** The change is another than before, such as on hold: what the process reads of it is read again at once. */
  | { readonly kind: 'itsmChanged' }
  /** Completes this step once its phases are done. */
  | { readonly kind: 'itsmAdvance'; readonly step: string };

/** What a process allows its ITSM besides approvals, under `itsmMay`. */
export const ITSM_ACTS = ['create', 'comment', 'plannedDates', 'cancel', 'advance'] as const;
export type ItsmAct = (typeof ITSM_ACTS)[number];

/** What the ITSM is asked for: one approval of one ticket, epoch and content. Another content is another question. */
export interface ItsmQuestion {
  /** Name of the approval. */
  readonly name: string;
  /** Names ticket, approval, epoch, time and content: `214.cab.2.1796137439000.1f0c93ab.77aa01be.-`. */
  readonly question: string;
  readonly askedAtMs: number;
  readonly content: {
    readonly requestDigest: string;
    readonly riskDigest: string | null;
    readonly designDigest: string | null;
  };
}

/** No answer to one question is an answer to another: not of another ticket or approval, and not when it is asked again. */
export function questionOf(
  { ticketId, epoch }: { readonly ticketId: string; readonly epoch: number },
  { name, askedAtMs, content }: Omit<ItsmQuestion, 'question'>,
): string {
  const { requestDigest, riskDigest, designDigest } = content;
  const digests = [requestDigest, riskDigest, designDigest].map((digest) => digest?.slice(0, 16) ?? '-');
  return [ticketId, name, epoch, askedAtMs, ...digests].join('.');
}

/** Why an answer is not one to this question; null when it is. */
export function whyNoAnswer(
  { question, askedAtMs }: ItsmQuestion,
  given: Pick<Answer, 'question' | 'decidedAtMs'>,
): string | null {
  if (given.question !== null)
    return given.question === question
      ? null
      : `it answers the question ${given.question}, and the ticket asks ${question} now`;
  if (given.decidedAtMs === null) return 'it names neither the question nor when the person decided';
  return given.decidedAtMs >= askedAtMs
    ? null
    : `it was decided at ${instant(given.decidedAtMs)}, before the ticket asked at ${instant(askedAtMs)}`;
}

function instant(atMs: number): string {
  return new Date(atMs).toISOString();
}
