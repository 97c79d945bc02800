/** Who may end a stop: two persons stand behind each start, unless `people.yaml` lets one person start alone. */
import type { Actor } from './commands.js';
import { sameLogin } from './login.js';

export interface StoppedState {
  readonly by: string | null;
  /** A gateway authenticated who stopped, and it is a person. */
  readonly stoppedByPerson?: boolean;
  /** Who asked for the start first, where who stopped is not known for certain. */
  readonly firstToStart?: string | null;
}

export type StartVerdict =
  /** `alone`: the rule of people.yaml by which one person was enough. */
  | { readonly kind: 'starts'; readonly other: string | null; readonly alone: string | null }
  /** Recorded as the first of two. */
  | { readonly kind: 'first'; readonly message: string }
  | { readonly kind: 'refused'; readonly message: string };

/**
 * The second person is another one than who stopped. Where that is not known for certain (without authentication, a
 * service account stopped, the record was lost), two different persons ask for the start.
 */
export function judgeStart(
  { by, stoppedByPerson = false, firstToStart = null }: StoppedState,
  actor: Actor,
): StartVerdict {
  const { login, startsAlone = null, machine = false } = actor;
  if (machine)
    return {
      kind: 'refused',
      message: `${login} is a service account, and a start needs a person beside the one who stopped`,
    };
  const other = stoppedByPerson ? by : firstToStart;
  if (other !== null && !sameLogin(other, login)) return { kind: 'starts', other, alone: null };
  if (startsAlone !== null) return { kind: 'starts', other: null, alone: startsAlone };
  if (stoppedByPerson)
    return {
      kind: 'refused',
      message: `${login} stopped it: another person must run sco start, with their own token (people.yaml says in startAlone who may do both, and when)`,
    };
  if (other !== null)
    return {
      kind: 'refused',
      message: `${login} is recorded as the first of two: another person must run sco start as well`,
    };
  return {
    kind: 'first',
    message: `it is not certain who stopped it, so two persons must run sco start: ${login} is the first, now another person must run it`,
  };
}
