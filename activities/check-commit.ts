import { judgeParts, type PoliciesOf } from '../src/domain/commit-report.js';
import { CallFailure } from '../src/domain/failure.js';
import { evidenceKey } from '../src/domain/provisioning.js';
import type { Baseline } from '../src/domain/push.js';
import type { SeenOfCommit } from '../src/domain/watched-commits.js';
import type { ActivityDeps } from './contract.js';
import { withHeartbeat } from './with-heartbeat.js';

export interface CheckCommitInput {
  readonly laneKey: string;
  readonly laneName: string;
  readonly target: string;
  readonly targetName: string;
  readonly ref: Baseline['ref'];
  readonly commitEvidence: string;
  readonly policies: PoliciesOf;
}

export interface CheckCommitActivities {
  /** Reads the report of a Commit that was live again: a firewall may have reverted it. What cannot be read stands. */
  checkCommit: (input: CheckCommitInput) => Promise<SeenOfCommit>;
}

export function createCheckCommitActivities({
  secureChange,
  managers,
}: Pick<ActivityDeps, 'secureChange' | 'managers'>): CheckCommitActivities {
  return {
    async checkCommit({ laneKey, laneName, target, ref, commitEvidence, policies }) {
      return await withHeartbeat(async ({ signal }): Promise<SeenOfCommit> => {
        try {
          const { parts, ...commit } = await secureChange.readCommitReport(ref, target, signal);
          if (evidenceKey(commit) === commitEvidence) return { kind: 'stands' };
          const sameCommit = commit.reportStart !== null && commitEvidence.endsWith(`|${commit.reportStart}`);
          if (!sameCommit || commit.state !== 'reverted') return { kind: 'superseded' };
          const { tolerate } = managers.policyFor({ key: laneKey, name: laneName });
          const verdict = judgeParts(parts, tolerate, policies);
          const finished = verdict.kind === 'apart' ? verdict.finished : [];
          const named = parts.length > 0 && verdict.kind === 'apart' ? verdict.message : null;
          return {
            kind: 'reverted',
            message: named ?? commit.message ?? 'its report says reverted',
            finished,
          };
        } catch (error) {
          if (error instanceof CallFailure) return { kind: 'stands' };
          throw error;
        }
      });
    },
  };
}
