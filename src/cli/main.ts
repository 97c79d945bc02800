import { processWorld } from './process-world.js';
import { runCli } from './program.js';

const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
process.once('SIGTERM', () => interrupt.abort());

const { stdout, stderr, env } = process;
const world = processWorld({ stdout, stderr, environment: env, interrupted: interrupt.signal });
process.exitCode = await runCli(process.argv.slice(2), world);
