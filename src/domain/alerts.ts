/** What operators are alerted to, and which route has been alerted to what: each event once. */
import { cleanLine } from './clean-text.js';

export const ALERT_KINDS = [
  'parked',
  'windowMissed',
  'windowOutside',
  'stopped',
  'unknownPush',
  'credential',
  'workerGone',
] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

/** Something that waits for a person, or should have happened. */
export interface Alert {
  /** The same for the same event, however often it is seen. */
  readonly key: string;
  readonly kind: AlertKind;
  readonly sinceMs: number;
  /** What, where and why, in one line. */
  readonly reason: string;
  /** What to type. */
  readonly command: string;
}

/** Where alerts go: of which kinds, when, and to whom. A route with `afterMs` is an escalation. */
export interface AlertRoute {
  readonly name: string;
  readonly kinds: readonly AlertKind[];
  /** So long an event must have lasted. */
  readonly afterMs: number;
  /** Sends only while this calendar is open; null: at any time. */
  readonly calendar: string | null;
  readonly server: string;
  /** Of a mail server: who gets them. */
  readonly to: readonly string[];
  /** Of an HTTP server. */
  readonly path: string | null;
  readonly answer: string | null;
  readonly body: Readonly<Record<string, unknown>> | null;
}

/** What there is now, as far as it could be read. */
export interface AlertReading {
  readonly alerts: readonly Alert[];
  /** What could not be read, as the beginning of its keys: what is known of it may still be true. */
  readonly unread: readonly string[];
  /** There are routes, also when none may send now. */
  readonly hasRoutes: boolean;
  /** Routes that may send now. */
  readonly routes: readonly Pick<AlertRoute, 'name' | 'kinds' | 'afterMs'>[];
}

export interface KnownAlert extends Alert {
  readonly seenMs: number;
  /** Names of routes. */
  readonly sentBy: readonly string[];
}

const MOST_KNOWN = 500;
const MOST_IN_ONE = 50;
/** What comes back within this time is the same event. */
const AGAIN_MS = 3_600_000;

/** What is known after a reading. An event that is gone is forgotten an hour later, and then is a new one when it comes back. */
export function afterReading(
  known: readonly KnownAlert[],
  { alerts, unread }: Pick<AlertReading, 'alerts' | 'unread'>,
  nowMs: number,
): readonly KnownAlert[] {
  const before = new Map(known.map((one) => [one.key, one]));
  const seen = alerts.map((alert) => {
    const earlier = before.get(alert.key);
    const sinceMs = Math.min(alert.sinceMs, earlier?.sinceMs ?? nowMs);
    return { ...alert, sinceMs, seenMs: nowMs, sentBy: earlier?.sentBy ?? [] };
  });
  const keys = new Set(seen.map(({ key }) => key));
  const gone = known.flatMap((one) => {
    if (keys.has(one.key)) return [];
    const seenMs = unread.some((start) => one.key.startsWith(start)) ? nowMs : one.seenMs;
    return nowMs - seenMs < AGAIN_MS ? [{ ...one, seenMs }] : [];
  });
  // Of too many the rare kinds are kept first, and what is known before what is new: it would be sent again.
  const rank = ({ kind, key }: Alert): number => (kind === 'parked' ? 2 : 0) + (before.has(key) ? 0 : 1);
  return [...seen.toSorted((a, b) => rank(a) - rank(b)), ...gone].slice(0, MOST_KNOWN);
}

/** What a route has to send now: what is there, has lasted long enough, and was not sent by it. The oldest first. */
export function dueFor(
  known: readonly KnownAlert[],
  { name, kinds, afterMs }: AlertReading['routes'][number],
  nowMs: number,
): readonly KnownAlert[] {
  return known
    .filter(
      ({ kind, seenMs, sinceMs, sentBy }) =>
        seenMs === nowMs && kinds.includes(kind) && nowMs - sinceMs >= afterMs && !sentBy.includes(name),
    )
    .sort((a, b) => a.sinceMs - b.sinceMs);
}

export function sentBy(
  known: readonly KnownAlert[],
  route: string,
  sent: readonly Pick<Alert, 'key'>[],
): readonly KnownAlert[] {
  const keys = new Set(sent.map(({ key }) => key));
  return known.map((one) => (keys.has(one.key) ? { ...one, sentBy: [...one.sentBy, route] } : one));
}

/** Subject and text of one message for all of them; the page says which installation sends it. */
export function alertMessage(
  alerts: readonly Alert[],
  pageUrl?: string,
): { readonly subject: string; readonly text: string } {
  const [first] = alerts;
  if (first === undefined) return { subject: '', text: '' };
  const shown = alerts
    .slice(0, MOST_IN_ONE)
    .map(({ reason, command }) => `${cleanLine(reason, 300)}\n    ${command}`);
  const more = alerts.length - shown.length;
  const others = alerts.length === 1 ? '' : ` (and ${alerts.length - 1} more)`;
  return {
    subject: `${cleanLine(first.reason, 120)}${others}`,
    text: [
      ...shown,
      ...(more > 0 ? [`and ${more} more: sco status`] : []),
      ...(pageUrl === undefined ? [] : [pageUrl]),
    ].join('\n\n'),
  };
}
