import type { VNode } from 'preact';

import { PHASES } from '../domain/phase.js';
import { toWords } from '../domain/words.js';
import { Page } from './document.js';
import type { Visitor } from './document.js';
import { Instant } from './instant.js';
import type { Reader } from './instant.js';
import { Table } from './table.js';

/** A row of the list. */
export interface TicketRow {
  readonly ticketId: string;
  readonly running: boolean;
  readonly startedAtMs: number;
  readonly subject: string | null;
  readonly workflow: string | null;
  readonly step: string | null;
  readonly phase: string | null;
  readonly waitingFor: string | null;
  readonly itsmId: string | null;
  readonly devices: readonly string[];
  readonly windowOpensAtMs: number | null;
  readonly needsAttention: boolean;
  readonly outcome: string | null;
}

/** What the list was asked for, as it stands in the address. */
export type Asked = Readonly<Record<string, string>>;

const FIELDS = [
  ['workflow', 'Workflow'],
  ['step', 'Step'],
  ['device', 'Device'],
  ['itsmId', 'ITSM number'],
] as const;

export function Tickets(props: {
  rows: readonly TicketRow[];
  asked: Asked;
  /** Address of the rows after these; null when there are none. */
  nextHref: string | null;
  reader: Reader;
  visitor: Visitor;
}): VNode {
  const { rows, asked, nextHref, reader, visitor } = props;
  return (
    <Page title="Tickets" section="/tickets" reader={reader} visitor={visitor} stop={null}>
      <Filter asked={asked} />
      {rows.length === 0 ? (
        <p class="lead">No ticket matches.</p>
      ) : (
        <Table
          label="List of tickets"
          head={[
            'Ticket',
            'Subject',
            'Workflow, step',
            'Phase',
            'Waits for',
            'Devices',
            'ITSM',
            'Window opens',
          ]}
        >
          {rows.map((row) => (
            <Row row={row} reader={reader} />
          ))}
        </Table>
      )}
      {nextHref !== null && (
        <p>
          <a href={nextHref} rel="next">
            Older tickets
          </a>
        </p>
      )}
    </Page>
  );
}

function Row({ row, reader }: { row: TicketRow; reader: Reader }): VNode {
  const { ticketId, needsAttention, running, outcome } = row;
  return (
    <tr {...(needsAttention && { class: 'bad' })}>
      <th scope="row">
        <a href={`/tickets/${ticketId}`}>{ticketId}</a>
      </th>
      <td>{row.subject}</td>
      <td>{[row.workflow, row.step].filter((part) => part !== null).join(', ')}</td>
      <td>{row.phase !== null && toWords(row.phase)}</td>
      <td>
        {running
          ? `${needsAttention ? '✗ needs attention: ' : ''}${row.waitingFor === null ? '' : toWords(row.waitingFor)}`
          : toWords(outcome ?? 'ended')}
      </td>
      <td>{row.devices.join(', ')}</td>
      <td>{row.itsmId}</td>
      <td>{row.windowOpensAtMs !== null && <Instant atMs={row.windowOpensAtMs} reader={reader} />}</td>
    </tr>
  );
}

function Filter({ asked }: { asked: Asked }): VNode {
  const choice = (name: string, label: string, options: readonly (readonly [string, string])[]): VNode => (
    <label>
      {label}
      <select name={name}>
        {options.map(([value, text]) => (
          <option value={value} selected={(asked[name] ?? '') === value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <form method="get" action="/tickets" class="filter" aria-label="Filter">
      {choice('open', 'State', [
        ['true', 'open'],
        ['false', 'ended'],
        ['', 'all'],
      ])}
      {choice('needsAttention', 'Attention', [
        ['', 'any'],
        ['true', 'needs attention'],
        ['false', 'needs none'],
      ])}
      {choice('phase', 'Phase', [['', 'any'], ...PHASES.map((phase) => [phase, toWords(phase)] as const)])}
      {FIELDS.map(([name, label]) => (
        <label>
          {label}
          <input name={name} value={asked[name] ?? ''} maxLength={255} />
        </label>
      ))}
      <button type="submit">Show</button>
    </form>
  );
}
