import type { ComponentChildren, VNode } from 'preact';

import type { Evidence } from '../domain/survey.js';
import { inZone, Instant } from './instant.js';
import type { Reader } from './instant.js';
import { Table } from './table.js';

export function Part(props: {
  label: string;
  head: readonly string[];
  notVisible: readonly string[];
  reader: Reader;
  children: readonly VNode[];
}): VNode {
  const { label, head, notVisible, reader, children } = props;
  return (
    <>
      {children.length === 0 ? (
        <p>None seen.</p>
      ) : (
        <Table label={label} head={head}>
          {children}
        </Table>
      )}
      <Notes title="Not visible" lines={notVisible} reader={reader} />
    </>
  );
}

export function Notes({
  title,
  lines,
  reader,
}: {
  title: string;
  lines: readonly string[];
  reader: Reader;
}): VNode | null {
  if (lines.length === 0) return null;
  return (
    <div class="notice">
      <strong>{title}</strong>
      <ul>
        {lines.map((line) => (
          <li>{inZone(line, reader)}</li>
        ))}
      </ul>
    </div>
  );
}

export function TicketCell({ ticketId, subject }: { ticketId: string; subject: string }): VNode {
  return (
    <th scope="row">
      {ticketId} <small>{subject}</small>
    </th>
  );
}

export function EvidenceCell({ evidence }: { evidence: readonly Evidence[] }): VNode {
  return (
    <td>
      {evidence.length === 0 ? (
        <NotVisible />
      ) : (
        evidence.map(({ call, says }) => (
          <small>
            <code>{call}</code>
            {says !== null && `: ${says}`}
            <br />
          </small>
        ))
      )}
    </td>
  );
}

export function at(atMs: number | null, reader: Reader): ComponentChildren {
  return atMs === null ? <NotVisible /> : <Instant atMs={atMs} reader={reader} />;
}

export function NotVisible(): VNode {
  return <em>not visible</em>;
}
