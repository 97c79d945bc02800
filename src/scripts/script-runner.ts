import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { captureOutput } from './captured-output.js';
import type { CapturedOutput } from './captured-output.js';
import { childEnvironment, UnknownReference } from './child-environment.js';
import type { ScriptReferences } from './child-environment.js';
import { refusedExecutable } from './executable-check.js';
import { killGroup, startGroup } from './process-group.js';
import { refusedArgs } from './script-registry.js';
import type { ScriptEntry } from '../domain/script-entry.js';
import type { ScriptCall, ScriptResult, ScriptRunner } from './scripts.js';

const STDOUT_CAP = 1024 * 1024;
const STDERR_CAP = 256 * 1024;
const PIPE_GRACE_MS = 1_000;
const NOTHING_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

export interface ScriptRunnerDeps {
  readonly clock: { now(): number };
  readonly references: ScriptReferences;
  /** Where the scripts' own folders are made; the system's folder for temporary files when left out. */
  readonly temporaryFolder?: string;
}

/** Runs registered scripts; each run has its own folder, environment and process group, and leaves none of them behind. */
export function createScriptRunner({ clock, references, temporaryFolder }: ScriptRunnerDeps): ScriptRunner {
  return {
    async run(entry, call, signal) {
      signal?.throwIfAborted();
      const startedAtMs = clock.now();
      const refused = (why: string): ScriptResult => ({
        outcome: 'refused',
        exitCode: null,
        signal: null,
        stdout: '',
        stderr: `The script ${entry.name} was not run: ${why}.`,
        stdoutSha256: NOTHING_SHA256,
        startedAtMs,
        endedAtMs: clock.now(),
      });
      if (entry.executable === null) return refused('its entry has no executable');
      const why = refusedArgs(call.args) ?? (await refusedExecutable(entry.executable, entry.sha256));
      if (why !== null) return refused(why);
      const folder = await mkdtemp(join(temporaryFolder ?? tmpdir(), 'sco-script-'));
      try {
        const env = await childEnvironment(entry.env, call.event, folder, references);
        const ended = await runChild(entry, entry.executable, call, { cwd: folder, env, signal });
        return { ...ended, startedAtMs, endedAtMs: clock.now() };
      } catch (error) {
        if (error instanceof UnknownReference) return refused(error.message);
        throw error;
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

type Ended = Omit<ScriptResult, 'startedAtMs' | 'endedAtMs'>;

function runChild(
  { name, timeoutMs }: ScriptEntry,
  executable: string,
  { args, stdin }: ScriptCall,
  { cwd, env, signal }: { cwd: string; env: Record<string, string>; signal: AbortSignal | undefined },
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = startGroup(executable, args, { cwd, env, timeoutMs });
    let cause: Ended['outcome'] = 'exited';
    const kill = (why: Ended['outcome']): void => {
      if (cause === 'exited') cause = why;
      killGroup(child.pid);
    };
    const tooMuch = (): void => kill('outputTooLarge');
    const stdout = captureOutput(child.stdout, STDOUT_CAP, tooMuch);
    const stderr = captureOutput(child.stderr, STDERR_CAP, tooMuch);
    const timer = setTimeout(() => kill('timedOut'), timeoutMs);
    const abort = (): void => killGroup(child.pid);
    signal?.addEventListener('abort', abort, { once: true });
    const settled = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    child.once('error', (error) => {
      settled();
      resolve(notStarted(name, error));
    });
    child.once('exit', () => {
      // Grandchildren hold the pipes open: without this, `close` would wait for them.
      killGroup(child.pid);
      // And for those that left the group, only so long.
      setTimeout(() => [child.stdout, child.stderr].forEach((pipe) => pipe.destroy()), PIPE_GRACE_MS).unref();
    });
    child.once('close', (code, killedBy) => {
      settled();
      if (signal?.aborted === true) {
        reject(signal.reason instanceof Error ? signal.reason : new Error('The script was cancelled.'));
        return;
      }
      resolve(endOf(cause, code, killedBy, stdout, stderr));
    });
    // A script that does not read its input closes the pipe early: its own business.
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);
  });
}

function endOf(
  outcome: Ended['outcome'],
  code: number | null,
  killedBy: NodeJS.Signals | null,
  stdout: CapturedOutput,
  stderr: CapturedOutput,
): Ended {
  return {
    outcome,
    exitCode: outcome === 'exited' ? code : null,
    signal: killedBy,
    stdout: stdout.text(),
    stderr: stderr.text(),
    stdoutSha256: stdout.sha256(),
  };
}

function notStarted(name: string, error: Error): Ended {
  const code = 'code' in error ? String(error.code) : error.name;
  return {
    outcome: 'refused',
    exitCode: null,
    signal: null,
    stdout: '',
    stderr: `The script ${name} could not be started (${code}).`,
    stdoutSha256: NOTHING_SHA256,
  };
}
