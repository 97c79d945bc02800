import type { VerifierFacts, VerifierTarget } from '../src/securechange/secure-change.js';
import type { ActivityDeps } from './contract.js';
import { withHeartbeat } from './with-heartbeat.js';
import type { StepRef } from './task-access.js';
import { findRequestTask } from './task-access.js';

/** A device of the ticket that was pushed, and what is known about its push. */
export interface PushedDevice {
  readonly managementId: string;
  readonly name: string;
  readonly vendor: string;
  /** Update and Commit are done or not needed. */
  readonly done: boolean;
  /** Newest revision just before the push. */
  readonly revisionBefore: number | null;
  /** When its Commit ended, as the vendor printed it. */
  readonly committedUntil: string | null;
}

export interface VerifyInput extends StepRef {
  /** null: it is unknown what was pushed. */
  readonly pushed: readonly PushedDevice[] | null;
  /** Only these devices count: the others of the request are not pushed yet. */
  readonly only?: true;
}

export interface Verification {
  readonly state: VerifierFacts['state'];
  readonly message: string | null;
}

export interface VerifyActivities {
  /**
   * The verifier's result for this request. `implemented` counts only when each pushed device was checked in a revision
   * after its push; otherwise the result is `unverified`.
   */
  verify: (input: VerifyInput) => Promise<Verification>;
}

export function createVerifyActivities({
  secureChange,
}: Pick<ActivityDeps, 'secureChange'>): VerifyActivities {
  return {
    async verify({ pushed, only, ...step }) {
      return await withHeartbeat(async ({ signal }) => {
        const { ref } = await findRequestTask(secureChange, step, 'read the verifier', signal);
        const seen = await secureChange.readVerifier(ref, signal);
        return judgeVerification(only === true ? limitedTo(seen, pushed ?? []) : seen, pushed);
      });
    },
  };
}

/** What the verifier says of these devices alone. */
function limitedTo({ targets: all }: VerifierFacts, pushed: readonly PushedDevice[]): VerifierFacts {
  const targets = all.filter(({ managementId }) => pushed.some((one) => one.managementId === managementId));
  const contrary = targets.find(({ status }) => status === 'notImplemented');
  if (contrary !== undefined)
    return { state: 'notImplemented', message: `not implemented on ${contrary.name ?? '-'}`, targets };
  const unknown = targets.find(({ status }) => status === 'unknown');
  return unknown === undefined
    ? { state: 'implemented', message: null, targets }
    : { state: 'unverified', message: `unknown on ${unknown.name ?? '-'}`, targets };
}

const MOST_NAMED = 3;

/** Compares the verifier's result with each push. A result for an older revision does not count. */
export function judgeVerification(
  { state, message, targets }: VerifierFacts,
  pushed: readonly PushedDevice[] | null,
): Verification {
  if (state === 'unverified') return { state, message };
  if (pushed === null) {
    return state === 'implemented'
      ? { state: 'unverified', message: 'it is unknown what was pushed, or when' }
      : { state, message };
  }
  const doubts = pushed.flatMap((device) => doubtOf(device, targets) ?? []);
  if (doubts.length === 0) {
    if (state === 'implemented' || pushed.length === 0) return { state, message };
    return {
      state,
      message: `${message ?? 'not implemented'}; a revision after the push shows it: the change was reverted, or replaced`,
    };
  }
  const named = doubts.slice(0, MOST_NAMED).join('; ');
  const doubt = doubts.length > MOST_NAMED ? `${named}; and ${doubts.length - MOST_NAMED} more` : named;
  return state === 'implemented'
    ? { state: 'unverified', message: doubt }
    : { state, message: `${message ?? 'not implemented'} (${doubt})` };
}

/** Why the verifier's result does not count for this device; null when it does. */
function doubtOf(device: PushedDevice, targets: readonly VerifierTarget[]): string | null {
  const { name, revisionBefore, committedUntil } = device;
  if (!device.done) return `the push of ${name} is not complete`;
  if (/^check ?point/i.test(device.vendor)) {
    return `the verifier does not say whether it checked the saved or the installed policy of ${name}`;
  }
  const checked = targets.filter((target) => target.managementId === device.managementId);
  if (checked.length === 0) return `the verifier does not say that it checked ${name}`;
  if (revisionBefore !== null) {
    if (checked.some(({ revision }) => revision === null)) {
      return `the verifier does not say which revision of ${name} it checked`;
    }
    const oldest = Math.min(...checked.flatMap(({ revision }) => revision ?? []));
    if (oldest > revisionBefore) return null;
    return `the verifier checked revision ${oldest} of ${name}, which is older than the push`;
  }
  if (committedUntil === null) return `the revision of ${name} before the push is unknown`;
  const stale = checked.find(({ revisionAt }) => !isNotBefore(revisionAt, committedUntil));
  if (stale === undefined) return null;
  return `the verifier checked a revision of ${name} from ${stale.revisionAt ?? 'an unknown time'}, and its Commit ended at ${committedUntil}`;
}

/** Both times are in the host's zone, and one of them has no zone: wall times are compared. */
function isNotBefore(revisionAt: string | null, committedUntil: string): boolean {
  const wallTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?/;
  const created = revisionAt === null ? undefined : wallTime.exec(revisionAt)?.[0];
  const ended = wallTime.exec(committedUntil)?.[0];
  return created !== undefined && ended !== undefined && created >= ended;
}
