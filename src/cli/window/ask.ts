/** Which calendars a `sco window` command is about, from the files of this machine. */
import type { Command } from 'commander';
import { createCalendars } from '../../calendar/create-calendars.js';
import type { ExplainedCalendars } from '../../calendar/create-calendars.js';
import { momentInstant } from '../../calendar/zone.js';
import { loadConfig } from '../../config/load-config.js';
import type { OperatorConfig } from '../../config/operator-config.js';
import { calendarsFor } from '../../domain/window.js';
import { tagsOf } from '../../config/windows-basis.js';
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
  const calendars = createCalendars({
    calendar: (name) => config.calendars.find((one) => one.name === name),
    calendarNames: () => config.calendars.map(({ name }) => name),
  });
  const target = targetOf(asked, config);
  const names = namesOf(asked, config, target);
  const unknown = names.filter((name) => !calendars.names().includes(name));
  if (unknown.length > 0)
    throw new UsageError(
      `there is no calendar ${unknown.join(', ')} in calendars.yaml (it has: ${calendars.names().join(', ') || 'none'})`,
    );
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

function targetOf(asked: Asked, config: OperatorConfig): WindowTarget | null {
  const [name, manager, vendor, group, domain] = ['target', 'manager', 'vendor', 'group', 'domain'].map(
    asked.text,
  );
  if ([name, manager, vendor, group, domain].every((text) => text === undefined)) return null;
  const lane = manager ?? name ?? '';
  const target = {
    id: name ?? '',
    name: name ?? '',
    vendor: vendor ?? '',
    laneKey: lane,
    laneName: lane,
    path: [lane, ...(group === undefined ? [] : [group]), name ?? ''],
    domain: domain ?? null,
  };
  return { ...target, tags: tagsOf(config, target) };
}

function namesOf(asked: Asked, config: OperatorConfig, target: WindowTarget | null): readonly string[] {
  const calendar = asked.arg(0);
  const process = asked.text('process');
  if ((calendar === '') === (process === undefined))
    throw new UsageError('name either a calendar or --process');
  const named = [target?.laneKey, target?.laneName].flatMap((text) => text ?? []);
  const ofManager = config.managers.find(({ name }) => named.includes(name))?.policy.calendar ?? null;
  if (process === undefined) return [calendar];
  const definition = config.processes.find(({ name, workflow }) => name === process || workflow === process);
  if (definition === undefined)
    throw new UsageError(
      `there is no process ${process} (there are: ${config.processes.map(({ name }) => name).join(', ') || 'none'})`,
    );
  return calendarsFor(definition.window, ofManager, target);
}
