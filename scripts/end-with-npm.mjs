/**
 * Loaded into what `npm run` starts: when npm is killed, its program is asked to stop (SIGTERM to itself). npm hands its
 * own signal to the shell between them at best, and by kill -9 to no process. Does nothing where npm is not the parent.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import process from 'node:process';
import { clearInterval, setInterval } from 'node:timers';
import { isMainThread } from 'node:worker_threads';

const SHELLS = ['sh', 'dash', 'bash', 'ash', 'zsh', 'busybox'];
const SIGNALS = ['SIGTERM', 'SIGINT'];

if (isMainThread && process.env.npm_lifecycle_event !== undefined) watch();

function watch() {
  const parent = process.ppid;
  const between = SHELLS.includes(nameOf(parent));
  const npm = between ? parentOf(parent) : parent;
  let asked = false;
  // Beside the program's own handlers and never alone: a program without any ends by the signal itself.
  process.on('newListener', (name, listener) => {
    if (!SIGNALS.includes(name) || listener === noted || process.listeners(name).includes(noted)) return;
    process.on(name, noted);
  });
  function noted() {
    asked = true;
  }
  const timer = setInterval(
    () => {
      if (process.ppid === parent && (!between || parentOf(parent) === npm)) return;
      clearInterval(timer);
      // A second signal would mean: do not wait.
      if (!asked) process.kill(process.pid, 'SIGTERM');
    },
    process.platform === 'linux' ? 250 : 2_000,
  );
  timer.unref();
}

function parentOf(pid) {
  if (process.platform !== 'linux') return Number(ps(pid, 'ppid='));
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

function nameOf(pid) {
  if (process.platform !== 'linux') return basename(ps(pid, 'comm=') ?? '');
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

function ps(pid, column) {
  try {
    return execFileSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}
