import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { OperatorConfig } from '../../config/operator-config.js';
import { onAction, type Asked, type Cli } from '../act.js';
import { usableConfig } from '../config-folder.js';
import { EXIT, UsageError, type ExitCode } from '../exit-codes.js';
import { safe } from '../output.js';
import { styleOf } from '../style.js';
import { wrapLine } from '../text-width.js';
import { readRealTicket } from '../try/real-ticket.js';
import { tryMediator } from '../try/try-mediator.js';
import { tryTemplate } from '../try/try-template.js';

export function addTry(parent: Command, cli: Cli): void {
  add(parent, cli, 'template', 'a template of messages (JSON), filled in for a ticket', template, true);
  add(
    parent,
    cli,
    'mediator',
    'a mediator script: where it posts, and what its script would be here',
    mediator,
    false,
  );
}

function add(
  parent: Command,
  cli: Cli,
  name: string,
  description: string,
  act: (asked: Asked, text: string, config: OperatorConfig) => Promise<ExitCode>,
  hasStep: boolean,
): void {
  const command = parent
    .command(name)
    .argument('<file>', 'the file; - reads what is pasted, up to Ctrl-D')
    .description(`${description}; nothing is sent or written`)
    .requiredOption('--ticket <id>', 'the ticket of SecureChange that it is tried with')
    .option('--event <name>', 'the event that it is tried for', 'ADVANCE');
  if (hasStep) command.option('--step <name>', 'the step of the event; that of the ticket when left out');
  onAction(command, cli, async (asked) => act(asked, textOf(asked.arg(0)), usableConfig(asked)), {
    quiet: true,
  });
}

function textOf(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch {
    throw new UsageError(`${file} cannot be read`);
  }
}

async function template(asked: Asked, text: string, config: OperatorConfig): Promise<ExitCode> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new UsageError(
      `${asked.arg(0)} is not valid JSON: ${error instanceof Error ? error.message : 'unreadable'}`,
    );
  }
  const ticket = await readRealTicket(asked, config);
  const tried = await tryTemplate(parsed, ticket, {
    event: asked.text('event') ?? null,
    step: asked.text('step') ?? null,
    nowMs: asked.context.now(),
    functionModules: config.functionModules,
  });
  const { colours, width } = styleOf(asked);
  asked.output.answer(tried, () =>
    [
      JSON.stringify(tried.body, null, 2),
      ...tried.unresolved.map(({ placeholder, why }) =>
        wrapLine(`${colours.red('✗')} #${safe(placeholder, 100)}# ${safe(why, 400)}`, width, 4),
      ),
      ...tried.notes.map((note) => wrapLine(`– ${note}`, width, 4)),
      tried.unresolved.length === 0
        ? colours.green('Every placeholder has a value. Nothing was sent.')
        : colours.red(`${tried.unresolved.length} without a value: nothing would be sent.`),
    ].join('\n'),
  );
  return tried.unresolved.length === 0 ? EXIT.ok : EXIT.problem;
}

async function mediator(asked: Asked, text: string, config: OperatorConfig): Promise<ExitCode> {
  const ticket = await readRealTicket(asked, config);
  const tried = tryMediator(text, ticket, config, { event: asked.text('event') ?? 'ADVANCE' });
  const { colours, width } = styleOf(asked);
  asked.output.answer(tried, () =>
    tried.checks
      .flatMap(({ ok, text: found, advice }) => [
        wrapLine(`${ok ? colours.green('✓') : colours.red('✗')} ${safe(found, 400)}`, width, 4),
        ...(advice === null ? [] : [wrapLine(`  ${safe(advice, 400)}`, width, 4)]),
      ])
      .join('\n'),
  );
  return tried.checks.every(({ ok }) => ok) ? EXIT.ok : EXIT.problem;
}
