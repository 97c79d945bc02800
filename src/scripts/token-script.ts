/** A script of kind `token`: named by servers.yaml, run as the file that was approved, never for a caller. */
import { randomUUID } from 'node:crypto';
import type { TokenRun } from '../domain/token-run.js';
import type { ScriptRegistry, ScriptRunner } from './scripts.js';

/** A message does not wait longer for its token. */
const WITHIN_MS = 20_000;
/** More than a token has: a longer output is cut, and recognised by its length. */
const KEPT_BYTES = 32 * 1024;

/** The script gets `{"server": …, "url": …}` on standard input, and no arguments. */
export function createTokenScripts({
  registry,
  runner,
}: {
  readonly registry: Pick<ScriptRegistry, 'find'>;
  readonly runner: ScriptRunner;
}) {
  return async (
    script: string,
    { name, url }: { readonly name: string; readonly url: string },
  ): Promise<TokenRun> => {
    const entry = registry.find(script);
    if (entry?.kind !== 'token')
      return { kind: 'notRun', why: `scripts.yaml has no script ${script} of kind token` };
    // A key of its own: an earlier run that was left behind holds up no other.
    const key = `token/${name}/${randomUUID()}`;
    const call = {
      event: 'TOKEN',
      args: [],
      stdin: JSON.stringify({ server: name, url }),
      key,
      keptBytes: KEPT_BYTES,
    };
    const limited = { ...entry, timeoutMs: Math.min(entry.timeoutMs, WITHIN_MS) };
    const { outcome, exitCode, stdout, stderr } = await runner.run(limited, call);
    switch (outcome) {
      case 'exited':
        return { kind: 'exited', exitCode, stdout };
      case 'timedOut':
        return { kind: 'timedOut' };
      case 'busy':
        return { kind: 'busy', why: stderr };
      case 'outputTooLarge':
        return { kind: 'notRun', why: `the script ${script} was ended: it printed too much` };
      // Of these the runner wrote the text, not the script.
      case 'refused':
      case 'earlierMayRun':
        return { kind: 'notRun', why: stderr };
    }
  };
}
