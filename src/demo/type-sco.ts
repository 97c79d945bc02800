/** Commands of `sco`, run as a program of their own. */
import { execFile } from 'node:child_process';
import { ourProgram } from '../embedded/our-program.js';

/** What the command prints with `--json`. Throws when it fails. */
export type TypeSco = (args: readonly string[]) => Promise<unknown>;

export function createSco(env: NodeJS.ProcessEnv): TypeSco {
  return async (args) => {
    const { command, args: all } = ourProgram('src/cli/main', { args: [...args, '--json'] });
    const options = { env, timeout: 30_000, maxBuffer: 16 * 1024 * 1024 };
    return await new Promise((resolve, reject) => {
      execFile(command, all, options, (error, stdout, stderr) => {
        if (error !== null) {
          reject(new Error(`sco ${args.join(' ')}: ${stderr.trim().slice(0, 500) || error.message}`));
          return;
        }
        resolve(JSON.parse(stdout));
      });
    });
  };
}
