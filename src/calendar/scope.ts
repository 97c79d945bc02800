/** What a question about windows is about, as people and programs name it: a calendar or a process, and a target. */
import { calendarsFor } from '../domain/window.js';
import type { WindowQuestion, WindowTarget } from '../domain/window.js';
import type { WindowPolicy } from '../domain/process.js';

export interface ScopeSource {
  readonly calendarNames: readonly string[];
  readonly processes: readonly {
    readonly name: string;
    readonly workflow: string;
    readonly window: Pick<WindowPolicy, 'calendar' | 'perTarget'>;
  }[];
  readonly managers: readonly {
    readonly name: string;
    readonly policy: { readonly calendar: string | null };
  }[];
  readonly tagsOf: (target: WindowQuestion['target']) => readonly string[];
}

/** Names or management ids; either a calendar or a process. */
export interface ScopeWords {
  readonly calendar?: string | undefined;
  readonly process?: string | undefined;
  readonly target?: string | undefined;
  readonly manager?: string | undefined;
  readonly vendor?: string | undefined;
  readonly group?: string | undefined;
  readonly domain?: string | undefined;
}

export interface Scope {
  readonly calendars: readonly string[];
  readonly target: WindowTarget | null;
}

/** `wrong`: why it cannot be answered, for whoever asked. */
export function scopeOf(source: ScopeSource, words: ScopeWords): Scope | { readonly wrong: string } {
  const target = targetOf(source, words);
  if ((words.calendar === undefined) === (words.process === undefined))
    return { wrong: 'name either a calendar or a process' };
  const names =
    words.calendar === undefined ? ofProcess(source, words.process ?? '', target) : [words.calendar];
  if (names === null)
    return {
      wrong: `there is no process ${words.process ?? ''} (there are: ${source.processes.map(({ name }) => name).join(', ') || 'none'})`,
    };
  const unknown = names.filter((name) => !source.calendarNames.includes(name));
  if (unknown.length > 0)
    return {
      wrong: `there is no calendar ${unknown.join(', ')} in calendars.yaml (it has: ${source.calendarNames.join(', ') || 'none'})`,
    };
  return { calendars: names, target };
}

function ofProcess(
  { processes, managers }: ScopeSource,
  process: string,
  target: WindowTarget | null,
): readonly string[] | null {
  const definition = processes.find(({ name, workflow }) => name === process || workflow === process);
  if (definition === undefined) return null;
  const ofManager = managers.find(({ name }) => name === target?.laneKey)?.policy.calendar ?? null;
  return calendarsFor(definition.window, ofManager, target);
}

function targetOf(source: ScopeSource, words: ScopeWords): WindowTarget | null {
  const { target: name, manager, vendor, group, domain } = words;
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
  return { ...target, tags: source.tagsOf(target) };
}
