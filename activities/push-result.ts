import { signatureMatches, signResult } from '../src/client/sign.js';
import { canonicalResult } from '../src/domain/kept-results.js';
import type { KeptResult } from '../src/domain/lane.js';
import type { MemberResult } from '../src/domain/push.js';
import type { ActivityDeps } from './contract.js';

export interface SignalledResult {
  readonly laneKey: string;
  readonly n: number;
  readonly ticketId: string;
  readonly target: string;
  readonly targetName: string;
  readonly said: MemberResult;
  readonly signature: string;
}

/** What the audit trail shows of a result that counts. */
export interface CheckedResult {
  readonly n: number;
  readonly targetName: string;
  readonly result: MemberResult;
}

export interface PushResultActivities {
  /** A signature for each result, in the same order; a ticket then needs no answer of the lane. */
  signResults: (input: {
    readonly laneKey: string;
    readonly results: readonly KeptResult[];
  }) => Promise<readonly string[]>;
  /** The result in a lane's signal, if a worker signed it for this place; else null. Its age does not matter. */
  checkResult: (signalled: SignalledResult) => Promise<CheckedResult | null>;
}

export function createPushResultActivities({
  settings,
}: Pick<ActivityDeps, 'settings'>): PushResultActivities {
  return {
    signResults: ({ laneKey, results }) => {
      const [actorKey] = settings.actorKeys;
      // Without a key the ticket asks the lane.
      return Promise.resolve(
        results.map((kept) => (actorKey === undefined ? '' : signResult(laneKey, kept, actorKey))),
      );
    },
    checkResult: ({ laneKey, n, ticketId, target, targetName, said, signature }) => {
      const text = canonicalResult(laneKey, { n, ticketId, target, result: said });
      const holds = signatureMatches(signature, text, settings.actorKeys);
      return Promise.resolve(holds ? { n, targetName, result: said } : null);
    },
  };
}
