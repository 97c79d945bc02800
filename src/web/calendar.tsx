import type { VNode } from 'preact';

import type { CalendarEntry, CalendarLine, ChangeCalendar } from './change-calendar.js';
import { Page } from './document.js';
import type { Frame, Visitor } from './document.js';
import type { Reader } from './instant.js';

/** Windows and freezes by calendar, and what is enrolled and was pushed by manager; a column a day. */
export function Calendar(props: {
  calendar: ChangeCalendar;
  /** Managers that could not be read. */
  unreadable: number;
  links: { readonly before: string; readonly today: string; readonly after: string; readonly other: string };
  stop: Frame['stop'];
  reader: Reader;
  visitor: Visitor;
}): VNode {
  const { calendar, unreadable, links, stop, reader, visitor } = props;
  const isWeek = calendar.days.length > 1;
  return (
    <Page title="Change calendar" section="/calendar" reader={reader} visitor={visitor} stop={stop}>
      <nav class="days" aria-label="Days">
        <a href={links.before} rel="prev">
          {isWeek ? 'Week before' : 'Day before'}
        </a>
        <a href={links.today}>Today</a>
        <a href={links.after} rel="next">
          {isWeek ? 'Week after' : 'Day after'}
        </a>
        <a href={links.other}>{isWeek ? 'One day' : 'Whole week'}</a>
      </nav>
      <Lines
        title="Change windows"
        head="Calendar"
        lines={calendar.calendars}
        calendar={calendar}
        reader={reader}
      />
      <Lines title="Managers" head="Manager" lines={calendar.managers} calendar={calendar} reader={reader} />
      {unreadable > 0 && (
        <p class="notice bad">{unreadable} of the managers cannot be read and are not shown: see Managers.</p>
      )}
    </Page>
  );
}

function Lines(props: {
  title: string;
  head: string;
  lines: readonly CalendarLine[];
  calendar: ChangeCalendar;
  reader: Reader;
}): VNode {
  const { title, head, lines, calendar, reader } = props;
  return (
    <>
      <h2>{title}</h2>
      {lines.length === 0 ? (
        <p>None.</p>
      ) : (
        <div class="wide" tabIndex={0} role="region" aria-label={title}>
          <table class="calendar">
            <thead>
              <tr>
                <th scope="col">{head}</th>
                {calendar.days.map(({ date, startMs, endMs }) => (
                  <th
                    scope="col"
                    {...(startMs <= reader.nowMs &&
                      reader.nowMs < endMs && { 'aria-current': 'date' as const })}
                  >
                    {weekday(date)} <time dateTime={date}>{date}</time>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {lines.map(({ name, zone, href, days }) => (
                <tr>
                  <th scope="row">
                    {href === null ? name : <a href={href}>{name}</a>}
                    {zone !== null && zone !== reader.zone && <small> {zone}</small>}
                  </th>
                  {days.map((entries) => (
                    <td>
                      {entries.map((entry) => (
                        <Entry entry={entry} />
                      ))}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

/** Text and shape, not colour only. */
const SHAPES: Readonly<Record<CalendarEntry['kind'], string>> = {
  open: '○',
  deny: '✗',
  freeze: '❄',
  tickets: '▸',
  pushed: '✓',
};

function Entry({ entry }: { entry: CalendarEntry }): VNode {
  const { kind, clock, ownClock, text, tickets, hindered } = entry;
  return (
    <p class={`entry ${kind}`}>
      {SHAPES[kind]} {clock}
      {ownClock !== null && <small> ({ownClock} there)</small>} {text}
      {tickets.length > 0 && ': '}
      {tickets.map((ticketId, index) => (
        <>
          {index > 0 && ', '}
          <a href={`/tickets/${ticketId}`}>{ticketId}</a>
        </>
      ))}
      {hindered && <strong> hindered</strong>}
    </p>
  );
}

const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;

function weekday(date: string): string {
  return WEEKDAYS[new Date(`${date}T00:00:00Z`).getUTCDay()] ?? '';
}
