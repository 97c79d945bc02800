import { tmpdir } from 'node:os';
import { resolve } from 'node:path';

import type { RefusedScript } from '../domain/configuration-facts.js';
import type { ScriptEntry } from '../domain/script-entry.js';
import { readProgram } from './registered-program.js';
import { unsafeForCopies } from './trusted-path.js';

/**
 * The registered scripts that would not run now, by the checks of a run: owner and mode of the file and of its folders, its bytes,
 * its interpreter, the folder for its copy. The answer holds for this machine and the user of this process.
 */
export async function refusedScripts(
  entries: readonly ScriptEntry[],
  temporaryFolder = tmpdir(),
): Promise<readonly RefusedScript[]> {
  const refused: RefusedScript[] = [];
  const unsafe = await unsafeForCopies(resolve(temporaryFolder));
  for (const entry of entries) {
    const { name, executable } = entry;
    if (executable === null) continue;
    // One after the other: each may be large, and no ticket waits for this.
    const program = unsafe ?? (await readProgram({ ...entry, executable }));
    if (typeof program === 'string') refused.push({ name, executable, why: program });
  }
  return refused;
}
