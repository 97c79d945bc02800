import type { Command } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

interface Word {
  readonly word: string;
  readonly about: string;
}

/** What may follow `sco` and these words: subcommands, or options. */
interface Place {
  /** `` for sco itself, `ticket show` for a subcommand. */
  readonly at: string;
  readonly commands: readonly Word[];
  readonly options: readonly Word[];
}

/** Prints a script that completes from the commands as they are in this release, without running sco. */
export function completionScript(program: Command, shell: Shell): string {
  const places = placesOf(program, '', optionsOf(program));
  switch (shell) {
    case 'bash':
      return `${wordsFunction(places)}${BASH}`;
    case 'zsh':
      return `#compdef sco\n${wordsFunction(places)}${ZSH}`;
    case 'fish':
      return fish(places);
  }
}

function placesOf(command: Command, at: string, global: readonly Word[]): readonly Place[] {
  const commands = command.commands.map((each) => ({ word: each.name(), about: each.description() }));
  const own = at === '' ? [] : optionsOf(command);
  return [
    { at, commands, options: [...own, ...global] },
    ...command.commands.flatMap((each) => placesOf(each, `${at} ${each.name()}`.trim(), global)),
  ];
}

function optionsOf(command: Command): readonly Word[] {
  const { options } = command;
  return [
    ...options.flatMap(({ long, description }) => (long == null ? [] : [{ word: long, about: description }])),
    ...(command.parent === null ? [{ word: '--help', about: 'display help for command' }] : []),
  ];
}

function wordsFunction(places: readonly Place[]): string {
  const cases = places.map(({ at, commands, options }) => {
    const words = [...commands, ...options].map(({ word }) => word);
    return `    '${at}') echo '${words.join(' ')}' ;;`;
  });
  return `_sco_words() {\n  case "$1" in\n${cases.join('\n')}\n  esac\n}\n`;
}

const BASH = `_sco() {
  local at='' word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    if [[ $word != -* && " $(_sco_words "$at") " == *" $word "* ]]; then at="\${at:+$at }$word"; fi
  done
  COMPREPLY=($(compgen -W "$(_sco_words "$at")" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _sco sco
`;

const ZSH = `_sco() {
  local at='' word
  for word in "\${(@)words[2,CURRENT-1]}"; do
    if [[ $word != -* && " $(_sco_words "$at") " == *" $word "* ]]; then at="\${at:+$at }$word"; fi
  done
  compadd -- \${=$(_sco_words "$at")}
}
compdef _sco sco
`;

function fish(places: readonly Place[]): string {
  const known = places.flatMap(({ at }) => (at === '' ? [] : [`'${at}'`]));
  const lines = places.flatMap(({ at, commands, options }) => [
    ...commands.map(
      ({ word, about }) => `complete -c sco -n "__sco_at '${at}'" -f -a ${word} -d ${quoted(about)}`,
    ),
    ...options.map(
      ({ word, about }) => `complete -c sco -n "__sco_at '${at}'" -l ${word.slice(2)} -d ${quoted(about)}`,
    ),
  ]);
  return `set -g __sco_places ${known.join(' ')}
function __sco_at
    set -l at
    for word in (commandline -opc)[2..-1]
        set -l next (string trim -- "$at $word")
        contains -- $next $__sco_places; and set at $next
    end
    test "$at" = "$argv[1]"
end
${lines.join('\n')}
`;
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}
