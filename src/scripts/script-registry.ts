import type { ScriptEntry } from '../domain/script-entry.js';
import { refusedArgs } from './script-arguments.js';
import type { ScriptRegistry } from './scripts.js';

/** Throws when two entries share a name or legacy path: which one a caller means would be a matter of luck. */
export function createScriptRegistry(entries: readonly ScriptEntry[]): ScriptRegistry {
  const byName = new Map<string, ScriptEntry>();
  for (const entry of entries) {
    for (const name of [entry.name, ...entry.legacyPaths]) {
      if (byName.has(name)) {
        throw new Error(
          `scripts: two entries answer to ${name}. Give each name and legacy path to one entry only.`,
        );
      }
      byName.set(name, entry);
    }
  }
  return {
    find: (nameOrLegacyPath) => byName.get(nameOrLegacyPath),
    // The SecureChange workflow is not in the event: the ticket's workflow checks that part.
    applies: (entry, event, stepName) =>
      entry.kind === 'event' &&
      names(entry.events, event) &&
      (entry.steps.length === 0 || (stepName !== null && names(entry.steps, stepName))),
    refusedArgs,
    entries: () => entries,
  };
}

/** Reads the entries at each call: an entry that was added or replaced counts from the next event on. */
export function createLiveScriptRegistry(entries: () => readonly ScriptEntry[]): ScriptRegistry {
  let seen = entries();
  let registry = createScriptRegistry(seen);
  const current = (): ScriptRegistry => {
    const now = entries();
    if (now !== seen) registry = createScriptRegistry(now);
    seen = now;
    return registry;
  };
  return {
    find: (name) => current().find(name),
    applies: (entry, event, stepName) => current().applies(entry, event, stepName),
    refusedArgs: (entry, args) => current().refusedArgs(entry, args),
    entries: () => current().entries(),
  };
}

function names(list: readonly string[], name: string): boolean {
  return list.length === 0 || list.includes(name);
}
