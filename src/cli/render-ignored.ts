import type { Ignored } from '../domain/ignored.js';
import { formatBoth } from './instants.js';
import { sentence, type Style } from './style.js';
import { safe } from './output.js';

/** `3 messages; the newest 2026-… (5 m ago): ticketReported: its form is wrong`; null when none was ignored. */
export function ignoredSummary(ignored: Ignored | undefined, style: Style): string | null {
  const newest = ignored?.last.at(-1);
  if (ignored === undefined || newest === undefined) return null;
  const count = ignored.count === 1 ? '1 message' : `${ignored.count} messages`;
  const when = formatBoth(newest.atMs, style);
  return `${count}; the newest ${when}: ${safe(newest.message)}: ${sentence(newest.why, style, 200)}`;
}
