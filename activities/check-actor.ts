import { createHmac, timingSafeEqual } from 'node:crypto';

import { canonicalCommand, type Actor, type Command, type SignedCommand } from '../src/domain/commands.js';
import type { ActivityDeps } from './contract.js';

/** Who stands behind a command, after the signature was checked. */
export type CheckedActor =
  { readonly verified: true; readonly actor: Actor } | { readonly verified: false; readonly why: string };

export interface CheckActorActivities {
  /** Only the gateway authenticates people; what it did not sign is unverified and may hold and stop, nothing else. */
  checkActor: (signed: SignedCommand) => Promise<CheckedActor>;
}

/** Older commands are refused: a recorded one must not be played again after its idempotency key was forgotten. */
const VALID_FOR_MS = 15 * 60_000;

export function createCheckActorActivities({
  settings,
  clock,
}: Pick<ActivityDeps, 'settings' | 'clock'>): CheckActorActivities {
  return {
    checkActor: (signed) => Promise.resolve(check(signed, settings.actorKeys, clock.now())),
  };
}

function check(signed: SignedCommand<Command>, keys: readonly string[], nowMs: number): CheckedActor {
  if (signed.signature === null) return { verified: false, why: 'the command is not signed by a gateway' };
  if (Math.abs(nowMs - signed.issuedAtMs) > VALID_FOR_MS)
    return { verified: false, why: 'the signature is too old' };
  const given = Buffer.from(signed.signature, 'hex');
  const text = canonicalCommand(signed);
  const matches = keys.some((key) => {
    const expected = createHmac('sha256', key).update(text).digest();
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  return matches
    ? { verified: true, actor: signed.actor }
    : { verified: false, why: 'the signature does not match' };
}
