/**
 * The lists of workflow state that callers make longer, with the most that each takes: whoever calls a thousand times must not
 * make a state that no run can carry. `test/phases/most-waiting.test.ts` floods each.
 */
export const MOST_WAITING = {
  /** Of an ITSM, in the outbox of a ticket; more are refused, and nothing of them is kept: they can be sent again. */
  itsmMessages: 50,
  /**
   * Of the ticket's own points, in its outbox: for one more the oldest of the same point is dropped, unless it is under way; the newest
   * says what counts.
   */
  ownMessages: 100,
  /** Messages to a lane whose signature waits to be checked; the sweep repeats what is lost. */
  unchecked: 1_000,
  /** Overrides of one lane that wait for their review or still hold: no other one can be used until a review is closed. */
  overrides: 200,
  /** Reports that wait to be read: the oldest without a script is dropped, for one reading answers all. */
  events: 200,
  /** Scripts of reports: a report beyond it is a reason to read only. */
  scripts: 50,
  /** Results for one place that wait to be checked: a lane signals one. */
  results: 20,
  /** Results of targets without a place: one for each device of a large ticket. */
  carriedBy: 200,
  /** Pushes that wait for the update slot; each repeats its request every minute. */
  slotRequests: 500,
  /** Grants of the slot that a push has not asked for yet; the slot repeats them. */
  slotGrants: 100,
} as const;

export function takesMore(list: keyof typeof MOST_WAITING, length: number): boolean {
  return length < MOST_WAITING[list];
}
