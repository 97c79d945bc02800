import type { VNode } from 'preact';

import type { TimelineRow } from '../audit/timeline.js';
import { formatClock, formatInstant } from '../calendar/zone.js';
import { backOutText } from '../domain/back-out.js';
import { emergencyText } from '../domain/emergency.js';
import { stateMark } from '../domain/provisioning.js';
import type { TicketView } from '../domain/view.js';
import { toWords } from '../domain/words.js';
import { Item, oldestFirst, ticketItems } from './attention.js';
import { CommandButton } from './command.js';
import { Page } from './document.js';
import type { Frame, Visitor } from './document.js';
import { Facts } from './facts.js';
import type { Fact } from './facts.js';
import { Instant, inZone } from './instant.js';
import type { Reader } from './instant.js';
import { overrideFact, Overrides } from './overrides.js';
import { Table } from './table.js';

export interface TicketPageFacts {
  readonly view: TicketView;
  /** `unreadable`: why the history is not shown. */
  readonly timeline: readonly TimelineRow[] | { readonly unreadable: string };
  /** Its workflow in the Temporal Web UI; null where no address of it is set. */
  readonly temporalHref: string | null;
  readonly stop: Frame['stop'];
}

/** Who did what, why it waits and until when, its devices, its pushes with all that rode with it, and its messages. */
export function Ticket(props: { facts: TicketPageFacts; reader: Reader; visitor: Visitor }): VNode {
  const { facts, reader, visitor } = props;
  const { view, timeline, temporalHref, stop } = facts;
  const items = oldestFirst(ticketItems({ ...view, subject: null, unreadable: null }));
  const to = `/tickets/${view.ticketId}/commands`;
  return (
    <Page
      title={`Ticket ${view.ticketId}: ${view.subject}`}
      section="/tickets"
      reader={reader}
      visitor={visitor}
      stop={stop}
    >
      <Facts facts={factsOf(view, reader)} />
      {items.map((item) => (
        <Item item={item} reader={reader} visitor={visitor} />
      ))}
      {view.moreParkings > 0 && <p class="notice">{view.moreParkings} more; shown after you answer these.</p>}
      {view.outcome === null && (
        <CommandButton
          offered={
            view.held === null
              ? { label: 'Hold', to, command: { kind: 'hold' } }
              : { label: 'Resume', to, command: { kind: 'resume' } }
          }
          visitor={visitor}
        />
      )}
      <Devices view={view} reader={reader} />
      <Overrides view={view} reader={reader} visitor={visitor} />
      <Messages view={view} reader={reader} visitor={visitor} />
      <h2>Timeline</h2>
      {temporalHref !== null && (
        <p>
          <a href={temporalHref}>Every event in the Temporal Web UI</a>
        </p>
      )}
      {'unreadable' in timeline ? (
        <p class="notice">{timeline.unreadable}</p>
      ) : (
        <Timeline rows={timeline} reader={reader} />
      )}
    </Page>
  );
}

function factsOf(view: TicketView, reader: Reader): readonly Fact[] {
  const { waiting, held, risk, approval, window, itsm, savedNotPushed, process, phase } = view;
  const instant = (atMs: number): VNode => <Instant atMs={atMs} reader={reader} />;
  const next = window?.next ?? null;
  return [
    [
      'State',
      [toWords(view.status), view.step, phase && toWords(phase)].filter((part) => part !== null).join(' · '),
    ],
    [
      'Waits for',
      waiting && (
        <>
          {inZone(waiting.what, reader)}
          {waiting.untilMs !== null && (
            <>
              , {waiting.for === 'window' ? 'at' : 'until'} {instant(waiting.untilMs)}
            </>
          )}
          , since {instant(waiting.sinceMs)}
        </>
      ),
    ],
    [
      'Held',
      held && (
        <>
          {`by ${held.by}: ${held.reason}, since `}
          {instant(held.sinceMs)}
        </>
      ),
    ],
    ['Outcome', view.outcome && toWords(view.outcome)],
    ['Requester', view.requester],
    ['Workflow', `${view.workflow}${process === null ? '' : ` (process ${process.name})`}, ${view.mode}`],
    [
      'Risk',
      risk &&
        `${toWords(risk.verdict)}${risk.severity === null ? '' : `, ${risk.severity}`}${risk.reason === null ? '' : `: ${risk.reason}`}`,
    ],
    ['Approved by', approval && approval.by.join(', ')],
    [
      'Window',
      window && (
        <>
          {`${window.calendar} (${window.zone})`}
          {view.outcome !== null && window.overriddenBy === undefined ? null : next === null ? (
            ': no opening within the horizon'
          ) : (
            <>
              {window.overriddenBy !== undefined &&
                `: outside it, under the override of ${window.overriddenBy}`}
              : from {instant(next.opensAtMs)}
              {window.openEnded === true ? ' on' : <> to {instant(next.closesAtMs)}</>}
            </>
          )}
        </>
      ),
    ],
    ...view.overrides.map((one): Fact => ['Override', overrideFact(one, reader)]),
    ['Emergency', view.emergency === undefined ? null : inZone(emergencyText(view.emergency), reader)],
    ...(view.backOuts ?? []).map((one): Fact => ['Back-out', backOutText(one)]),
    ['Saved, not pushed', savedNotPushed.length === 0 ? null : savedNotPushed.join(', ')],
    ['ITSM', itsm && `${itsm.number} at ${itsm.server}`],
  ];
}

