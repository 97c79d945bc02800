import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { birthOf } from './process-table.js';

const runsFromSource = import.meta.url.endsWith('.ts');
const program = fileURLToPath(
  new URL(`./orphan-watch-main.${runsFromSource ? 'ts' : 'js'}`, import.meta.url),
);
const packageRoot = fileURLToPath(new URL(runsFromSource ? '../../' : '../../../', import.meta.url));

let watcher: ChildProcess | undefined;

/**
 * Sees to it that a process of its own outlives us and, when we are gone, ends what our scripts left: it holds the other
 * end of a pipe of ours and so hears of our end from the kernel, also by kill -9. One for this process; started again if
 * it died.
 */
export function watchForOrphans(dataDir: string): void {
  if (watcher !== undefined) return;
  const loader = runsFromSource ? ['--import', 'tsx'] : [];
  const started = spawn(
    process.execPath,
    [...loader, program, dataDir, String(process.pid), birthOf(process.pid) ?? ''],
    {
      cwd: packageRoot,
      // A session of its own: what kills our group leaves it alone.
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: {},
    },
  );
  watcher = started;
  const ended = (): void => {
    if (watcher === started) watcher = undefined;
  };
  started.once('exit', ended).once('error', ended);
  // Neither it nor its pipe keeps us running.
  started.unref();
  started.stdin.on('error', () => undefined);
  (started.stdin as unknown as { unref(): void }).unref();
}
