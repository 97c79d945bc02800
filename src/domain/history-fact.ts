/** One plain fact of a history, without Temporal's types: what `src/audit` makes timelines from. */
export interface HistoryFact {
  readonly runId: string;
  readonly eventId: number;
  readonly atMs: number;
  readonly kind:
    | 'started'
    | 'signal'
    | 'update'
    | 'updateResult'
    | 'activityScheduled'
    | 'activityStarted'
    | 'activityCompleted'
    | 'activityFailed'
    | 'timerStarted'
    | 'timerFired'
    | 'timerCanceled'
    | 'externalSignal'
    | 'searchAttributes'
    | 'continuedAsNew'
    | 'completed'
    | 'failed'
    | 'terminated'
    | 'other';
  /** Activity type, signal or update name. */
  readonly name: string;
  readonly summary: string | null;
  readonly identity: string | null;
  readonly attempt: number | null;
  readonly input: unknown;
  readonly result: unknown;
  readonly failure: string | null;
  /** The event this one answers: of an activity its scheduling, of an update its acceptance, of a timer its start. */
  readonly refersTo?: number;
}
