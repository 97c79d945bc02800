import { ConfigError, formatMistake } from '../../config/mistakes.js';
import type { FaultyProcess, OperatorConfig } from '../../config/operator-config.js';
import { SettingsError, type SettingsOf } from '../../config/settings.js';
import { messageOf, note, ok, problem, type DoctorRow } from './row.js';

export interface ConfigurationFound {
  readonly rows: readonly DoctorRow[];
  /** null when it could not be read. */
  readonly settings: SettingsOf<'cli'> | null;
  readonly config: OperatorConfig | null;
}

/** Each mistake of a process file that stops its process. */
function faultyRows({ file, workflow, mistakes }: FaultyProcess): readonly DoctorRow[] {
  const stopped = workflow === null ? 'its process is' : `tickets of ${workflow} are`;
  const advice = `correct the file; until then ${stopped} not driven`;
  return mistakes.map((mistake) => problem('settings', file, formatMistake(mistake), advice));
}

/** Settings of this process and the operators' files; every mistake is a row of its own. */
export function checkConfiguration(
  readSettings: () => SettingsOf<'cli'>,
  load: (folder: string) => OperatorConfig,
): ConfigurationFound {
  let settings: SettingsOf<'cli'>;
  try {
    settings = readSettings();
  } catch (error) {
    const mistakes = error instanceof SettingsError ? error.mistakes : [messageOf(error)];
    const rows = mistakes.map((mistake) => problem('settings', 'environment', mistake, 'see .env.example'));
    return { rows, settings: null, config: null };
  }
  const environment = ok('settings', 'environment', 'can be used');
  try {
    const config = load(settings.configDir);
    const { processes, calendars, servers, scripts } = config;
    const found = `${processes.length} processes, ${calendars.length} calendars, ${servers.length} servers, ${scripts.length} scripts`;
    return {
      rows: [
        environment,
        ok('settings', `files in ${settings.configDir}`, found),
        ...config.faultyProcesses.flatMap(faultyRows),
        ...config.warnings.map((warning) => note('settings', 'unsafe choice', warning)),
      ],
      settings,
      config,
    };
  } catch (error) {
    const mistakes = error instanceof ConfigError ? error.mistakes.map(formatMistake) : [messageOf(error)];
    const check = `files in ${settings.configDir}`;
    const rows = mistakes.map((mistake) => problem('settings', check, mistake, 'correct the file'));
    return { rows: [environment, ...rows], settings, config: null };
  }
}
