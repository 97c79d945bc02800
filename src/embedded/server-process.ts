import { spawn } from 'node:child_process';
import { closeSync, openSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { plainEnvironment } from './plain-environment.js';
import { isAlive } from './process-facts.js';

export interface ServerLaunch {
  readonly ip: string;
  readonly port: number;
  readonly uiPort: number | undefined;
  readonly namespace: string;
  readonly dbFile: string;
  readonly durable: boolean;
  readonly dynamicConfig: Readonly<Record<string, unknown>>;
  readonly logFile: string;
}

const LOG_BYTES = 16 * 1024 * 1024;

/** Priorities need the new matcher; eager activities save a round trip each. */
const DYNAMIC_CONFIG = { 'matching.useNewMatcher': true, 'system.enableActivityEagerExecution': true };

/** Starts the server process and returns its id; whether it becomes ready is another question. */
export async function launchServer(executable: string, launch: ServerLaunch): Promise<number> {
  // A file, not a pipe: an orphan must not die of a reader that is gone.
  const output = openSync(launch.logFile, sizeOf(launch.logFile) > LOG_BYTES ? 'w' : 'a');
  try {
    const child = spawn(executable, argumentsFor(launch), {
      env: plainEnvironment(process.env),
      stdio: ['ignore', output, output],
      // A group of its own, so that Ctrl-C in the terminal reaches us only and workers can finish first.
      detached: true,
    });
    await new Promise<void>((started, failed) => {
      child.once('spawn', started);
      child.once('error', failed);
    });
    child.unref();
    if (child.pid === undefined) throw new Error(`${executable} could not be started`);
    return child.pid;
  } finally {
    closeSync(output);
  }
}

function argumentsFor(launch: ServerLaunch): string[] {
  const { ip, port, uiPort, namespace, dbFile } = launch;
  const pragmas = ['journal_mode=WAL', `synchronous=${launch.durable ? 'FULL' : 'NORMAL'}`];
  const dynamicConfig = Object.entries({ ...DYNAMIC_CONFIG, ...launch.dynamicConfig });
  return [
    ...['server', 'start-dev', '--ip', ip, '--port', String(port), '--namespace', namespace],
    ...(uiPort === undefined ? ['--headless'] : ['--ui-ip', ip, '--ui-port', String(uiPort)]),
    ...['--db-filename', dbFile],
    ...pragmas.flatMap((pragma) => ['--sqlite-pragma', pragma]),
    ...['--log-level', 'warn', '--log-format', 'json'],
    ...dynamicConfig.flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${JSON.stringify(value)}`]),
  ];
}

/** Bytes of a file; 0 when there is none. */
export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Signals a process that may be gone already. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    if (pid > 0) process.kill(pid, signal);
  } catch {
    // It is gone, which is what the signal was for.
  }
}

/** Ends a process, by force when it has not ended `withinMs` after the signal. Returns when it is gone. */
export async function endProcess(pid: number, signal: NodeJS.Signals, withinMs: number): Promise<void> {
  signalProcess(pid, signal);
  const until = Date.now() + withinMs;
  while (pid > 0 && isAlive(pid)) {
    if (Date.now() > until) signalProcess(pid, 'SIGKILL');
    await sleep(25);
  }
}
