import { clockDifferenceOf } from '../domain/clock-difference.js';
import type { ClockDifference, ClockReading } from '../domain/clock-difference.js';
import type { Http } from '../http/http.js';

const READINGS_KEPT = 20;
const READING_COUNTS_MS = 60_000;

export interface ClockWatch {
  /** The same system; the dates of its answers are noted. */
  readonly http: Http;
  /** From the answers of the last minute; null when none of them has a readable date. */
  difference(): ClockDifference | null;
}

export function watchClock(http: Http, now: () => number): ClockWatch {
  let readings: readonly ClockReading[] = [];
  return {
    http: {
      ...http,
      async read(request) {
        const sentAtMs = now();
        const response = await http.read(request);
        // A proxy's own page has the date of the proxy.
        if (response.status >= 200 && response.status < 300) {
          const reading = { sentAtMs, receivedAtMs: now(), dateMs: dateOf(response.headers['date']) };
          readings = [...readings, reading].slice(-READINGS_KEPT);
        }
        return response;
      },
    },
    difference: () =>
      clockDifferenceOf(readings.filter(({ receivedAtMs }) => now() - receivedAtMs <= READING_COUNTS_MS)),
  };
}

/** The one form of a date that RFC 9110 lets a server send. */
const HTTP_DATE =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT$/;

function dateOf(text: string | undefined): number | null {
  if (text === undefined || !HTTP_DATE.test(text)) return null;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? null : atMs;
}
