import type { Caller } from './call.js';
import { clip, MESSAGE_LENGTH, NAME_LENGTH } from './normalise.js';
import type { VerifierFacts, VerifierTarget } from './secure-change.js';
import { verifierSchema, type WireVerifierTarget } from './wire.js';

export interface VerifiedRequest {
  readonly id: string | null;
  readonly order: string;
  /** `verifier_result.status` of the access request. */
  readonly status: string | null;
}

interface VerifiedTargets extends VerifiedRequest {
  readonly targets: readonly WireVerifierTarget[];
}

/**
 * The verifier's word over all access requests: `implemented` only when each one and each of its targets says so,
 * `notImplemented` when any says the contrary, `unverified` for everything that cannot be obtained. Whether it looked at
 * a revision that follows the push is for the caller to judge, from `targets`.
 */
export async function readVerifierResults(
  securechange: Caller,
  requests: readonly VerifiedRequest[],
  path: (requestId: string) => string,
  signal: AbortSignal | undefined,
): Promise<VerifierFacts> {
  if (requests.length === 0) return unverified('this kind of request has no verifier');
  const asked: VerifiedTargets[] = [];
  for (const request of requests) {
    const { id, order, status } = request;
    const ran = id !== null && word(status) !== 'unknown';
    const answer = ran
      ? await securechange.find(verifierSchema, {
          path: path(id),
          operation: `read the verifier results of ${order}`,
          signal,
        })
      : null;
    asked.push({ ...request, targets: answer?.access_request_verifier_result?.verifier_targets ?? [] });
  }
  return { ...judge(asked), targets: asked.flatMap((request) => request.targets.map(toTarget)) };
}

function judge(requests: readonly VerifiedTargets[]): Omit<VerifierFacts, 'targets'> {
  const contrary = requests
    .map(({ order, status, targets }) => {
      const target = targets.find((one) => word(one.verification_status) === 'notImplemented');
      if (target !== undefined) return `${order}: not implemented on ${target.management_name ?? 'a target'}`;
      return word(status) === 'notImplemented' ? `${order}: not implemented` : null;
    })
    .find((message) => message !== null);
  if (contrary !== undefined) return { state: 'notImplemented', message: clip(contrary, MESSAGE_LENGTH) };
  for (const { order, status, targets } of requests) {
    if (word(status) !== 'implemented') return unverified(`${order}: ${clip(status ?? 'not run', 60)}`);
    if (targets.length === 0) return unverified(`${order}: the verifier shows no target`);
    const unknown = targets.find((one) => word(one.verification_status) !== 'implemented');
    if (unknown) return unverified(`${order}: unknown on ${unknown.management_name ?? 'a target'}`);
  }
  return { state: 'implemented', message: null };
}

function unverified(message: string): VerifierFacts {
  return { state: 'unverified', message: clip(message, MESSAGE_LENGTH), targets: [] };
}

function toTarget(target: WireVerifierTarget): VerifierTarget {
  const { date, time } = target;
  return {
    managementId: target.management_id,
    name: target.management_name === null ? null : clip(target.management_name, NAME_LENGTH),
    status: word(target.verification_status),
    revision: target.revision_number,
    revisionAt: date === null || time === null ? null : clip(`${date}T${time}`, 64),
  };
}

function word(status: string | null): VerifierTarget['status'] {
  const text = status?.trim().toLowerCase().replace('_', ' ');
  if (text === 'implemented' || text === 'verified') return 'implemented';
  return text === 'not implemented' ? 'notImplemented' : 'unknown';
}
