import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FIXTURES = join(__dirname, '../fixtures');

export type Room = 'securechange' | 'securetrack' | 'script';

export function readFixture(room: Room, name: string): string {
  return readFileSync(join(FIXTURES, room, name), 'utf8');
}

/** Recorded JSON that a test changes in place. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a foreign tree, deliberately without a type
export type Recorded = any;

export function readJsonFixture(room: Room, name: string): Recorded {
  return JSON.parse(readFixture(room, name));
}

export function fixtureNames(room: Room): string[] {
  return readdirSync(join(FIXTURES, room)).sort();
}
