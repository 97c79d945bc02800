import { Argument, type Command } from 'commander';
import type { Cli } from '../act.js';
import { completionScript, SHELLS, type Shell } from '../completion-script.js';

export function addCompletion(program: Command, cli: Cli): void {
  program
    .command('completion')

    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .addHelpText(
      'after',
      `
For example:
  source <(sco completion bash)                                in ~/.bashrc
  source <(sco completion zsh)                                 in ~/.zshrc, after compinit
  sco completion fish > ~/.config/fish/completions/sco.fish`,
    )
    .action((shell: Shell) => {
      cli.context.stdout.write(completionScript(program, shell));
    });
}
