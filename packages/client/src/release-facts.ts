/** A release of ours that a worker was started with. */
export interface Release {
  readonly name: string;
  /** current: new and running tickets are its; ramping: a part of them; otherwise it gets nothing new. */
  readonly role: 'current' | 'ramping' | 'none';
  /** Of tickets, while it is ramping. */
  readonly percent: number | null;
  /** Workers of it that asked for work within the last minutes. */
  readonly workers: readonly string[];
  /** Task queues that none of its workers asks. */
  readonly missingQueues: readonly string[];
  /** Open workflows whose last step it did. */
  readonly openWorkflows: number;
  readonly seenFirstMs: number | null;
}

export interface Releases {
  /** The newest first. */
  readonly releases: readonly Release[];
  /** Workers that were started without a release: they get nothing once one is current. */
  readonly unversionedWorkers: readonly string[];
}

export interface ReleasesClient {
  list(): Promise<Releases>;
  /**
   * Makes a release the current one, or lets it have `percent` of the tickets. Refused (`refused`) while one of the task
   * queues is asked by no worker of it: tickets would stand still.
   */
  use(name: string, options?: { readonly percent?: number }): Promise<Releases>;
  /**
   * Signals every open workflow that lives for long to go on in a new run, and says how many there are. Code for the runs of older
   * releases is needed no more once all have.
   */
  renew(onEach?: (workflowId: string) => void): Promise<number>;
}

/** Where releases are in use, one of them has the tickets and a worker for each queue. */
export function isServed({ releases }: Releases): boolean {
  if (releases.length === 0) return true;
  return releases.some(({ role, missingQueues }) => role === 'current' && missingQueues.length === 0);
}
