import type { Command } from 'commander';
import { diffConfig, type ConfigChange } from '../../config/diff-config.js';
import { formatMistake } from '../../config/mistakes.js';
import type { OperatorConfig } from '../../config/operator-config.js';
import { onAction, type Asked, type Cli } from '../act.js';
import { readFolder } from '../config-folder.js';
import { EXIT, UsageError } from '../exit-codes.js';
import { safe } from '../output.js';
import { styleOf } from '../style.js';
import { wrapLine } from '../text-width.js';

export function addConfigDiff(parent: Command, cli: Cli): void {
  const command = parent
    .command('diff')
    .argument('<folder>', 'the edited configuration folder')
    .argument('[before]', 'what it is compared with; SCO_CONFIG_DIR when left out')
    .description('what an edited configuration changes, setting by setting, and what that means for tickets');
  onAction(
    command,
    cli,
    async (asked) => {
      const changes = diffConfig(usable(asked, asked.arg(1)), usable(asked, asked.arg(0)));
      asked.output.answer(changes, () => render(changes, asked));
      return Promise.resolve(EXIT.ok);
    },
    { quiet: true },
  );
}

function usable(asked: Asked, typed: string): OperatorConfig {
  const { folder, config, mistakes } = readFolder(asked, typed);
  if (config !== null) return config;
  const [first] = mistakes;
  const more = mistakes.length > 1 ? ` (and ${mistakes.length - 1} more)` : '';
  throw new UsageError(
    `${folder} cannot be used: ${first === undefined ? 'unknown mistake' : formatMistake(first)}${more}; see sco config check`,
  );
}

function render(changes: readonly ConfigChange[], asked: Asked): string {
  if (changes.length === 0) return 'Nothing differs.';
  const { colours, width } = styleOf(asked);
  const paint = { added: colours.green, removed: colours.red, changed: colours.yellow } as const;
  const marks = { added: '+', removed: '-', changed: '~' } as const;
  return changes
    .map(({ path, kind, before, after, means }) => {
      const values = kind === 'changed' ? `${cut(before)} → ${cut(after)}` : cut(after ?? before);
      const why = means === null ? '' : `  (${means})`;
      return wrapLine(`${paint[kind](marks[kind])} ${safe(path, 200)}: ${values}${why}`, width, 4);
    })
    .join('\n');
}

function cut(text: string | null): string {
  return safe(text, 120);
}
