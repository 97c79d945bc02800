#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { z } from 'zod';
import { startSimulator, type ScenarioInput } from './index.js';

const optionsSchema = z.object({
  port: z.coerce.number().int().min(0).max(65_535),
  host: z.string().min(1),
  state: z.string().optional(),
  scenario: z.string().optional(),
  tls: z.boolean(),
});

function fromEnvironment(name: string): string | undefined {
  const value = process.env[name];
  return value === '' ? undefined : value;
}

async function main(): Promise<void> {
  const command = new Command('simulator')
    .description('A stand-in SecureChange, SecureTrack and ITSM')
    .option('--port <number>', 'TCP port; 0 takes a free one', fromEnvironment('SIMULATOR_PORT') ?? '8080')
    .option('--host <address>', 'address to listen on', fromEnvironment('SIMULATOR_HOST') ?? '127.0.0.1')
    .option('--state <file>', 'journal that survives kills', fromEnvironment('SIMULATOR_STATE'))
    .option('--scenario <file>', 'scenario as JSON', fromEnvironment('SIMULATOR_SCENARIO'))
    .option('--tls', 'speak HTTPS with a self-made certificate', false)
    .parse();
  const { port, host, state, scenario, tls } = optionsSchema.parse(command.opts());
  const scriptEnvironment = Object.fromEntries(
    ['PATH', 'HOME', 'LANG', 'TMPDIR'].flatMap((name) => {
      const value = fromEnvironment(name);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  const simulator = await startSimulator({
    scriptEnvironment,
    port,
    host,
    tls,
    log: (line) => process.stderr.write(`${line}\n`),
    ...(state === undefined ? {} : { stateFile: state }),
    ...(scenario === undefined
      ? {}
      : { scenario: JSON.parse(readFileSync(scenario, 'utf8')) as Partial<ScenarioInput> }),
  });
  const stop = (): void => {
    void simulator.close().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  const trust = simulator.caFile === undefined ? '' : ` certificate ${simulator.caFile}`;
  process.stdout.write(`simulator listening on ${simulator.url}${trust}\n`);
}

main().catch((error: unknown) => {
  const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
  process.stderr.write(`simulator: cannot start: ${reason}\n`);
  process.exit(1);
});
