import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';

import { captureOutput } from './captured-output.js';
import type { CapturedOutput } from './captured-output.js';
import { childEnvironment, UnknownReference } from './child-environment.js';
import type { ChildEnvironment, ScriptReferences } from './child-environment.js';
import { watchForOrphans } from './orphan-watch.js';
import { killGroup, startGroup } from './process-group.js';
import { killTagged } from './process-table.js';
import type { RunTag } from './process-table.js';
import { unsafeForCopies } from './trusted-path.js';
import { readProgram } from './registered-program.js';
import type { RegisteredProgram } from './registered-program.js';
import { createRunRecords } from './run-records.js';
import type { EarlierRun, RunRecord } from './run-records.js';
import { formsOf } from '../http/redaction.js';
import { refusedArgs } from './script-arguments.js';
import { createSecretFiles } from './secret-files.js';
import type { ScriptEntry } from '../domain/script-entry.js';
import type { ScriptCall, ScriptResult, ScriptRunner } from './scripts.js';

const STDOUT_CAP = 1024 * 1024;
const STDERR_CAP = 256 * 1024;
const PIPE_GRACE_MS = 1_000;
const NOTHING_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

export interface ScriptRunnerDeps {
  readonly clock: { now(): number };
  readonly references: ScriptReferences;
  /** `SCO_DATA_DIR`: holds the records of running scripts, which all workers of an installation share. */
  readonly dataDir: string;
  /** Where the scripts' own folders are made; the system's folder for temporary files when left out. */
  readonly temporaryFolder?: string;
}

/** Runs registered scripts; each run has its own folder, environment and process group, and leaves none of them behind. */
export function createScriptRunner(deps: ScriptRunnerDeps): ScriptRunner {
  const { clock, references } = deps;
  const dataDir = resolve(deps.dataDir);
  const records = createRunRecords(dataDir);
  const copies = resolve(deps.temporaryFolder ?? tmpdir());
  const folder = (id: string): string => join(copies, `sco-script-${id}`);

  /** Takes the key of the run; what a dead worker left under it is ended first. */
  async function takeKey(script: string, { key, endedRun }: ScriptCall): Promise<RunRecord | EarlierRun> {
    const take = (): RunRecord | EarlierRun =>
      records.open(key, { script, startedAtMs: clock.now(), folder });
    let taken = take();
    if (!('seen' in taken)) return taken;
    await records.sweep();
    taken = take();
    if (!('seen' in taken) || taken.seen || taken.id !== endedRun) return taken;
    records.forget(key, taken.id);
    return take();
  }

  return {
    async run(entry, call, signal) {
      signal?.throwIfAborted();
      const startedAtMs = clock.now();
      const notRun = (outcome: 'refused' | 'earlierMayRun' | 'busy', why: string): ScriptResult => ({
        outcome,
        exitCode: null,
        signal: null,
        stdout: '',
        stderr: `The script ${entry.name} was not run: ${why}.`,
        stdoutSha256: NOTHING_SHA256,
        startedAtMs,
        endedAtMs: clock.now(),
      });
      const { executable } = entry;
      if (executable === null) return notRun('refused', 'its entry has no executable');
      const program =
        refusedArgs(entry, call.args) ??
        (await unsafeForCopies(copies)) ??
        (await readProgram({ ...entry, executable }));
      if (typeof program === 'string') return notRun('refused', program);

      let record: RunRecord | EarlierRun;
      try {
        record = await takeKey(entry.name, call);
      } catch (error) {
        return notRun(
          'refused',
          `no record of it can be written to SCO_DATA_DIR, ${dataDir} (${codeOf(error)})`,
        );
      }
      if ('seen' in record) {
        return {
          ...notRun('earlierMayRun', `an earlier run may still be under way: ${record.text}`),
          ...(!record.seen && { earlierRun: record.id }),
        };
      }
      if (entry.concurrency !== null && records.othersOf(record) >= entry.concurrency) {
        await records.close(call.key, record);
        return notRun('busy', `${entry.concurrency} of its runs are under way, as many as may run at once`);
      }
      watchForOrphans(dataDir);
      const secrets = createSecretFiles(record.id, record.folder);
      try {
        const copy = layOut(record.folder, basename(executable), program);
        const declared = { ...entry.interpreter?.env, ...entry.env };
        const env = childEnvironment(declared, references, {
          event: call.event,
          executable,
          folder: copy.work,
          runId: record.id,
          path: entry.interpreter?.path ?? [],
          secretPath: (variable, content) => secrets.pathOf(variable, content),
        });
        const ended = await runChild(entry, copy.command, call, { cwd: copy.work, env, signal, tag: record });
        return { ...ended, startedAtMs, endedAtMs: clock.now() };
      } catch (error) {
        if (error instanceof UnknownReference) return notRun('refused', error.message);
        throw error;
      } finally {
        secrets.close();
        await records.close(call.key, record);
      }
    },
  };
}

