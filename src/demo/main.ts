import { Command, CommanderError } from 'commander';
import pc from 'picocolors';
import { renderMediator } from '../cli/mediator-script.js';
import { onInterrupt } from '../embedded/interrupts.js';
import { searchAttributeTable } from '../../workflows/search-attributes.js';
import { runDemo, UnknownScenario } from './run.js';

const command = new Command('npm run demo --')
  .description('Starts everything on this machine and plays one scenario')
  .option('--scenario <name>', 'which scenario; --list names them', 'happy')
  .option('--list', 'name the scenarios and end', false)
  .option(
    '--json',
    'one JSON document on standard output, progress on standard error; npm prints lines of its own unless you use `npm run -s`',
    false,
  )
  .option('--keep', 'keep everything running after the scenario, until Ctrl-C', false)
  .exitOverride();

const ending = new AbortController();

try {
  command.parse();
  const options = command.opts<{ scenario: string; list: boolean; json: boolean; keep: boolean }>();
  const running = runDemo({
    ...options,
    stdout: process.stdout,
    stderr: process.stderr,
    colours: pc.createColors(pc.isColorSupported && (options.json ? process.stderr : process.stdout).isTTY),
    searchAttributes: searchAttributeTable(),
    renderMediator,
    interrupted: ending.signal,
  });
  onInterrupt({
    stopGracefully: async () => {
      process.stderr.write('\nstopping; press Ctrl-C again to force\n');
      ending.abort();
      process.exitCode = await running;
    },
    exit: (code) => process.exit(code === 0 ? process.exitCode : code),
  });
  process.exitCode = await running;
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = error instanceof UnknownScenario ? 2 : 1;
  }
}
