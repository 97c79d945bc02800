import { rmSync } from 'node:fs';
import { loadConfig } from '../../src/config/load-config.js';
import { ConfigError, formatMistake } from '../../src/config/mistakes.js';
import type { OperatorConfig } from '../../src/config/operator-config.js';
import { PROCESS, writeFolder } from './config-folder.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

export function load(changes: Readonly<Record<string, string | undefined>> = {}): OperatorConfig {
  const folder = writeFolder(changes);
  folders.push(folder);
  return loadConfig(folder);
}

export function mistakesOf(changes: Readonly<Record<string, string | undefined>>): string[] {
  try {
    return load(changes).faultyProcesses.flatMap(({ mistakes }) => mistakes.map(formatMistake));
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).mistakes.map(formatMistake);
  }
}

/** Mistakes of the process file after one replacement; the replaced text must be there. */
export function inProcess(from: string, to: string): string[] {
  expect(PROCESS).toContain(from);
  return mistakesOf({ 'processes/web.yaml': PROCESS.replace(from, to) });
}

export const lineOf = (text: string): number => PROCESS.slice(0, PROCESS.indexOf(text)).split('\n').length;
