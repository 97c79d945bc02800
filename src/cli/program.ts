import { Command, CommanderError } from 'commander';
import type { Cli } from './act.js';
import { addCommands } from './commands.js';
import { EXIT, exitCodeTable, type ExitCode } from './exit-codes.js';
import { releaseVersion } from '../config/release.js';
import { cleanJson, cleanPage } from '../domain/clean-text.js';
import type { CliContext } from './context.js';

/** Runs one command line (without node and script) and returns the exit code; writes only to the streams of the context. */
export async function runCli(argv: readonly string[], context: CliContext): Promise<ExitCode> {
  const cli: Cli = { context, exitCode: EXIT.ok };
  try {
    const program = createProgram(cli);
    await addCommands(program, cli, argv);
    await program.parseAsync([...argv], { from: 'user' });
    return cli.exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT.ok;
    // Commander has printed its advice for people already.
    if (argv.includes('--json')) {
      const message = error.message.replace(/^error: /, '');
      context.stdout.write(`${cleanJson({ error: { code: 'usage', message } }, 2)}\n`);
    }
    return EXIT.usage;
  }
}

function createProgram(cli: Cli): Command {
  const { stdout, stderr } = cli.context;
  const program = new Command('sco')
    .description('SecureChange tickets on Temporal: what they do, why they wait, and what to do about it')
    .version(releaseVersion(), '-V, --version', 'print the version of this release')
    .option('--json', 'print one JSON document for programs')
    .option('--no-color', 'print without colours; so does the variable NO_COLOR')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      // It repeats what was typed, which may have been copied.
      writeErr: (text) => stderr.write(cleanPage(text)),
      getOutHelpWidth: () => stdout.columns ?? 100,
      getErrHelpWidth: () => stderr.columns ?? 100,
    })
    .exitOverride()
    .showHelpAfterError('(sco --help shows all commands)')
    .addHelpText('after', `\nExit codes:\n${exitCodeTable()}\n`);
  return program;
}
