import { existsSync } from 'node:fs';
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { isMainThread } from 'node:worker_threads';

const PRLIMIT = ['/usr/bin/prlimit', '/bin/prlimit'].find((path) => existsSync(path));

/** Bounds that keep a script that ran wild from taking the machine along. Memory needs a cgroup: an address-space limit kills Node children at start. */
function limited(
  executable: string,
  args: readonly string[],
  { timeoutMs, fileSizeLimit }: GroupOptions,
): [string, string[]] {
  if (PRLIMIT === undefined) return [executable, [...args]];
  const limits = [
    `--cpu=${Math.ceil(timeoutMs / 1_000) + 5}`,
    '--nofile=512',
    `--fsize=${fileSizeLimit}`,
    '--core=0',
  ];
  return [PRLIMIT, [...limits, '--', executable, ...args]];
}

export interface GroupOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly fileSizeLimit: number;
}

/** Starts without a shell, as the leader of a process group of its own, with umask 077. */
export function startGroup(
  executable: string,
  args: readonly string[],
  options: GroupOptions,
): ChildProcessWithoutNullStreams {
  const [command, words] = limited(executable, args, options);
  const { cwd, env } = options;
  // The child inherits the mask at the fork, which happens inside this synchronous call.
  const before = isMainThread ? process.umask(0o077) : undefined;
  try {
    return spawn(command, words, { cwd, env: { ...env }, detached: true, shell: false, stdio: 'pipe' });
  } finally {
    if (before !== undefined) process.umask(before);
  }
}

/** Every process of the group, also those the leader left behind. */
export function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // No process of the group is left.
  }
}
