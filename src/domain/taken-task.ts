/** A task that `taskAccess: reassign` takes from a person, and to whom it goes back. */
export interface TaskFrom {
  readonly stepId: string;
  readonly taskId: string;
  readonly task: string;
  readonly login: string;
  readonly id: string;
}

/** Recorded before SecureChange is asked: whoever goes on after a failure knows to whom the task belonged. */
export interface TakenTask {
  readonly from: TaskFrom;
  /** SecureChange may have been asked to reassign it to us. */
  asked: boolean;
  /** It was seen as ours after that. */
  taken: boolean;
  /** Our work on it has ended: it is to be given back. */
  due: boolean;
}

export type TakeResult =
  /** It was ours already; `byUs`: because an attempt before this one took it. */
  | { readonly kind: 'ours'; readonly byUs: boolean }
  | { readonly kind: 'taken' }
  /** Nothing was changed: a person who is not the recorded one holds it. */
  | { readonly kind: 'held'; readonly by: TaskFrom }
  /** The step has no open task that a person holds: there is nothing to take. */
  | { readonly kind: 'free' };

export type GiveBackResult =
  | { readonly kind: 'givenBack' }
  /** A person reassigned it meanwhile; it stays where that person put it. */
  | { readonly kind: 'others'; readonly holder: string | null }
  /** The task is done, or the ticket has left its step. */
  | { readonly kind: 'over' };
