import { replaceInstants } from '../calendar/zone.js';
import { formatRelative } from '../domain/duration-text.js';

/**
 * The one form of an instant on every page: local time with its offset, `2026-11-22 14:03:05 +01:00`. Without a zone, that of this
 * machine.
 */
export function formatInstant(ms: number, zone?: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    ...(zone !== undefined && { timeZone: zone }),
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'longOffset',
  }).formatToParts(new Date(ms));
  const part = (type: Intl.DateTimeFormatPartTypes): string =>
    parts.find((candidate) => candidate.type === type)?.value ?? '';
  const offset = part('timeZoneName').replace('GMT', '') || '+00:00';
  return `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}:${part('second')} ${offset}`;
}

/** The instants inside a text that was written elsewhere, in the form of this page. */
export function localInstants(text: string, zone?: string): string {
  return replaceInstants(text, (ms) => formatInstant(ms, zone));
}

export interface Clocked {
  readonly nowMs: number;
  readonly zone?: string;
}

/** Both: `2026-11-22 14:03:05 +01:00 (in 2 h)`. */
export function formatBoth(ms: number, { nowMs, zone }: Clocked): string {
  return `${formatInstant(ms, zone)} (${formatRelative(ms, nowMs)})`;
}
