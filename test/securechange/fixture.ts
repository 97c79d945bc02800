import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FIXTURES = join(__dirname, '../fixtures');

export type FixtureFolder = 'securechange' | 'securetrack' | 'script';

export function readFixture(folder: FixtureFolder, name: string): string {
  return readFileSync(join(FIXTURES, folder, name), 'utf8');
}

/** Recorded JSON that a test changes in place. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a foreign tree, deliberately without a type
export type Recorded = any;

export function readJsonFixture(folder: FixtureFolder, name: string): Recorded {
  return JSON.parse(readFixture(folder, name));
}

export function fixtureNames(folder: FixtureFolder): string[] {
  return readdirSync(join(FIXTURES, folder)).sort();
}