function Devices({ view, reader }: { view: TicketView; reader: Reader }): VNode | null {
  if (view.targets.length === 0) return null;
  return (
    <>
      <h2>Devices</h2>
      <Table label="Devices" head={['Device', 'Manager', 'Goes live at', 'Update', 'Commit', 'Note']}>
        {view.targets.map((target) => (
          <tr>
            <th scope="row">{target.name}</th>
            <td>{target.laneName}</td>
            <td>{target.enforcedBy === 'unknown' ? 'unknown' : toWords(target.enforcedBy)}</td>
            <td>{stateMark(target.update)}</td>
            <td>{target.commitBy === 'none' ? 'none' : stateMark(target.commit)}</td>
            <td>{inZone(target.waiting ?? target.message ?? target.manualEvidence ?? '', reader)}</td>
          </tr>
        ))}
      </Table>
      {view.moreTargets > 0 && <p>… and {view.moreTargets} more</p>}
    </>
  );
}

function Messages(props: { view: TicketView; reader: Reader; visitor: Visitor }): VNode | null {
  const { view, reader, visitor } = props;
  const to = `/tickets/${view.ticketId}/commands`;
  const unsent = new Set(view.outbox.map(({ number }) => number));
  const messages = [...view.delivered, ...view.outbox].toSorted((a, b) => a.number - b.number);
  if (messages.length === 0) return null;
  return (
    <>
      <h2>Messages</h2>
      <Table label="Messages" head={['#', 'Point', 'To', 'State', 'Since', 'Note']}>
        {messages.map((one) => (
          <tr {...(one.state === 'held' && { class: 'bad' })}>
            <th scope="row">{one.number}</th>
            <td>{one.point}</td>
            <td>{one.server}</td>
            <td>{one.state === 'held' ? '✗ held' : one.state}</td>
            <td>
              <Instant atMs={one.sinceMs} reader={reader} />
            </td>
            <td>
              {one.message}
              {unsent.has(one.number) && (
                <>
                  <CommandButton
                    offered={{
                      label: 'Send now',
                      to,
                      command: { kind: 'retryMessage', message: String(one.number) },
                    }}
                    visitor={visitor}
                  />
                  <CommandButton
                    offered={{
                      label: 'Drop',
                      to,
                      command: { kind: 'dropMessage', message: String(one.number) },
                    }}
                    visitor={visitor}
                  />
                </>
              )}
            </td>
          </tr>
        ))}
      </Table>
    </>
  );
}

/** A new day is a heading of its own: its rows need no more than the time. */
function Timeline({ rows, reader }: { rows: readonly TimelineRow[]; reader: Reader }): VNode {
  const days: { date: string; rows: TimelineRow[] }[] = [];
  for (const row of rows) {
    const date = formatInstant(row.atMs, reader.zone).slice(0, 10);
    const last = days.at(-1);
    if (last?.date === date) last.rows.push(row);
    else days.push({ date, rows: [row] });
  }
  return (
    <>
      {days.map((day) => (
        <>
          <h3>{day.date}</h3>
          <ol class="timeline">
            {day.rows.map(({ atMs, offset, kind, what, who, detail }) => (
              <li class={kind}>
                <span class="instant">
                  {kind !== 'idle' && (
                    <>
                      <time dateTime={new Date(atMs).toISOString()}>
                        {formatClock(atMs, reader.zone, 'second')}
                      </time>{' '}
                      <small>{offset}</small>
                    </>
                  )}
                </span>
                <span>
                  {inZone(what, reader)}
                  {who !== null && <b> {who}</b>}
                  {detail !== null && <span class="quiet"> {inZone(detail, reader)}</span>}
                </span>
              </li>
            ))}
          </ol>
        </>
      ))}
    </>
  );
}
