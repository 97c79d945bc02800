import type { VerifierFacts } from '../src/securechange/secure-change.js';
import type { ActivityDeps } from './contract.js';
import { patiently } from './patience.js';
import type { StepRef } from './task-access.js';
import { findPlace } from './task-access.js';

export interface VerifyActivities {
  /** The verifier's word on this request; what can not be obtained is `unverified`, never `implemented`. */
  verify: (input: StepRef) => Promise<VerifierFacts>;
}

export function createVerifyActivities({
  secureChange,
}: Pick<ActivityDeps, 'secureChange'>): VerifyActivities {
  return {
    async verify(input) {
      return await patiently(async ({ signal }) => {
        const { ref } = await findPlace(secureChange, input, 'read the verifier', signal);
        return await secureChange.readVerifier(ref, signal);
      });
    },
  };
}
