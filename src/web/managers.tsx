import type { VNode } from 'preact';

import type { LaneView } from '../domain/view.js';
import { managerPath } from './attention.js';
import { Page } from './document.js';
import type { Frame, Visitor } from './document.js';
import { Instant } from './instant.js';
import type { Reader } from './instant.js';
import { Table } from './table.js';

export type LaneRow = LaneView | { readonly key: string; readonly unreadable: string };

export function Managers(props: {
  lanes: readonly LaneRow[];
  stop: Frame['stop'];
  reader: Reader;
  visitor: Visitor;
}): VNode {
  const { lanes, stop, reader, visitor } = props;
  return (
    <Page title="Managers" section="/managers" reader={reader} visitor={visitor} stop={stop}>
      {lanes.length === 0 ? (
        <p class="lead">
          No manager has had a ticket yet: the first one that has something to push shows here.
        </p>
      ) : (
        <Table
          label="List of managers"
          head={['Manager', 'State', 'Places in the queue', 'Saved, not live', 'Next window']}
        >
          {lanes.map((lane) =>
            'unreadable' in lane ? (
              <tr class="bad">
                <th scope="row">{lane.key}</th>
                <td colSpan={4}>It cannot be read: {lane.unreadable}</td>
              </tr>
            ) : (
              <tr>
                <th scope="row">
                  <a href={managerPath(lane.key)}>{lane.name}</a>
                </th>
                <td>{stateText(lane)}</td>
                <td>{lane.queue.length}</td>
                <td>{lane.ledger.length}</td>
                <td>
                  {lane.preflight !== null && <Instant atMs={lane.preflight.opensAtMs} reader={reader} />}
                </td>
              </tr>
            ),
          )}
        </Table>
      )}
    </Page>
  );
}

/** What the manager does now, in one clause. */
export function stateText({ push, failures, paused }: LaneView): string {
  if (push !== null) return `▸ push ${push.n} of ${push.target} for ticket ${push.tickets.join(', ')}`;
  const [failure] = failures;
  if (failure !== undefined) return `✗ push ${failure.n} of ${failure.target} failed`;
  if (paused !== null) return `paused by ${paused.by}: ${paused.reason}`;
  return 'free';
}
