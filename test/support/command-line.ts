import { CommanderError, InvalidArgumentError } from 'commander';

/** An option that is a whole number. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`a whole number from ${least} on is needed`);
    return value;
  };
}

/** Exit code of a command that ended with this error: 0 after its help, 2 for wrong usage, else 1 with the error printed. */
export function exitCodeAfter(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  console.error(error);
  return 1;
}
