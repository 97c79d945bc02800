import type { ComponentChild } from 'preact';

import { formatInstant, replaceInstants } from '../calendar/zone.js';
import { formatRelative } from '../domain/duration-text.js';

/** For whom and when a page is made. */
export interface Reader {
  readonly nowMs: number;
  /** IANA name: every instant of the page is in this zone, with its offset. */
  readonly zone: string;
}

/** `2026-11-23 22:00 +01:00 (in 2 h)`. */
export function Instant({ atMs, reader }: { atMs: number; reader: Reader }): ComponentChild {
  return (
    <span class="instant">
      <time dateTime={new Date(atMs).toISOString()}>{formatInstant(atMs, reader.zone)}</time>{' '}
      <small>({formatRelative(atMs, reader.nowMs)})</small>
    </span>
  );
}

/** A text that was written elsewhere, its instants in the reader's zone. */
export function inZone(text: string, { zone }: Reader): string {
  return replaceInstants(text, (ms) => formatInstant(ms, zone));
}
