/** What a clock on the wall of a zone shows at each minute of a span, as Intl says it. */

export const MINUTE = 60_000;
const DAY = 1440;

export interface Timeline {
  readonly zone: string;
  readonly startMs: number;
  /** `YYYY-MM-DD HH:MM` at each minute. */
  readonly walls: readonly string[];
  readonly dates: readonly string[];
  /** First minute that shows it; inside a gap, as far behind the gap as the wall time lies in it. */
  minuteOf(date: string, time: string): { readonly index: number; readonly missing: boolean };
  /** Last minute that shows it; in a gap like `minuteOf`. */
  lastMinuteOf(date: string, time: string): number;
}

const known = new Map<string, Timeline>();

export function timelineOf(zone: string, startMs: number, days: number): Timeline {
  const key = `${zone} ${startMs} ${days}`;
  const made = known.get(key) ?? makeTimeline(zone, startMs, days);
  known.set(key, made);
  return made;
}

function makeTimeline(zone: string, startMs: number, days: number): Timeline {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'short',
  });
  const walls: string[] = [];
  const firstAt = new Map<string, number>();
  const lastAt = new Map<string, number>();
  for (let index = 0; index < days * DAY; index += 1) {
    const shown = format.format(startMs + index * MINUTE);
    walls.push(shown);
    if (!firstAt.has(shown)) firstAt.set(shown, index);
    lastAt.set(shown, index);
  }
  const wallMinutes = walls.map(asMinutes);
  /** Counted on from the minute before the gap, or from an end of the span. */
  const countOn = (wanted: number): number => {
    const behind = wallMinutes.findIndex((shown) => shown > wanted);
    const before = behind === -1 ? wallMinutes.length - 1 : Math.max(0, behind - 1);
    return before + (wanted - wallMinutes[before]!);
  };
  return {
    zone,
    startMs,
    walls,
    dates: [...new Set(walls.map((wall) => wall.slice(0, 10)))],
    minuteOf: (date, time) => {
      const found = firstAt.get(`${date} ${time}`);
      if (found !== undefined) return { index: found, missing: false };
      return { index: countOn(asMinutes(`${date} ${time}`)), missing: true };
    },
    lastMinuteOf: (date, time) => lastAt.get(`${date} ${time}`) ?? countOn(asMinutes(`${date} ${time}`)),
  };
}

/** As if the wall had no clock changes. */
export function asMinutes(wall: string): number {
  return Date.parse(`${wall.replace(' ', 'T')}Z`) / MINUTE;
}

export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00Z`) + days * DAY * MINUTE).toISOString().slice(0, 10);
}
