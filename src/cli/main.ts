import { processContext } from './process-context.js';
import { runCli } from './program.js';

const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
process.once('SIGTERM', () => interrupt.abort());

const { stdout, stderr, env } = process;
// Whoever reads has seen enough: `sco ticket list | head -1`.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});
const context = processContext({ stdout, stderr, environment: env, interrupted: interrupt.signal });
process.exitCode = await runCli(process.argv.slice(2), context);
