import type { Command } from 'commander';
import { ClientError } from '../../packages/client/src/contract.js';
import { SettingsError } from '../config/settings.js';
import { cleanPage } from '../domain/clean-text.js';
import { EXIT, exitCodeOfError, UsageError, type ExitCode } from './exit-codes.js';
import { createOutput, type Output } from './output.js';
import { announce } from './status/announce.js';
import type { CliContext } from './context.js';

/** One run of the command line. */
export interface Cli {
  readonly context: CliContext;
  exitCode: ExitCode;
}

export interface Asked {
  readonly context: CliContext;
  readonly output: Output;
  /** The positional argument at this place. */
  readonly arg: (index: number) => string;
  readonly text: (option: string) => string | undefined;
  /** All values of an option that may have several. */
  readonly texts: (option: string) => readonly string[];
  readonly flag: (option: string) => boolean;
}

/**
 * Runs `act` for the command, below what an operator has to know first, and turns whatever it throws into one line of advice and an
 * exit code. `quiet`: the command says itself what is to be known, or does not ask Temporal.
 */
export function onAction(
  command: Command,
  cli: Cli,
  act: (asked: Asked) => Promise<ExitCode>,
  { quiet = false }: { quiet?: boolean } = {},
): void {
  command.action(async () => {
    const options = command.optsWithGlobals<Record<string, unknown>>();
    const output = createOutput(cli.context, {
      json: options['json'] === true,
      colour: options['color'] !== false,
    });
    const asked: Asked = {
      context: cli.context,
      output,
      arg: (index) => command.args[index] ?? '',
      text: (option) => {
        const value = options[option];
        return typeof value === 'string' ? value : undefined;
      },
      texts: (option) => {
        const value = options[option];
        return Array.isArray(value) ? value.map(String) : [];
      },
      flag: (option) => options[option] === true,
    };
    try {
      if (!quiet) await announce(asked);
      cli.exitCode = await act(asked);
    } catch (error) {
      cli.exitCode = error instanceof SettingsError ? EXIT.usage : exitCodeOfError(error);
      printError(cli.context, output, error);
    }
  });
}

function printError(context: CliContext, output: Output, error: unknown): void {
  const message = error instanceof Error ? error.message : 'unexpected error';
  if (output.json) {
    output.answer({ error: { code: codeOf(error), message } }, () => '');
    return;
  }
  context.stderr.write(cleanPage(`${output.colours.red('sco:')} ${message}\n`));
}

function codeOf(error: unknown): string {
  if (error instanceof ClientError) return error.code;
  return error instanceof UsageError || error instanceof SettingsError ? 'usage' : 'unexpected';
}
