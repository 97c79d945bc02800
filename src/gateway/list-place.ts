import type { ListPlace } from '../../packages/client/src/contract.js';
import { Problem } from './problem.js';

/** Later instants have five digits for the year, which Temporal's list filter does not take. */
const LAST_INSTANT_MS = Date.UTC(9999, 11, 31);
const MOST_SKIPPED = 10_000;

/** A place in the list of tickets as one word of an address: `r1764316800000.3`. */
export function placeText({ running, atMs, skip }: ListPlace): string {
  return `${running ? 'r' : 'e'}${atMs}.${skip}`;
}

/** Throws Problem `bad_request` for a word that no list gave. */
export function placeOf(text: string | undefined): ListPlace | null {
  if (text === undefined) return null;
  const [, state, at = '', skipped = ''] = /^([re])(\d{1,15})\.(\d{1,5})$/.exec(text) ?? [];
  const place = { running: state === 'r', atMs: Number(at), skip: Number(skipped) };
  if (state !== undefined && place.atMs <= LAST_INSTANT_MS && place.skip <= MOST_SKIPPED) return place;
  throw new Problem('bad_request', {
    note: '`after` is what the list before gave as the place of the next one; follow its link instead of writing it.',
  });
}
