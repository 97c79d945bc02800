import type { Command } from 'commander';
import { formatMistake, type Mistake } from '../../config/mistakes.js';
import type { OperatorConfig } from '../../config/operator-config.js';
import { createReferences } from '../../config/secret-reference.js';
import { processFactsOf } from '../../domain/configuration-facts.js';
import { refusedScripts } from '../../scripts/refused-scripts.js';
import { fewAtOnce } from '../../domain/few-at-once.js';
import { onAction, type Asked, type Cli } from '../act.js';
import { readFolder } from '../config-folder.js';
import { messageOf } from '../doctor/row.js';
import { checkSecureChange } from '../doctor/securechange.js';
import { EXIT, UsageError } from '../exit-codes.js';
import { safe } from '../output.js';
import { checkAddresses } from '../server-addresses.js';
import { styleOf } from '../style.js';
import { wrapLine } from '../text-width.js';

interface Checked {
  readonly folder: string;
  readonly mistakes: readonly Mistake[];
  /** Allowed and unsafe, or not usable on this machine. */
  readonly warnings: readonly string[];
  /** What SecureChange does not have, and addresses that cannot be used; null when neither was asked. */
  readonly live: readonly string[] | null;
}

export function addConfigCheck(parent: Command, cli: Cli): void {
  const command = parent
    .command('check')
    .argument('[folder]', 'configuration folder; SCO_CONFIG_DIR when left out')
    .description('every mistake of the operators’ files at once, with file, line and what to write')
    .option(
      '--live',
      'also look up the addresses of the servers, and compare with SecureChange: workflows, steps, fields and triggers',
    );
  onAction(
    command,
    cli,
    async (asked) => {
      const checked = await check(asked);
      asked.output.answer(checked, () => render(checked, asked));
      const problems = checked.mistakes.length + (checked.live?.length ?? 0);
      return problems === 0 ? EXIT.ok : EXIT.problem;
    },
    { quiet: true },
  );
}

async function check(asked: Asked): Promise<Checked> {
  const { folder, config, mistakes } = readFolder(asked, asked.arg(0));
  const sorted = [...mistakes].sort((a, b) =>
    a.file === b.file ? (a.line ?? 0) - (b.line ?? 0) : a.file < b.file ? -1 : 1,
  );
  if (config === null) return { folder, mistakes: sorted, warnings: [], live: null };
  const refused = (await refusedScripts(config.scripts)).map(
    ({ name, executable, why }) => `script ${name}: ${executable} would be refused on this machine: ${why}`,
  );
  const warnings = [...config.warnings, ...refused];
  if (!asked.flag('live')) return { folder, mistakes: sorted, warnings, live: null };
  const differs = (await compare(asked, config)).map((text) => `SecureChange, ${text}`);
  const references = createReferences(folder, asked.context.environment);
  const checked = await fewAtOnce(config.servers, async (server) =>
    checkAddresses(server, (name) => references.variable(name)),
  );
  const texts = (wanted: 'problem' | 'note'): string[] =>
    checked.flat().flatMap(({ state, text }) => (state === wanted ? [text] : []));
  return {
    folder,
    mistakes: sorted,
    warnings: [...warnings, ...texts('note')],
    live: [...differs, ...texts('problem')],
  };
}

async function compare({ context }: Asked, { processes }: OperatorConfig): Promise<readonly string[]> {
  const opened = await context.openSecureChange(context.settings());
  if (opened === null)
    throw new UsageError(
      '--live: set SECURECHANGE_URL, SECURECHANGE_USER and SECURECHANGE_PASSWORD (or _FILE)',
    );
  try {
    const rows = await checkSecureChange(opened, processes.map(processFactsOf));
    return rows
      .filter(({ state }) => state === 'problem')
      .map(({ check: what, found, advice }) => `${what}: ${found}${advice === null ? '' : `; ${advice}`}`);
  } catch (error) {
    return [messageOf(error)];
  } finally {
    await opened.close();
  }
}

function render({ folder, mistakes, warnings, live }: Checked, asked: Asked): string {
  const { colours, width } = styleOf(asked);
  const line = (mark: string, text: string): string => wrapLine(`${mark} ${safe(text, 900)}`, width, 4);
  const count = mistakes.length + (live?.length ?? 0);
  const verdict =
    count === 0
      ? colours.green(`No mistake in ${safe(folder, 200)}.`)
      : colours.red(`${count} ${count === 1 ? 'mistake' : 'mistakes'} in ${safe(folder, 200)}.`);
  return [
    ...mistakes.map((mistake) => line(colours.red('✗'), formatMistake(mistake))),
    ...(live ?? []).map((text) => line(colours.red('✗'), text)),
    ...warnings.map((text) => line('–', text)),
    verdict,
  ].join('\n');
}
