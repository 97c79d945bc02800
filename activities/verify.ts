import type { VerifierFacts, VerifierTarget } from '../src/securechange/secure-change.js';
import type { ActivityDeps } from './contract.js';
import { patiently } from './patience.js';
import type { StepRef } from './task-access.js';
import { findPlace } from './task-access.js';

/** A device of the ticket that was pushed, and what is known of the moment. */
export interface PushedDevice {
  readonly managementId: string;
  readonly name: string;
  readonly vendor: string;
  /** Update and Commit, as far as it needs them, are done. */
  readonly settled: boolean;
  /** Newest revision just before the push. */
  readonly revisionBefore: number | null;
  /** When its Commit ended, as the vendor printed it. */
  readonly committedUntil: string | null;
}

export interface VerifyInput extends StepRef {
  /** null: nobody knows what was pushed. */
  readonly pushed: readonly PushedDevice[] | null;
}

export interface Verification {
  readonly state: VerifierFacts['state'];
  readonly message: string | null;
}

export interface VerifyActivities {
  /**
   * The verifier's word on this request, as far as it is about what was pushed: `implemented` only where each pushed device
   * was looked at in a revision that follows its push; what can not be obtained is `unverified`.
   */
  verify: (input: VerifyInput) => Promise<Verification>;
}

export function createVerifyActivities({
  secureChange,
}: Pick<ActivityDeps, 'secureChange'>): VerifyActivities {
  return {
    async verify({ pushed, ...step }) {
      return await patiently(async ({ signal }) => {
        const { ref } = await findPlace(secureChange, step, 'read the verifier', signal);
        return judgeVerification(await secureChange.readVerifier(ref, signal), pushed);
      });
    },
  };
}

const MOST_NAMED = 3;

/** Weighs the verifier's word against what is known of each push. Whatever it says of an older revision is not about it. */
export function judgeVerification(
  { state, message, targets }: VerifierFacts,
  pushed: readonly PushedDevice[] | null,
): Verification {
  if (state === 'unverified') return { state, message };
  if (pushed === null) {
    return state === 'implemented'
      ? { state: 'unverified', message: 'nobody knows what was pushed, or when' }
      : { state, message };
  }
  const doubts = pushed.flatMap((device) => doubtOf(device, targets) ?? []);
  if (doubts.length === 0) return { state, message };
  const named = doubts.slice(0, MOST_NAMED).join('; ');
  const doubt = doubts.length > MOST_NAMED ? `${named}; and ${doubts.length - MOST_NAMED} more` : named;
  return state === 'implemented'
    ? { state: 'unverified', message: doubt }
    : { state, message: `${message ?? 'not implemented'} (${doubt})` };
}

/** Why the verifier's word does not count for this device; null when it does. */
function doubtOf(device: PushedDevice, targets: readonly VerifierTarget[]): string | null {
  const { name, revisionBefore, committedUntil } = device;
  if (!device.settled) return `${name} was not pushed to its end`;
  if (/^check ?point/i.test(device.vendor)) {
    return `it is not said whether the saved or the installed policy of ${name} was looked at`;
  }
  const seen = targets.filter((target) => target.managementId === device.managementId);
  if (seen.length === 0) return `the verifier does not say that it looked at ${name}`;
  if (revisionBefore !== null) {
    if (seen.some(({ revision }) => revision === null)) {
      return `the verifier does not say which revision of ${name} it looked at`;
    }
    const oldest = Math.min(...seen.flatMap(({ revision }) => revision ?? []));
    if (oldest > revisionBefore) return null;
    return `the verifier looked at revision ${oldest} of ${name}, which was there before the push`;
  }
  if (committedUntil === null) return `nobody knows which revision ${name} had before it was pushed`;
  const stale = seen.find(({ revisionAt }) => !isNotBefore(revisionAt, committedUntil));
  if (stale === undefined) return null;
  return `the verifier looked at a revision of ${name} of ${stale.revisionAt ?? 'unknown time'}, and its Commit ended ${committedUntil}`;
}

/** Both are printed in the host's zone, one of them without saying so: the wall times are compared. */
function isNotBefore(revisionAt: string | null, committedUntil: string): boolean {
  const wallTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?/;
  const seen = revisionAt === null ? undefined : wallTime.exec(revisionAt)?.[0];
  const ended = wallTime.exec(committedUntil)?.[0];
  return seen !== undefined && ended !== undefined && seen >= ended;
}
