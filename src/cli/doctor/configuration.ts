import { processFactsOf, type ProcessFacts } from '../../domain/configuration-facts.js';
import { ConfigError, formatMistake } from '../../config/mistakes.js';
import type { FaultyProcess, OperatorConfig } from '../../config/operator-config.js';
import { SettingsError, type SettingsOf } from '../../config/settings.js';
import { refusedScripts } from '../../scripts/refused-scripts.js';
import { refusedRows } from './used-configuration.js';
import { messageOf, note, ok, problem, type DoctorRow } from './row.js';

/** Each mistake of a process file that stops its process. */
function faultyRows({ file, workflow, mistakes }: FaultyProcess): readonly DoctorRow[] {
  const stopped = workflow === null ? 'its process is' : `tickets of ${workflow} are`;
  const advice = `correct the file; until then ${stopped} not driven`;
  return mistakes.map((mistake) => problem('configuration', file, formatMistake(mistake), advice));
}

/** Settings of this process; every mistake is a row of its own. `settings` is null when there is one. */
export function checkSettings(readSettings: () => SettingsOf<'cli'>): {
  readonly row: readonly DoctorRow[];
  readonly settings: SettingsOf<'cli'> | null;
} {
  try {
    return { settings: readSettings(), row: [ok('settings', 'environment', 'can be used')] };
  } catch (error) {
    const mistakes = error instanceof SettingsError ? error.mistakes : [messageOf(error)];
    const row = mistakes.map((mistake) => problem('settings', 'environment', mistake, 'see .env.example'));
    return { row, settings: null };
  }
}

/** The operators' files in a folder of this machine; every mistake is a row of its own. */
export async function checkFilesHere(
  folder: string,
  load: (folder: string) => OperatorConfig,
): Promise<{ readonly rows: readonly DoctorRow[]; readonly processes: readonly ProcessFacts[] }> {
  const check = `files in ${folder}`;
  try {
    const config = load(folder);
    const { processes, calendars, servers, scripts } = config;
    const found = `${processes.length} processes, ${calendars.length} calendars, ${servers.length} servers, ${scripts.length} scripts`;
    return {
      rows: [
        note(
          'configuration',
          'files of this machine',
          'looked at because no living worker says what it uses',
        ),
        ok('configuration', check, found),
        ...config.faultyProcesses.flatMap(faultyRows),
        ...refusedRows(await refusedScripts(scripts), 'this machine'),
        ...config.warnings.map((warning) => note('configuration', 'unsafe choice', warning)),
      ],
      processes: processes.map(processFactsOf),
    };
  } catch (error) {
    const mistakes = error instanceof ConfigError ? error.mistakes.map(formatMistake) : [messageOf(error)];
    return {
      rows: mistakes.map((mistake) => problem('configuration', check, mistake, 'correct the file')),
      processes: [],
    };
  }
}
