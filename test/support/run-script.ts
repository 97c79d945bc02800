import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
}

/** Runs an executable as SecureChange does: stdin, environment built from nothing, arguments; never a shell. */
export function runScript(
  path: string,
  { args = [], stdin = '', env = {} }: { args?: string[]; stdin?: string; env?: Record<string, string> } = {},
): Promise<Run> {
  return new Promise((resolve, reject) => {
    const startedMs = Date.now();
    const child = spawn(path, args, { env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', ...env } });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr, tookMs: Date.now() - startedMs }));
    child.stdin.on('error', () => {});
    child.stdin.end(stdin);
  });
}

/** A folder of its own that is gone when `remove` was called. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'sco-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export function writeExecutable(folder: string, name: string, text: string, mode = 0o700): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}
