import type { SearchAttributeUpdatePair } from '@temporalio/common';
import type { Phase } from '../src/domain/phase.js';
import {
  type AttributeValues,
  clipKeyword,
  clipKeywordList,
  SEARCH_ATTRIBUTES,
} from './search-attributes.js';

/** What the lists and the Web UI show of a ticket. */
export interface Published {
  readonly subject: string;
  readonly attributes: AttributeValues;
  /** It waits for a window without a place in a lane; null when it does not. */
  readonly windowBasis: string | null;
  /** Markdown. */
  readonly details: string;
}

/** Only what differs is upserted: every upsert is an event, and its size is bounded here. */
export function changesOf(before: Published | null, now: Published): SearchAttributeUpdatePair[] {
  const names = Object.keys(SEARCH_ATTRIBUTES) as (keyof AttributeValues)[];
  return names.flatMap((name) => {
    const value = now.attributes[name];
    if (before !== null && JSON.stringify(before.attributes[name]) === JSON.stringify(value)) return [];
    const { type } = SEARCH_ATTRIBUTES[name];
    return [{ key: SEARCH_ATTRIBUTES[name], value: bounded(type, value) } as SearchAttributeUpdatePair];
  });
}

/** SecureChange and lanes may take hours in them, and lists show at once that they do. */
const MAY_LAST: readonly string[] = ['update', 'changeWindow', 'commit', 'verify'] satisfies readonly Phase[];

/** What is done without a longer wait changes the details at once, and the attributes only with the next change. */
export function isWorthAnEvent(before: Published | null, now: Published): boolean {
  if (before === null || before.subject !== now.subject || before.windowBasis !== now.windowBasis)
    return true;
  const { waitingFor, phase } = now.attributes;
  const isUnderWay = waitingFor === 'securechange' || waitingFor === 'lane';
  const shortWait = waitingFor === '-' || (isUnderWay && !MAY_LAST.includes(phase));
  const attributes = shortWait
    ? { ...now.attributes, waitingFor: before.attributes.waitingFor, phase: before.attributes.phase }
    : now.attributes;
  return changesOf(before, { ...now, attributes }).length > 0;
}

type AttributeType = (typeof SEARCH_ATTRIBUTES)[keyof AttributeValues]['type'];

/** The server refuses a keyword that is too long, and an empty one finds nothing. */
function bounded(type: AttributeType, value: AttributeValues[keyof AttributeValues]): unknown {
  if (type === 'KEYWORD') return clipKeyword(value === '' ? '-' : String(value));
  if (Array.isArray(value)) return clipKeywordList(value as readonly string[]);
  return value;
}
