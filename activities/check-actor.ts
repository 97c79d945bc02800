import { fingerprintOf, signatureMatches } from '../packages/client/src/sign.js';
import { isAccepted } from '../src/domain/command-memory.js';
import { canonicalCommand, type Actor, type Command, type SignedCommand } from '../src/domain/commands.js';
import type { SignedText } from '../src/domain/signed-text.js';
import type { ActivityDeps } from './contract.js';

/** Who gave a command, after its signature was checked. */
export type CheckedActor =
  /** `fingerprint`: see `fingerprintOf`. */
  | { readonly verified: true; readonly actor: Actor; readonly fingerprint: string }
  | { readonly verified: false; readonly why: string };

export interface CheckActorActivities {
  /** Only the gateway authenticates people: a command without its signature is unverified and may only hold and stop. */
  checkActor: (signed: SignedCommand) => Promise<CheckedActor>;
  /** For each text, whether a process with our key signed it. Its age does not matter: it may have waited for a worker. */
  checkSignatures: (input: { readonly signed: readonly SignedText[] }) => Promise<readonly boolean[]>;
}

export function createCheckActorActivities({
  settings,
  clock,
}: Pick<ActivityDeps, 'settings' | 'clock'>): CheckActorActivities {
  return {
    checkActor: (signed) => Promise.resolve(check(signed, settings.actorKeys, clock.now())),
    checkSignatures: ({ signed }) =>
      Promise.resolve(
        signed.map(({ signature, text }) => signatureMatches(signature, text, settings.actorKeys)),
      ),
  };
}

function check(signed: SignedCommand<Command>, keys: readonly string[], nowMs: number): CheckedActor {
  const { signature, issuedAtMs, actor } = signed;
  if (signature === null) return { verified: false, why: 'the command is not signed by a gateway' };
  // An older command may be a recorded one that is sent again after its idempotency key was forgotten.
  if (!isAccepted(issuedAtMs, nowMs)) return { verified: false, why: 'the signature is too old' };
  if (!signatureMatches(signature, canonicalCommand(signed), keys))
    return { verified: false, why: 'the signature does not match' };
  return { verified: true, actor, fingerprint: fingerprintOf(signed) };
}
