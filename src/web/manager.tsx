import type { VNode } from 'preact';

import { preflightLines } from '../domain/lane-view.js';
import { durationText } from '../domain/duration-text.js';
import type { LaneView } from '../domain/view.js';
import { toWords } from '../domain/words.js';
import { Item, laneItems, managerPath, oldestFirst } from './attention.js';
import { CommandButton } from './command.js';
import { Page } from './document.js';
import type { Frame, Visitor } from './document.js';
import { Facts } from './facts.js';
import { Instant, inZone } from './instant.js';
import type { Reader } from './instant.js';
import { stateText } from './managers.js';
import { Table } from './table.js';

/** Of one table; a queue has no more. */
const ROWS = 200;

/** Queue, ledger, running push, estimate and last pushes of one manager. */
export function Manager(props: {
  lane: LaneView;
  stop: Frame['stop'];
  temporalHref: string | null;
  reader: Reader;
  visitor: Visitor;
}): VNode {
  const { lane, stop, temporalHref, reader, visitor } = props;
  const items = oldestFirst(laneItems(lane));
  return (
    <Page title={`Manager ${lane.name}`} section="/managers" reader={reader} visitor={visitor} stop={stop}>
      <Facts
        facts={[
          ['State', stateText(lane)],
          ['Running push', lane.push && <RunningPush push={lane.push} reader={reader} />],
          ['Key', lane.key],
          ['Owner', lane.owner],
          ['A push takes about', durationText(lane.expectedPushMs)],
          [
            'Temporal',
            temporalHref === null ? null : <a href={temporalHref}>Every event in the Temporal Web UI</a>,
          ],
        ]}
      />
      {lane.preflight !== null && (
        <ul>
          {preflightLines(lane.preflight).map((line) => (
            <li>{inZone(line, reader)}</li>
          ))}
        </ul>
      )}
      {items.map((item) => (
        <Item item={item} reader={reader} visitor={visitor} />
      ))}
      <CommandButton
        offered={{
          label: lane.paused === null ? 'Pause' : 'Resume',
          to: `${managerPath(lane.key)}/commands`,
          command: { kind: lane.paused === null ? 'pause' : 'resume' },
        }}
        visitor={visitor}
      />
      <Queue lane={lane} reader={reader} />
      <Ledger lane={lane} reader={reader} />
      <Pushes lane={lane} reader={reader} />
    </Page>
  );
}

function RunningPush(props: { push: NonNullable<LaneView['push']>; reader: Reader }): VNode {
  const { push, reader } = props;
  return (
    <>
      {`${push.n}: ${toWords(push.kind)} of ${push.target} for ticket `}
      {push.tickets.map((ticketId, index) => (
        <>
          {index > 0 && ', '}
          <a href={`/tickets/${ticketId}`}>{ticketId}</a>
        </>
      ))}
      {', since '}
      <Instant atMs={push.sinceMs} reader={reader} />
      {push.begun ? '; a call was made, or may have been' : '; no call was made yet'}
    </>
  );
}

function Queue({ lane, reader }: { lane: LaneView; reader: Reader }): VNode {
  return (
    <>
      <h2>Queue</h2>
      {lane.queue.length === 0 ? (
        <p>No ticket waits.</p>
      ) : (
        <Table
          label="Queue"
          head={['Place', 'Ticket', 'Commit target', 'Saved', 'Window opens', 'Hindered by']}
        >
          {lane.queue.map((place) => (
            <tr {...(place.hinderedBy.length > 0 && { class: 'bad' })}>
              <td>{place.position}</td>
              <th scope="row">
                <a href={`/tickets/${place.ticketId}`}>{place.ticketId}</a>
              </th>
              <td>{place.target}</td>
              <td>{place.saved ? 'yes' : 'no'}</td>
              <td>
                {place.opensAtMs === null ? 'none' : <Instant atMs={place.opensAtMs} reader={reader} />}
              </td>
              <td>{inZone(place.hinderedBy.join('; '), reader)}</td>
            </tr>
          ))}
        </Table>
      )}
      {lane.queue.length >= ROWS && <p>{`These are the first ${ROWS} places.`}</p>}
    </>
  );
}

function Ledger({ lane, reader }: { lane: LaneView; reader: Reader }): VNode | null {
  if (lane.ledger.length === 0) return null;
  return (
    <>
      <h2>Saved, not known to be live</h2>
      <Table label="Saved changes" head={['Ticket', 'Commit target', 'Saved', 'State', 'Accepted by']}>
        {lane.ledger.slice(0, ROWS).map((entry) => (
          <tr>
            <th scope="row">
              <a href={`/tickets/${entry.ticketId}`}>{entry.ticketId}</a>
            </th>
            <td>{entry.target}</td>
            <td>
              <Instant atMs={entry.savedAtMs} reader={reader} />
            </td>
            <td>{entry.left === null ? entry.state : `${entry.state}, ticket ${toWords(entry.left)}`}</td>
            <td>{entry.acceptedBy}</td>
          </tr>
        ))}
      </Table>
      {lane.ledger.length > ROWS && <p>{`${lane.ledger.length - ROWS} more: sco lane show ${lane.key}`}</p>}
    </>
  );
}

function Pushes({ lane, reader }: { lane: LaneView; reader: Reader }): VNode | null {
  if (lane.past.length === 0) return null;
  return (
    <>
      <h2>Last pushes</h2>
      <Table
        label="Last pushes"
        head={['Push', 'Kind', 'Commit target', 'Tickets', 'Ended', 'Took', 'Result']}
      >
        {lane.past.toReversed().map((push) => (
          <tr>
            <th scope="row">{push.n}</th>
            <td>{toWords(push.kind)}</td>
            <td>{push.target}</td>
            <td>{push.tickets.join(', ')}</td>
            <td>
              <Instant atMs={push.endedAtMs} reader={reader} />
            </td>
            <td>{durationText(push.endedAtMs - push.startedAtMs)}</td>
            <td>{inZone(push.result, reader)}</td>
          </tr>
        ))}
      </Table>
    </>
  );
}
