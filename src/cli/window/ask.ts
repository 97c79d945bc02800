/** Which calendars a `sco window` command is about, from the files of this machine. */
import type { Command } from 'commander';
import type { ExplainedCalendars } from '../../calendar/create-calendars.js';
import { momentInstant } from '../../calendar/zone.js';
import { loadConfig } from '../../config/load-config.js';
import type { OperatorConfig } from '../../config/operator-config.js';
import { scopeOf } from '../../calendar/scope.js';
import type { ScopeWords } from '../../calendar/scope.js';
import { calendarsOf, scopeSourceOf } from '../../config/windows-basis.js';
import type { WindowTarget } from '../../domain/window.js';
import type { Asked } from '../act.js';
import { UsageError } from '../exit-codes.js';

export interface WindowQuestion {
  readonly calendars: ExplainedCalendars;
  readonly names: readonly string[];
  readonly target: WindowTarget | null;
  readonly zone: string;
}

/** The argument and options that all questions about one opening have. */
export function withQuestion(command: Command): Command {
  return command
    .argument('[calendar]', 'name in calendars.yaml; left out with --process')
    .option(
      '--process <name>',
      'the calendars that count for the target of this process: its own, and the one of the manager',
    )
    .option('--target <name>', 'name or management id of the device or commit target')
    .option('--manager <name>', 'name or management id of its topmost manager')
    .option('--vendor <name>', 'its vendor')
    .option('--domain <name>', 'its domain in SecureTrack')
    .option('--group <id>', 'management id of the device group, ADOM or CMA above it');
}

export function questionOf(asked: Asked): WindowQuestion {
  const config = configHere(asked);
  const calendars = calendarsOf(config);
  const calendar = asked.arg(0);
  const words = ['process', 'target', 'manager', 'vendor', 'group', 'domain'].map((word) => [
    word,
    asked.text(word),
  ]);
  const scope = scopeOf(scopeSourceOf(config), {
    ...(Object.fromEntries(words) as ScopeWords),
    calendar: calendar === '' ? undefined : calendar,
  });
  if ('wrong' in scope) throw new UsageError(scope.wrong.replace('or a process', 'or --process'));
  const { calendars: names, target } = scope;
  const first = config.calendars.find(({ name }) => name === names[0]);
  return { calendars, names, target, zone: first?.zone ?? 'UTC' };
}

export function configHere({ context }: Asked): OperatorConfig {
  return loadConfig(context.settings().configDir);
}

/** Of `--at`: with an offset an instant, without one a wall time of the calendar's zone. Now when it is left out. */
export function instantOf(asked: Asked, zone: string): number {
  const text = asked.text('at');
  if (text === undefined) return asked.context.now();
  try {
    return momentInstant(text.replace(' ', 'T'), zone);
  } catch {
    throw new UsageError(`--at must be a time such as 2027-03-14T02:30 or 2027-03-14T02:30Z, not ${text}`);
  }
}

/** A whole number of at least 1. */
export function numberOf(asked: Asked, option: string, otherwise: number, most: number): number {
  const text = asked.text(option);
  const value = text === undefined ? otherwise : Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new UsageError(`--${option} must be a whole number from 1 to ${most}`);
}
