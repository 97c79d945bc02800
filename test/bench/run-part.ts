import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

import { packageRoot } from '../../src/embedded/our-program.js';
import type { Report } from './report.js';
import type { PartOfAll } from './parts.js';

const PROGRAM = fileURLToPath(new URL('./main.ts', import.meta.url));

/** JSON has no infinity. */
const value = z
  .number()
  .nullable()
  .transform((given) => given ?? Number.POSITIVE_INFINITY);
const goal = z.union([
  z.object({ kind: z.enum(['atMost', 'atLeast', 'exactly']), value: z.number() }),
  z.object({ kind: z.literal('between'), from: z.number(), to: z.number() }),
]);
const reportSchema = z.object({
  part: z.string(),
  figures: z.array(
    z
      .object({ name: z.string(), value, unit: z.string(), goal: goal.optional(), bare: value.optional() })
      .transform(({ goal: wanted, bare, ...rest }) => ({
        ...rest,
        ...(wanted !== undefined && { goal: wanted }),
        ...(bare !== undefined && { bare }),
      })),
  ),
  says: z.array(z.string()).default([]),
});

/**
 * Runs a part as a process of its own, so that heap, compiled code and failures of one part change no figure of the next one.
 * Its progress goes to our standard error. Rejects when it could not be measured, or not in this time.
 */
export async function runPart({ name, args }: PartOfAll, withinMs: number): Promise<Report> {
  const child = spawn(process.execPath, [...process.execArgv, PROGRAM, name, ...args, '--json'], {
    cwd: packageRoot(),
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: withinMs,
  });
  // What it started ends with it: SIGTERM is an exit for it.
  const end = (): void => void child.kill();
  process.once('exit', end);
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  try {
    await new Promise<void>((ended, failed) => {
      child.once('error', failed);
      child.once('close', (code, signal) => {
        if (code === 0) ended();
        else if (child.killed) failed(new Error(`it took longer than ${withinMs / 60_000} minutes`));
        else
          failed(
            new Error(`it ended with ${signal ?? `exit code ${code ?? 'unknown'}`}; its error is above`),
          );
      });
    });
    return reportSchema.parse(JSON.parse(text));
  } finally {
    process.removeListener('exit', end);
  }
}
