import { defineSearchAttributeKey } from '@temporalio/common';
import { cleanLine } from '../src/domain/clean-text.js';

/**
 * The table of search attributes: SQL visibility has at most 10 Keyword, 3 Bool, 3 Datetime and 3 KeywordList.
 * Read by the embedded server, the compose file's set-up job, the worker's start check, the client and the workflow.
 */
export const SEARCH_ATTRIBUTES = {
  workflowName: defineSearchAttributeKey('ScoWorkflow', 'KEYWORD'),
  step: defineSearchAttributeKey('ScoStep', 'KEYWORD'),
  phase: defineSearchAttributeKey('ScoPhase', 'KEYWORD'),
  waitingFor: defineSearchAttributeKey('ScoWaitingFor', 'KEYWORD'),
  requester: defineSearchAttributeKey('ScoRequester', 'KEYWORD'),
  risk: defineSearchAttributeKey('ScoRisk', 'KEYWORD'),
  itsmId: defineSearchAttributeKey('ScoItsmId', 'KEYWORD'),
  outcome: defineSearchAttributeKey('ScoOutcome', 'KEYWORD'),
  /** The sweep compares it with SecureChange. */
  seenState: defineSearchAttributeKey('ScoSeenState', 'KEYWORD'),
  devices: defineSearchAttributeKey('ScoDevices', 'KEYWORD_LIST'),
  windowOpensAt: defineSearchAttributeKey('ScoWindowOpensAt', 'DATETIME'),
  needsAttention: defineSearchAttributeKey('ScoNeedsAttention', 'BOOL'),
} as const;

interface ValueOf {
  readonly KEYWORD: string;
  readonly KEYWORD_LIST: readonly string[];
  readonly DATETIME: Date | null;
  readonly BOOL: boolean;
}

/** One value for each attribute of the table: a ticket that leaves one out does not compile. */
export type AttributeValues = {
  readonly [Name in keyof typeof SEARCH_ATTRIBUTES]: ValueOf[(typeof SEARCH_ATTRIBUTES)[Name]['type']];
};

/** Name and type of each, in the words of the operator API. */
export function searchAttributeTable(): readonly { readonly name: string; readonly type: string }[] {
  return Object.values(SEARCH_ATTRIBUTES).map(({ name, type }) => ({ name, type }));
}

/** Over 255 characters a keyword is refused, over 2 KB the server terminates the run. */
export function clipKeyword(text: string): string {
  return cleanLine(text, 255);
}

/** At most 1.5 KB in all, with `…more` in the place of what is cut. */
export function clipKeywordList(names: readonly string[]): string[] {
  const kept: string[] = [];
  let bytes = 0;
  for (const name of names) {
    const clipped = cleanLine(name, 100);
    bytes += clipped.length * 3;
    if (bytes > 1_500) return [...kept, '…more'];
    kept.push(clipped);
  }
  return kept;
}
