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

/** The same for a name that is one of a list: `FW10` is not `FW1`. */
export function expectSameName(asked: Asked, wanted: string, answered: string | null): void {
  if (answered === null) return;
  if (plain(wanted) !== plain(answered)) throw otherObject(asked);
}

/**
 * The same for the name of a device where no id is answered: systems put the manager before it (`PANO-8 / DG-B`) or behind it
 * (`DG-B (PANO-8)`). A name that only begins or ends alike is another one, and so is a virtual system (`DG-B/vsys2`).
 */
export function expectSameDeviceName(asked: Asked, wanted: string | null, answered: string | null): void {
  if (wanted === null || answered === null) return;
  const [short = '', long = ''] = [plain(wanted), plain(answered)].sort((a, b) => a.length - b.length);
  const before = long.endsWith(short) ? long.slice(0, long.length - short.length).trim() : null;
  const behind = long.startsWith(short) ? long.slice(short.length).trim() : null;
  if (short === '' || (!/^$|[/\\:>|]$/.test(before ?? '-') && !/^$|^[([]/.test(behind ?? '-')))
    throw otherObject(asked);
}

function plain(name: string): string {
  return name.trim().toLowerCase();
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
