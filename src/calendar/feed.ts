import type { CalendarSource } from './create-calendars.js';
import { createCalendars } from './create-calendars.js';
import { icalFeed } from './ical-feed.js';
import { scopeOf } from './scope.js';
import type { ScopeSource, ScopeWords } from './scope.js';

const FEED_DAYS = 60;

/** The openings of a scope in the coming 60 days as an iCalendar file, by the files as they are now. */
export type Feed = (words: ScopeWords) => { readonly file: string } | { readonly wrong: string };

export function createFeed(
  source: CalendarSource & { readonly scope: () => ScopeSource },
  now: () => number,
): Feed {
  const calendars = createCalendars(source);
  return (words) => {
    const scope = scopeOf(source.scope(), words);
    if ('wrong' in scope) return scope;
    const plan = calendars.plan({ ...scope, fromMs: now(), horizonDays: FEED_DAYS });
    return { file: icalFeed(plan, now()) };
  };
}
