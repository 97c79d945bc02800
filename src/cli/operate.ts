import type { Command } from 'commander';
import type { CommandResult } from '../domain/commands.js';
import type { CommandsClient, CommandOptions } from '../../packages/client/src/gateway-commands.js';
import { onAction, type Asked, type Cli } from './act.js';
import { exitCodeOfResult, UsageError } from './exit-codes.js';

/** Gives a command its --reason and --key, sends it through the gateway and prints the recorded answer. */
export function onOperate(
  command: Command,
  cli: Cli,
  send: (commands: CommandsClient, options: CommandOptions, asked: Asked) => Promise<CommandResult>,
): void {
  command
    .requiredOption('--reason <text>', '(required) why; recorded in the history, at least 3 characters')
    .option('--key <key>', 'the key that a command with an unknown outcome printed; repeats it safely');
  onAction(command, cli, async (asked) => {
    const { context, output, text } = asked;
    const reason = (text('reason') ?? '').trim();
    if (reason.length < 3) throw new UsageError('--reason: say why, in at least 3 characters');
    const key = text('key');
    const commands = await context.openCommands();
    try {
      const result = await send(commands, { reason, ...(key !== undefined && { key }) }, asked);
      const { colours } = output;
      output.answer(
        result,
        () => `${result.accepted ? colours.green('✓') : colours.red('✗ refused:')} ${result.message}`,
      );
      return exitCodeOfResult(result);
    } finally {
      await commands.close();
    }
  });
}
