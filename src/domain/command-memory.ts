/**
 * The commands that a workflow has answered, so that the same key is carried out once. Commands that a gateway signed are
 * kept apart from all others: a caller who reaches Temporal directly cannot displace them.
 */
import { canonicalJson } from './canonical-json.js';
import type { CommandResult, SignedCommand } from './commands.js';

/** How long a signature is accepted, before and after the time it names. */
export const SIGNATURE_VALID_MS = 15 * 60_000;

/** Whether a signature of this time is accepted at that time. */
export function isAccepted(issuedAtMs: number, atMs: number): boolean {
  return Math.abs(atMs - issuedAtMs) <= SIGNATURE_VALID_MS;
}

/** How long a key is kept: twice as long, because the clocks of signer and worker may differ. */
const KEPT_MS = 3 * SIGNATURE_VALID_MS;
const KEPT_AT_LEAST = 100;
const KEPT_AT_MOST = 400;
const UNVERIFIED_KEPT = 20;

export interface AnsweredCommand {
  readonly key: string;
  readonly fingerprint: string;
  readonly issuedAtMs: number;
  readonly atMs: number;
  readonly result: CommandResult;
}

export interface CommandMemory {
  readonly verified: readonly AnsweredCommand[];
  readonly unverified: readonly AnsweredCommand[];
  /** Signed commands issued before this are refused: their keys may be forgotten, so they could be recorded ones. */
  readonly notBeforeMs: number;
}

/** `notBeforeMs`: the start of a run that no command can be older than; 0 where the first command may start it. */
export function emptyMemory(notBeforeMs: number): CommandMemory {
  return { verified: [], unverified: [], notBeforeMs };
}

/** Text that is the same for the same request of the same person. The reason is a remark: it changes nothing. */
export function requestText({ actor, command, workflowId }: Omit<SignedCommand, 'signature'>): string {
  return canonicalJson({ login: actor.login, command, workflowId });
}

/** The recorded answer under this key, whatever its request was. */
export function recall(memory: CommandMemory, verified: boolean, key: string): AnsweredCommand | undefined {
  return (verified ? memory.verified : memory.unverified).find((answered) => answered.key === key);
}

/** A key is forgotten only when no signature of its time is accepted any more. */
export function remember(
  memory: CommandMemory,
  verified: boolean,
  answered: AnsweredCommand,
  nowMs: number,
): CommandMemory {
  if (!verified) {
    return { ...memory, unverified: [...memory.unverified, answered].slice(-UNVERIFIED_KEPT) };
  }
  const newestFirst = [...memory.verified, answered].sort((a, b) => b.issuedAtMs - a.issuedAtMs);
  const live = newestFirst.filter(({ issuedAtMs }) => issuedAtMs > nowMs - KEPT_MS).length;
  const keep = Math.min(Math.max(live, KEPT_AT_LEAST), KEPT_AT_MOST);
  const newestDropped = newestFirst[keep]?.issuedAtMs ?? -1;
  return {
    ...memory,
    verified: newestFirst.slice(0, keep).reverse(),
    notBeforeMs: Math.max(memory.notBeforeMs, newestDropped + 1),
  };
}
