/** One thing wrong in an operator's file, at the place where it stands. */
export interface Mistake {
  /** Below the configuration folder: `processes/firewall-change.yaml`. */
  readonly file: string;
  /** From 1; null when the file as a whole is meant. */
  readonly line: number | null;
  readonly column: number | null;
  readonly message: string;
}

/** All mistakes of one load. */
export class ConfigError extends Error {
  readonly mistakes: readonly Mistake[];

  constructor(folder: string, mistakes: readonly Mistake[]) {
    const lines = mistakes.map((mistake) => `  ${formatMistake(mistake)}`);
    super(`The configuration in ${folder} cannot be used:\n${lines.join('\n')}`);
    this.name = 'ConfigError';
    this.mistakes = mistakes;
  }
}

/** `calendars.yaml:12:5: …`, which editors can jump to. */
export function formatMistake({ file, line, column, message }: Mistake): string {
  const place = line === null ? file : `${file}:${line}:${column ?? 1}`;
  return `${place}: ${message}`;
}
