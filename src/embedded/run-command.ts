import { spawn } from 'node:child_process';
import type { Environment } from './program-paths.js';

export interface CommandOutcome {
  /** Exit code; `null` when it was killed or could not be started. */
  readonly code: number | null;
  readonly stdout: string;
  /** The last lines of both streams, for people. */
  readonly lastLines: readonly string[];
}

/** Runs a program to its end, at most `timeoutMs`, and never throws for what the program does. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: { env?: Environment; timeoutMs: number; onLine?: (line: string) => void; cwd?: string },
): Promise<CommandOutcome> {
  return new Promise((resolve) => {
    const lastLines: string[] = [];
    let stdout = '';
    const child = spawn(command, args, {
      ...(options.env && { env: options.env }),
      ...(options.cwd !== undefined && { cwd: options.cwd }),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const killGroup = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It ended by itself.
      }
    };
    const timer = setTimeout(killGroup, options.timeoutMs);
    process.once('exit', killGroup);
    const see = (chunk: Buffer): void => {
      for (const line of chunk.toString('utf8').split('\n')) {
        if (line.trim() === '') continue;
        lastLines.push(line.trim());
        if (lastLines.length > 12) lastLines.shift();
        options.onLine?.(line.trim());
      }
    };
    const end = (code: number | null): void => {
      clearTimeout(timer);
      process.removeListener('exit', killGroup);
      resolve({ code, stdout, lastLines });
    };
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString('utf8');
      see(chunk);
    });
    child.stderr.on('data', see);
    child.on('error', (error) => {
      lastLines.push(error.message);
      end(null);
    });
    child.on('close', end);
  });
}
