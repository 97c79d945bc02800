/** The configuration that a command of this machine is about. */
import { existsSync } from 'node:fs';
import { loadConfig } from '../config/load-config.js';
import { ConfigError, formatMistake, type Mistake } from '../config/mistakes.js';
import type { OperatorConfig } from '../config/operator-config.js';
import type { Asked } from './act.js';
import { UsageError } from './exit-codes.js';

/** The configuration of a folder that is typed, or of the settings; with every mistake that it has. */
export function readFolder(
  asked: Asked,
  typed: string,
): { folder: string; config: OperatorConfig | null; mistakes: readonly Mistake[] } {
  const folder = typed === '' ? asked.context.settings().configDir : typed;
  if (!existsSync(folder)) throw new UsageError(`there is no folder ${folder}`);
  try {
    const config = loadConfig(folder);
    return { folder, config, mistakes: config.faultyProcesses.flatMap((faulty) => faulty.mistakes) };
  } catch (error) {
    if (error instanceof ConfigError) return { folder, config: null, mistakes: error.mistakes };
    throw error;
  }
}

/** That of the settings; throws a UsageError with every mistake when it cannot be used. */
export function usableConfig(asked: Asked): OperatorConfig {
  const { config, mistakes } = readFolder(asked, '');
  if (config !== null) return config;
  throw new UsageError(mistakes.map(formatMistake).join('; '));
}
