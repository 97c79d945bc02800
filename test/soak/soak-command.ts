import { randomInt } from 'node:crypto';
import { Command } from 'commander';

import { wholeNumber } from '../support/command-line.js';
import type { SoakOptions } from './soak.js';

export type AskedSoak = Pick<SoakOptions, 'seed' | 'kills' | 'tickets' | 'minutes' | 'atOnce'>;

/** The options that every soak has, with its own defaults and texts. */
export function soakCommand(parts: {
  readonly name: string;
  readonly description: string;
  readonly defaults: Omit<AskedSoak, 'seed'>;
  readonly killsText: string;
  readonly atOnceText: string;
}): Command {
  const { name, description, defaults } = parts;
  return new Command(`${name} --`)
    .description(description)
    .option(
      '--seed <number>',
      'repeats the order of kills of an earlier run',
      wholeNumber(0),
      randomInt(1_000_000),
    )
    .option('--kills <number>', parts.killsText, wholeNumber(0), defaults.kills)
    .option('--tickets <number>', 'how many, on three managers', wholeNumber(1), defaults.tickets)
    .option('--minutes <number>', 'what has not ended then is stuck', wholeNumber(1), defaults.minutes)
    .option('--at-once <number>', parts.atOnceText, wholeNumber(1), defaults.atOnce)
    .exitOverride();
}
