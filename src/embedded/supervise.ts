import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, createReadStream, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { plainEnvironment } from './plain-environment.js';
import type { Environment, Progress } from './program-paths.js';

export interface ProcessOptions {
  /** Prefix of its log lines and its name in errors. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to our own environment; `undefined` takes a variable away. */
  readonly env?: Environment;
  /** It signs in nowhere, and gets none of our settings. */
  readonly withoutSettings?: boolean;
  readonly cwd?: string;
  /** Appends both streams to this file; else every line goes to `log`, with the name in front. */
  readonly logFile?: string;
  readonly log?: Progress;
  /** Sees every line without a prefix; not with `logFile`. */
  readonly onLine?: (line: string) => void;
  /** It is ready when this says so, asked again until it does; without, as soon as it runs. Gets the start's instant. */
  readonly readyWhen?: (startedAtMs: number) => Promise<boolean>;
  /** 30 s when absent. */
  readonly readyWithinMs?: number;
  /** Keeps a channel to it open, by which what `ourProgram` made notices our end, also by kill -9. */
  readonly endsWithUs?: boolean;
  /** Once it has been ready: starts it again when it ends without being asked to, waiting from 0.5 s up to 15 s between tries. */
  readonly restart?: boolean;
}

export interface SupervisedProcess {
  readonly name: string;
  /** Absent while it does not run. */
  readonly pid: number | undefined;
  readonly running: boolean;
  /** How often it was started. */
  readonly starts: number;
  /** Starts it if it does not run, and waits until it is ready. */
  start(): Promise<void>;
  /** SIGTERM, and SIGKILL after `graceMs` (20 s); it is not started again. */
  stop(graceMs?: number): Promise<void>;
  /** Kill -9 of the process and everything in its group. With `restart` it comes back, else `start` brings it back. */
  kill(): Promise<void>;
  /** Resolves when the running process ends, with its exit code or the signal. */
  exited(): Promise<string>;
}

/** Starts a program of ours and waits until it is ready; else it is ended. Ends with us, unless we die of kill -9. */
export async function superviseProcess(options: ProcessOptions): Promise<SupervisedProcess> {
  const supervised = new Supervised(options);
  try {
    await supervised.start();
    return supervised;
  } catch (error) {
    await supervised.stop(0);
    throw error;
  }
}

const PROBE_EVERY_MS = 50;
const SHORTEST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** Having run this long, it is not failing at every start. */
const HEALTHY_MS = 30_000;

class Supervised implements SupervisedProcess {
  readonly name: string;
  readonly #options: ProcessOptions;
  #child: ChildProcess | undefined;
  #wanted = false;
  #starts = 0;
  #pauseMs = SHORTEST_PAUSE_MS;
  #nextStart: NodeJS.Timeout | undefined;
  #wasReady = false;
  #startedAtMs = 0;
  #lastLines: string[] = [];
  #ended: Promise<string> = Promise.resolve('not started');

  constructor(options: ProcessOptions) {
    this.#options = options;
    this.name = options.name;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  get starts(): number {
    return this.#starts;
  }

  async start(): Promise<void> {
    this.#wanted = true;
    clearTimeout(this.#nextStart);
    if (this.#child === undefined) this.#spawn();
    await this.#ready();
    this.#wasReady = true;
  }

  async stop(graceMs = 20_000): Promise<void> {
    this.#wanted = false;
    clearTimeout(this.#nextStart);
    await this.#end('SIGTERM', graceMs);
  }

  async kill(): Promise<void> {
    if (this.#options.restart !== true) this.#wanted = false;
    await this.#end('SIGKILL', 0);
  }

  async exited(): Promise<string> {
    return this.#ended;
  }

  /** Not before it was ready once: what cannot even start is a mistake to be shown, not a crash to be survived. */
  get #comesBack(): boolean {
    return this.#options.restart === true && this.#wasReady;
  }

  #spawn(): void {
    const { command, args, env, withoutSettings, cwd, logFile, endsWithUs } = this.#options;
    this.#starts += 1;
    this.#startedAtMs = Date.now();
    this.#lastLines = [];
    const output = logFile === undefined ? 'pipe' : openSync(logFile, 'a');
    const child = spawn(command, args, {
      env: { ...(withoutSettings === true ? plainEnvironment(process.env) : process.env), ...env },
      ...(cwd !== undefined && { cwd }),
      stdio: ['ignore', output, output, ...(endsWithUs === true ? (['ipc'] as const) : [])],
      // A group of its own: what it starts can be killed with it, and Ctrl-C reaches us alone.
      detached: true,
    });
    if (typeof output === 'number') closeSync(output);
    this.#child = child;
    const startedAt = performance.now();
    process.on('exit', this.#onExit);
    for (const stream of [child.stdout, child.stderr]) this.#readLines(stream);

    this.#ended = new Promise((resolve) => {
      const end = (how: string): void => {
        if (this.#child !== child) return;
        this.#child = undefined;
        process.removeListener('exit', this.#onExit);
        resolve(how);
        if (performance.now() - startedAt > HEALTHY_MS) this.#pauseMs = SHORTEST_PAUSE_MS;
        this.#restartLater(how);
      };
      child.once('error', (error) => end(error.message));
      child.once('exit', (code, signal) => end(signal ?? `exit code ${code ?? 'unknown'}`));
    });
  }

  #restartLater(how: string): void {
    if (!this.#wanted || !this.#comesBack) return;
    this.#options.log?.(`${this.name} ended (${how}); starting it again in ${this.#pauseMs / 1000} s`);
    this.#nextStart = setTimeout(() => {
      this.#spawn();
    }, this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
  }

  #readLines(stream: Readable | null): void {
    if (stream === null) return;
    createInterface({ input: stream }).on('line', (line) => {
      this.#lastLines.push(line);
      if (this.#lastLines.length > 15) this.#lastLines.shift();
      this.#options.onLine?.(line);
      this.#options.log?.(`${this.name}: ${line}`);
    });
  }

  async #ready(): Promise<void> {
    const withinMs = this.#options.readyWithinMs ?? 30_000;
    const until = performance.now() + withinMs;
    for (;;) {
      const ready = await this.#options.readyWhen?.(this.#startedAtMs).catch(() => false);
      // Whoever answered, a process that is not there is not ready.
      if (ready !== false && this.running) return;
      if (!this.running && !this.#comesBack) {
        throw new Error(
          `${this.name} ended before it was ready: ${await this.#ended}${await this.#lastWords()}`,
        );
      }
      if (performance.now() > until) {
        throw new Error(`${this.name} was not ready within ${withinMs} ms${await this.#lastWords()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS));
    }
  }

  async #lastWords(): Promise<string> {
    const { logFile } = this.#options;
    const lines = logFile === undefined ? this.#lastLines : await lastLinesOf(logFile, 15);
    return lines.length === 0 ? '' : `\n  ${lines.join('\n  ')}`;
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL', graceMs: number): Promise<void> {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    const ended = this.#ended;
    // To the leader first, so that it can end its own children in its own order.
    if (signal === 'SIGTERM') send(pid, 'SIGTERM');
    const force = setTimeout(() => {
      send(-pid, 'SIGKILL');
    }, graceMs);
    await ended;
    clearTimeout(force);
    send(-pid, 'SIGKILL');
  }

  readonly #onExit = (): void => {
    if (this.#child?.pid !== undefined) send(-this.#child.pid, 'SIGKILL');
  };
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone.
  }
}

async function lastLinesOf(path: string, count: number): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: createReadStream(path) })) {
    lines.push(line);
    if (lines.length > count) lines.shift();
  }
  return lines;
}
