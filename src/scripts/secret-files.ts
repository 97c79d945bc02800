import { closeSync, existsSync, openSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MEMORY = '/dev/shm';

/** Secrets of one run, each readable under a path for as long as the run lasts and not a moment longer. */
export interface SecretFiles {
  pathOf(variable: string, content: string): string;
  close(): void;
}

/**
 * A secret has no name in any folder: its file, in memory where the system has that, is removed as soon as it is open, and
 * the path leads through our own open descriptor. So it is gone with us, also by kill -9. Where the script could not
 * follow such a path, the file stays in `folder` until `close`.
 */
export function createSecretFiles(runId: string, folder: string): SecretFiles {
  const open: number[] = [];
  const named: string[] = [];
  return {
    pathOf: (variable, content) => {
      const byDescriptor = descriptorsCanBeFollowed();
      const path = byDescriptor && existsSync(MEMORY) ? memoryFile(runId, variable) : join(folder, variable);
      try {
        writeFileSync(path, content, { mode: 0o400, flag: 'wx' });
        if (!byDescriptor) {
          named.push(path);
          return path;
        }
        const descriptor = openSync(path, 'r');
        open.push(descriptor);
        return `/proc/${process.pid}/fd/${descriptor}`;
      } finally {
        if (byDescriptor) rmSync(path, { force: true });
      }
    },
    close: () => {
      for (const descriptor of open.splice(0)) closeSync(descriptor);
      for (const path of named.splice(0)) rmSync(path, { force: true });
    },
  };
}

/** A kill between the making of a file and its removal can leave one. */
export function removeSecretsOf(runId: string): void {
  if (!existsSync(MEMORY)) return;
  for (const name of readdirSync(MEMORY)) {
    if (name.startsWith(`sco-${runId}-`)) rmSync(join(MEMORY, name), { force: true });
  }
}

function memoryFile(runId: string, variable: string): string {
  return join(MEMORY, `sco-${runId}-${variable}`);
}

/** Not without /proc, and not where our process may not be looked into (its node has file capabilities). */
function descriptorsCanBeFollowed(): boolean {
  return statSync('/proc/self/fd', { throwIfNoEntry: false })?.uid === process.geteuid?.();
}