/**
 * The run's own folder, 0700: the copy that runs, and beside it the folder that it works in. An interpreter is called as
 * the kernel would, so that a system whose folder for temporary files runs no programs still runs scripts. All in one go:
 * no other child of ours is forked while the copy is open for writing, which would make it too busy to run.
 */
function layOut(
  folder: string,
  name: string,
  { bytes, interpreter }: RegisteredProgram,
): { command: readonly string[]; work: string } {
  const work = join(folder, 'work');
  const copy = join(folder, 'program', name);
  for (const made of [folder, join(folder, 'program'), work]) mkdirSync(made, { mode: 0o700 });
  writeFileSync(copy, bytes, { mode: 0o500, flag: 'wx' });
  return { command: [...interpreter, copy], work };
}

function codeOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error) return String(error.code);
  throw error;
}

type Ended = Omit<ScriptResult, 'startedAtMs' | 'endedAtMs'>;

function runChild(
  { name, timeoutMs }: ScriptEntry,
  [executable = '', ...before]: readonly string[],
  { args, stdin, keptBytes }: ScriptCall,
  {
    cwd,
    env,
    signal,
    tag,
  }: { cwd: string; env: ChildEnvironment; signal: AbortSignal | undefined; tag: RunTag },
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = startGroup(executable, [...before, ...args], {
      cwd,
      env: env.variables,
      timeoutMs,
      fileSizeLimit: tag.fileSizeLimit,
    });
    let cause: Ended['outcome'] = 'exited';
    const kill = (why: Ended['outcome']): void => {
      if (cause === 'exited') cause = why;
      killGroup(child.pid);
    };
    const tooMuch = (): void => kill('outputTooLarge');
    const secrets = formsOf(env.secrets);
    const stdout = captureOutput(child.stdout, STDOUT_CAP, tooMuch, secrets, keptBytes);
    const stderr = captureOutput(child.stderr, STDERR_CAP, tooMuch, secrets);
    const timer = setTimeout(() => kill('timedOut'), timeoutMs);
    const abort = (): void => killGroup(child.pid);
    signal?.addEventListener('abort', abort, { once: true });
    const stopWatching = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    child.once('error', (error) => {
      stopWatching();
      resolve(notStarted(name, error));
    });
    child.once('exit', () => {
      // What it started holds the pipes open, in its group or not: without this, `close` would wait for them.
      killGroup(child.pid);
      void killTagged(tag, { pauseMs: 0 });
      setTimeout(() => [child.stdout, child.stderr].forEach((pipe) => pipe.destroy()), PIPE_GRACE_MS).unref();
    });
    child.once('close', (code, killedBy) => {
      stopWatching();
      if (signal?.aborted === true) {
        reject(signal.reason instanceof Error ? signal.reason : new Error('The script was cancelled.'));
        return;
      }
      resolve(endOf(cause, code, killedBy, stdout, stderr));
    });
    // A script that does not read its input closes the pipe early; ignored.
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
