import type { Caller } from './call.js';
import { clip, MESSAGE_LENGTH } from './normalise.js';
import type { VerifierFacts } from './secure-change.js';
import { verifierSchema } from './wire.js';

export interface VerifiedRequest {
  readonly id: string | null;
  readonly order: string;
  /** `verifier_result.status` of the access request. */
  readonly status: string | null;
}

/**
 * The verifier's word over all access requests: `implemented` only when each one and each of its targets says so,
 * `notImplemented` when any says the contrary, `unverified` for everything that cannot be obtained.
 */
export async function readVerifierResults(
  securechange: Caller,
  requests: readonly VerifiedRequest[],
  path: (requestId: string) => string,
  signal: AbortSignal | undefined,
): Promise<VerifierFacts> {
  if (requests.length === 0) return { state: 'unverified', message: 'this kind of request has no verifier' };
  const refused = requests.find((request) => word(request.status) === 'notImplemented');
  if (refused) return { state: 'notImplemented', message: `${refused.order}: not implemented` };
  const open = requests.find((request) => word(request.status) !== 'implemented');
  if (open) return { state: 'unverified', message: `${open.order}: ${clip(open.status ?? 'not run', 60)}` };

  for (const { id, order } of requests) {
    const answer =
      id === null
        ? null
        : await securechange.find(verifierSchema, {
            path: path(id),
            operation: `read the verifier results of ${order}`,
            signal,
          });
    const targets = answer?.access_request_verifier_result?.verifier_targets ?? [];
    const bad = targets.filter((target) => word(target.verification_status) !== 'implemented');
    const contrary = bad.find((target) => word(target.verification_status) === 'notImplemented');
    const named = (bad[0]?.management_name ?? '') || 'a target';
    if (contrary) {
      const message = `${order}: not implemented on ${contrary.management_name ?? 'a target'}`;
      return { state: 'notImplemented', message: clip(message, MESSAGE_LENGTH) };
    }
    if (targets.length === 0)
      return { state: 'unverified', message: `${order}: the verifier shows no target` };
    if (bad.length > 0)
      return { state: 'unverified', message: clip(`${order}: unknown on ${named}`, MESSAGE_LENGTH) };
  }
  return { state: 'implemented', message: null };
}

function word(status: string | null): 'implemented' | 'notImplemented' | 'unknown' {
  const text = status?.trim().toLowerCase().replace('_', ' ');
  if (text === 'implemented' || text === 'verified') return 'implemented';
  return text === 'not implemented' ? 'notImplemented' : 'unknown';
}
