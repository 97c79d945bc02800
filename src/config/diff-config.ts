/** What differs between two configurations, in the words of their files. */
import type { OperatorConfig } from './operator-config.js';

export interface ConfigChange {
  /** `processes.web.window.calendar`. */
  readonly path: string;
  readonly kind: 'added' | 'removed' | 'changed';
  /** JSON text; null where there is nothing. */
  readonly before: string | null;
  readonly after: string | null;
  /** What it means for tickets, where that is more than the value says. */
  readonly means: string | null;
}

/** Secrets are not in it: the files only name them. Order of names does not count, order in lists does. */
export function diffConfig(before: OperatorConfig, after: OperatorConfig): readonly ConfigChange[] {
  const [old, fresh] = [leavesOf(before), leavesOf(after)];
  const paths = [...new Set([...old.keys(), ...fresh.keys()])].sort();
  return paths.flatMap((path): readonly ConfigChange[] => {
    const [was, is] = [old.get(path) ?? null, fresh.get(path) ?? null];
    if (was === is) return [];
    const kind = was === null ? 'added' : is === null ? 'removed' : 'changed';
    return [{ path, kind, before: was, after: is, means: meaningOf(path, is) }];
  });
}

/** Lists of things with a name become trees by that name; the version of a process follows from the rest. */
function leavesOf(config: OperatorConfig): ReadonlyMap<string, string> {
  const leaves = new Map<string, string>();
  const collect = (value: unknown, path: string): void => {
    if (Array.isArray(value) && value.length > 0 && value.every(hasName)) {
      for (const item of value) collect(item, `${path}.${nameOf(item)}`);
    } else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      const entries = Object.entries(value).filter(([key, inner]) => isWritten(key, inner));
      if (entries.length === 0) leaves.set(path, '{}');
      for (const [key, inner] of entries) collect(inner, path === '' ? key : `${path}.${key}`);
    } else if (value !== null && value !== undefined) {
      leaves.set(path, JSON.stringify(value));
    }
  };
  const { processes, calendars, servers, scripts, managers, people, tags, functionModules } = config;
  collect(
    {
      processes,
      calendars,
      servers: servers.map(({ name, file, records }) => ({ name, ...file, records })),
      scripts,
      managers,
      people: people.map(({ login, ...person }) => ({ name: login, person })),
      tags,
      serviceAccounts: config.serviceAccounts,
      startAlone: config.startAlone,
      approvers: config.approvers,
      pushRights: config.pushRights,
      functionModules: functionModules.map((file) => file.split('/').slice(-2).join('/')),
      faultyProcesses: config.faultyProcesses.map(({ file, mistakes }) => ({
        name: file,
        mistakes: mistakes.map(({ line, message }) => `${line ?? '-'}: ${message}`),
      })),
    },
    '',
  );
  return leaves;
}

/** The name is in the path; paths below the folder differ with the folder. */
function isWritten(key: string, value: unknown): boolean {
  return !['name', 'version', 'executable', 'record'].includes(key) && value !== undefined;
}

function hasName(value: unknown): value is { readonly name: string } {
  return typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string';
}

function nameOf({ name }: { readonly name: string }): string {
  return name;
}

function meaningOf(path: string, after: string | null): string | null {
  if (/^processes\.[^.]+\.mode$/.test(path) && after === '"drive"')
    return 'its tickets are driven: Updates and Commits are made';
  if (/^processes\.[^.]+\.mode$/.test(path) && after !== null) return 'its tickets are not driven';
  if (/^(calendars|managers)\./.test(path) || /^processes\.[^.]+\.window\./.test(path))
    return 'tickets that wait get their windows again within 5 seconds';
  if (path.startsWith('faultyProcesses.') && after !== null)
    return 'the process of this file stops until it is corrected';
  return null;
}
