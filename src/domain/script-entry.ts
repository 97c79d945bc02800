/** One entry of `config/scripts.yaml`: a program of the customer, and when it runs. */
export interface ScriptEntry {
  readonly name: string;
  /** Absolute path; null for an entry that only delivers the event to the ticket. */
  readonly executable: string | null;
  readonly legacyPaths: readonly string[];
  /** Lower-case hex of the executable, verified at each run; null only for an entry without executable. */
  readonly sha256: string | null;
  /** Runs only for these; empty = all. */
  readonly events: readonly string[];
  readonly workflows: readonly string[];
  /** Names of the step of the event (on ADVANCE: the step left). */
  readonly steps: readonly string[];
  readonly timeoutMs: number;
  readonly reply: 'accepted';
  /** Names what is saved on a manager before each Commit, see `config/managers.yaml`; it runs for no event. */
  readonly probe?: true;
  /**
   * Environment of the child by name. `setting:NAME` stands for that setting's value; `secret:NAME` for the path of a
   * file, readable by the child only, that holds that secret; anything else is the value itself.
   */
  readonly env: Readonly<Record<string, string>>;
}
