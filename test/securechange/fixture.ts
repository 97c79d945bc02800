import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FIXTURES = join(__dirname, '../fixtures');

export type Room = 'securechange' | 'securetrack' | 'script';

export function readFixture(room: Room, name: string): string {
  return readFileSync(join(FIXTURES, room, name), 'utf8');
}

export function readJsonFixture(room: Room, name: string): any {
  return JSON.parse(readFixture(room, name));
}

export function fixtureNames(room: Room): string[] {
  return readdirSync(join(FIXTURES, room)).sort();
}
