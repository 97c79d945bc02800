import { tufinCode } from '../domain/codes.js';
import { canonicalId } from '../domain/canonical-id.js';
import { CallFailure } from '../domain/failure.js';

export interface Asked {
  readonly system: string;
  readonly operation: string;
  /** `ticket`, `device`, …: what the ids are of. */
  readonly what: string;
}

/**
 * Throws when an answer says that it is about something else than what was asked for: a proxy that keeps answers, or a
 * server that mixes them up, would have one ticket driven by the facts of another. Answers that do not say pass.
 */
export function expectSameId(asked: Asked, wanted: string, answered: unknown): void {
  const id = canonicalId(answered);
  if (id !== null && id !== canonicalId(wanted)) throw otherObject(asked);
}

/** The same for names, which systems decorate: one has to contain the other. */
export function expectSameName(asked: Asked, wanted: string | null, answered: string | null): void {
  if (wanted === null || answered === null) return;
  const [one, other] = [wanted.trim().toLowerCase(), answered.trim().toLowerCase()];
  if (!one.includes(other) && !other.includes(one)) throw otherObject(asked);
}

function otherObject({ system, operation, what }: Asked): CallFailure {
  return new CallFailure({
    kind: 'bug',
    system,
    operation,
    code: tufinCode(system, 'other_object'),
    message: `the answer is about another ${what} than the one asked for; look for a proxy or cache in between, then retry`,
  });
}
