import type { OnFailure, QuestionKind } from './script-question.js';

/** Kinds that we call ourselves, for no event and no caller. */
export const OWN_CALLS = ['pendingChanges', 'token'] as const;
export type OwnCall = (typeof OWN_CALLS)[number];

export function isOwnCall(kind: ScriptEntry['kind']): kind is OwnCall {
  return (OWN_CALLS as readonly string[]).includes(kind);
}

/** One entry of `config/scripts.yaml`: a program of the customer, and when it runs. */
export interface ScriptEntry {
  readonly name: string;
  /**
   * `event`: for a lifecycle event of a ticket. `pendingChanges`: names what is saved on a manager before each Commit, see
   * `config/managers.yaml`. `token`: prints the token of an outbound server, see `config/servers.yaml`. Else SecureChange waits for its answer.
   */
  readonly kind: 'event' | OwnCall | QuestionKind;
  /** Of a question: what SecureChange is answered when the script did not answer in time; null for the other kinds. */
  readonly onFailure: OnFailure | null;
  /** Who answers for it, for people; null when the entry names no owner. */
  readonly owner: string | null;
  /** Absolute path; null for an entry that only delivers the event to the ticket. */
  readonly executable: string | null;
  /** In the place of its `#!` line. */
  readonly interpreter: ScriptInterpreter | null;
  readonly legacyPaths: readonly string[];
  /** Lower-case hex of the executable, verified at each run; null only for an entry without executable. */
  readonly sha256: string | null;
  /** `always`: for tickets that are only observed as well. */
  readonly runs: 'always' | 'driven';
  /** Runs only for these; empty = all. */
  readonly events: readonly string[];
  readonly workflows: readonly string[];
  /** Names of the step of the event (on ADVANCE: the step left). */
  readonly steps: readonly string[];
  readonly timeoutMs: number;
  /** `result`: the mediator gets output and exit code when they are there in time. */
  readonly reply: 'accepted' | 'result';
  /** How long the mediator waits. */
  readonly replyWithinMs: number;
  /** What the arguments must be, in their order; null when any will do. */
  readonly arguments: readonly ScriptArgument[] | null;
  /** Most runs at the same time, over all workers that share `SCO_DATA_DIR`; null for no limit. */
  readonly concurrency: number | null;
  /** Runs in all, and the pause between two; one run = an operator decides about a second one. */
  readonly retry: { readonly attempts: number; readonly waitMs: number };
  /**
   * Environment of the child by name. `setting:NAME` stands for that setting's value; `secret:NAME` for the path of a
   * file, readable by the child only, that holds that secret; `secretValue:NAME` for the secret itself; anything else is
   * the value.
   */
  readonly env: Readonly<Record<string, string>>;
}

/** What runs scripts of one kind, described once. */
export interface ScriptInterpreter {
  /** Absolute path of the program, and its arguments before the script. */
  readonly command: readonly string[];
  /** Folders that are searched before the others. */
  readonly path: readonly string[];
  /** As in an entry, which overrides it. */
  readonly env: Readonly<Record<string, string>>;
}

export interface ScriptArgument {
  readonly name: string;
  /** A regular expression that the whole argument matches. Without one it must not begin with a dash. */
  readonly pattern: string | null;
  readonly optional: boolean;
  /** The last one only: it stands for any number of arguments. */
  readonly many: boolean;
  /** It is not shown to people. */
  readonly masked: boolean;
}
