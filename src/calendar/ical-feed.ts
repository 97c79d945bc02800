/** Openings as an iCalendar file, for calendar programs. */
import ICAL from 'ical.js';
import type { WindowPlan } from '../domain/window.js';

/** One event for each opening, in UTC. The same plan gives the same events, so a subscription updates them in place. */
export function icalFeed(plan: WindowPlan, nowMs: number): string {
  const calendar = new ICAL.Component('vcalendar');
  calendar.addPropertyWithValue('version', '2.0');
  calendar.addPropertyWithValue('prodid', '-//securechange-orchestrator//change windows//EN');
  calendar.addPropertyWithValue('x-wr-calname', `Change windows: ${plan.calendar}`);
  for (const { opensAtMs, closesAtMs, windows } of plan.intervals) {
    const event = new ICAL.Component('vevent');
    event.addPropertyWithValue(
      'uid',
      `${opensAtMs}-${plan.calendar.replaceAll(', ', '+')}@securechange-orchestrator`,
    );
    event.addPropertyWithValue('dtstamp', utc(nowMs));
    event.addPropertyWithValue('dtstart', utc(opensAtMs));
    event.addPropertyWithValue('dtend', utc(closesAtMs));
    event.addPropertyWithValue('summary', `Change window ${plan.calendar}`);
    event.addPropertyWithValue(
      'description',
      `${windows.join(', ') || 'open without a window'}; rules ${plan.ruleVersion}, time-zone data ${plan.tzdataVersion}`,
    );
    calendar.addSubcomponent(event);
  }
  return `${calendar.toString()}\r\n`;
}

function utc(atMs: number): ICAL.Time {
  return ICAL.Time.fromJSDate(new Date(atMs), true);
}
