/** Where a ticket and its change in the ITSM no longer say the same. */
import { fieldsWritten } from '../../integrations/written-fields.js';
import type { OpenChange } from '../../integrations/itsm.js';
import { differenceText, differing } from '../../integrations/shown-fields.js';
import type { IntegrationPoint } from '../../domain/process.js';
import type { RecordRules } from '../../domain/record-rules.js';
import type { TicketView } from '../../domain/view.js';

export interface Drift {
  readonly server: string;
  /** Number of the change; null where the ticket has none. */
  readonly change: string | null;
  readonly ticketId: string;
  /**
   * `behind`: messages of the ticket have not reached the change. `changed`: the change shows other values than were written
   * last. `gone`: it is not there. `endedThere`: it is closed or cancelled, and the ticket is not. `endedHere`: the other way
   * round. `unknownHere`: no such ticket, or one that has another change. `unreadable`: it cannot be compared.
   */
  readonly kind: 'behind' | 'changed' | 'gone' | 'endedThere' | 'endedHere' | 'unknownHere' | 'unreadable';
  readonly what: string;
  readonly advice: string;
}

export interface Compared {
  readonly view: TicketView;
  /** Of the process as it is now. */
  readonly points: readonly IntegrationPoint[];
  readonly rules: RecordRules | null;
}

/** The values that the acknowledged messages of a ticket have written to its change, the last one of each field. */
export function expectedFields(
  { view, points, rules }: Compared,
  server: string,
): Readonly<Record<string, string>> {
  const sent = view.delivered.filter(
    (delivery) => delivery.state === 'acknowledged' && delivery.server === server,
  );
  return Object.assign(
    {},
    ...sent.map(({ point: name }) => {
      const point = points.find((one) => one.name === name);
      return point === undefined ? {} : fieldsWritten(point, rules);
    }),
  ) as Readonly<Record<string, string>>;
}

/** What differs of one ticket. `record`: the expected fields as the change shows them; null: the change is not there. */
export function driftOfTicket(
  compared: Compared,
  server: string,
  record: Readonly<Record<string, string>> | null,
): readonly Drift[] {
  const { view } = compared;
  const { ticketId, itsm } = view;
  const change = itsm?.server === server ? itsm.number : null;
  const drifts: Drift[] = [];
  const add = (kind: Drift['kind'], what: string, advice: string): void =>
    void drifts.push({ server, change, ticketId, kind, what, advice });
  const waiting = view.outbox.filter((delivery) => delivery.server === server);
  const [first] = waiting;
  if (first !== undefined)
    add(
      'behind',
      `${waiting.length} message(s) have not reached it; the first, ${first.point}, is ${first.state}`,
      `sco outbox list --ticket ${ticketId}`,
    );
  if (change === null) return drifts;
  if (record === null) {
    add(
      'gone',
      'it is not there, or does not keep our id',
      'look for it in the ITSM and restore it or its correlation id',
    );
    return drifts;
  }
  const differences = differing(record, expectedFields(compared, server));
  if (differences.length > 0)
    add(
      'changed',
      differences.slice(0, 5).map(differenceText).join(', '),
      'set it back in the ITSM, or follow it in SecureChange',
    );
  return drifts;
}

/** What differs by the list of changes that are open in the ITSM. `views`: of every ticket that a change or a run names. */
export function driftOfList(
  server: string,
  open: readonly OpenChange[],
  views: ReadonlyMap<string, TicketView | null>,
): readonly Drift[] {
  const left = open.flatMap(({ number, id, ticketId }): Drift[] => {
    const view = views.get(ticketId) ?? null;
    const drift = (kind: Drift['kind'], what: string, advice: string): Drift[] => [
      { server, change: number, ticketId, kind, what, advice },
    ];
    if (view === null)
      return drift('unknownHere', 'it is open, and no such ticket is known here', 'close it in the ITSM');
    if (view.itsm !== null && view.itsm.id !== id)
      return drift(
        'unknownHere',
        `it is open, and the change of the ticket is ${view.itsm.number}`,
        'close the one that is not needed',
      );
    // The last of its tickets closes it.
    const isNeeded = open.some((one) => one.id === id && views.get(one.ticketId)?.outcome === null);
    if (view.outcome !== null && view.outcome !== 'observed' && !isNeeded)
      return drift(
        'endedHere',
        `it is open, and the ticket has ended (${view.outcome})`,
        'close it in the ITSM',
      );
    return [];
  });
  const ended = [...views.values()].flatMap((view): Drift[] => {
    if (view?.itsm?.server !== server || view.outcome !== null) return [];
    const { ticketId, itsm } = view;
    if (open.some(({ id }) => id === itsm.id)) return [];
    return [
      {
        server,
        change: itsm.number,
        ticketId,
        kind: 'endedThere',
        what: 'it is closed, cancelled or gone, and the ticket is in progress',
        advice: 'cancel the ticket in SecureChange, or open the change again',
      },
    ];
  });
  return [...left, ...ended];
}
