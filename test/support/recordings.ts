import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HISTORIES = fileURLToPath(new URL('../replay/histories', import.meta.url));

/** One recorded run of one workflow. */
export interface Recording {
  readonly scenario: string;
  /** `ticket-1.json`: the workflow's id, and which of its runs. */
  readonly file: string;
  /** As `historyFromJSON` takes it. */
  readonly history: unknown;
}

export function recordedScenarios(): string[] {
  if (!existsSync(HISTORIES)) return [];
  return readdirSync(HISTORIES).sort();
}

export function recordingsOf(scenario: string): Recording[] {
  const folder = join(HISTORIES, scenario);
  return readdirSync(folder).map((file) => ({
    scenario,
    file,
    history: JSON.parse(readFileSync(join(folder, file), 'utf8')) as unknown,
  }));
}
