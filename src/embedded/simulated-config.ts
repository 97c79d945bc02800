import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Copies the operators' files and lets the process definitions of the copy drive. They ship in `observe`, so that nothing
 * is ever driven on a real SecureChange unasked; the simulator's tickets are there to be driven. Returns the copy's path.
 */
export function simulatedConfig(from: string, to: string): string {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true });
  for (const name of ['.', ...readdirSync(to, { recursive: true, encoding: 'utf8' })]) {
    const file = join(to, name);
    const { mode } = statSync(file);
    // Whoever may write to the operators' files: these are for us alone, and only so may a script of them run.
    chmodSync(file, (mode & 0o111) === 0 ? 0o600 : 0o700);
  }
  const processes = join(to, 'processes');
  for (const name of readdirSync(processes)) {
    const file = join(processes, name);
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^mode: observe$/m, 'mode: drive'));
  }
  return to;
}
