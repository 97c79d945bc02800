import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/** Whether a process of that id exists and still holds its files (one that ended and only waits to be noticed does not). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  try {
    // After kill -9 the first thread may be a zombie while others still hold ports and database.
    const isZombie = /^\d+ \(.*\) Z /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    return !isZombie || readdirSync(`/proc/${pid}/task`).length > 1;
  } catch {
    // No such file: not Linux, or it ended between the two looks.
    return process.platform !== 'linux';
  }
}

/** When the process started, as an opaque text: another one for a later process with the same id. */
export function birthOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    if (process.platform === 'linux') return undefined;
  }
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

/** Ids of the processes whose arguments satisfy `matches`. */
export function findProcesses(matches: (args: readonly string[]) => boolean): number[] {
  return commandLines()
    .filter(({ args }) => matches(args))
    .map(({ pid }) => pid)
    .filter((pid) => pid !== process.pid && isAlive(pid));
}

function commandLines(): { pid: number; args: string[] }[] {
  if (process.platform === 'linux') {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        try {
          const args = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
          return [{ pid: Number(name), args }];
        } catch {
          return [];
        }
      });
  }
  return execFileSync('ps', ['-axo', 'pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .flatMap((line) => {
      const [, pid, args] = /^\s*(\d+) (.*)$/.exec(line) ?? [];
      return pid === undefined || args === undefined ? [] : [{ pid: Number(pid), args: args.split(' ') }];
    });
}
