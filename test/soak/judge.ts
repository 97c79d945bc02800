import type { Write } from '../support/simulator-client.js';

/** How a ticket ended for the people who look after it. */
export type Ending =
  | { readonly kind: 'closed' }
  /** It asks a person, and what it says is true: another ticket's Commit has made its change live. */
  | { readonly kind: 'parked'; readonly reason: string }
  | { readonly kind: 'stuck'; readonly reason: string };

export interface SoakedTicket {
  readonly id: string;
  readonly deviceId: number;
  readonly ending: Ending;
}

/** What the simulator knows after the run. */
export interface Evidence {
  readonly tickets: readonly { readonly id: number; readonly status: string }[];
  readonly devices: readonly {
    readonly id: number;
    readonly saved: readonly { readonly ticketId: number | null }[];
    readonly enforced: readonly { readonly ticketId: number | null }[];
  }[];
  readonly writes: readonly Write[];
  readonly changes: readonly { readonly correlation_id: string; readonly state: string }[];
}

const CHANGE_CLOSED = '3';

/** One sentence for each thing that is wrong; none when everything was done exactly once. */
export function judge(tickets: readonly SoakedTicket[], evidence: Evidence): string[] {
  return tickets.flatMap((ticket) => judgeTicket(ticket, evidence));
}

function judgeTicket(
  { id, deviceId, ending }: SoakedTicket,
  { tickets, devices, writes, changes }: Evidence,
): string[] {
  const wrong: string[] = [];
  const applied = writes.filter((write) => write.applied && write.ticketId === Number(id));
  const timesOf = (action: string, device: number): number =>
    applied.filter((write) => write.action === action && write.deviceId === device).length;

  for (const action of ['update', 'commit']) {
    for (const device of new Set(applied.flatMap((write) => write.deviceId ?? []))) {
      const times = timesOf(action, device);
      if (times > 1) wrong.push(`ticket ${id}: ${action} of device ${device} was done ${times} times`);
    }
  }
  const updatedAt = Math.max(
    0,
    ...applied
      .filter(({ action, deviceId: to }) => action === 'update' && to === deviceId)
      .map(({ seq }) => seq),
  );
  // A Commit is sent on the task of one ticket, for all that share it.
  const isCommitted = writes.some(
    (write) =>
      write.applied && write.action === 'commit' && write.deviceId === deviceId && write.seq >= updatedAt,
  );
  const completed = applied.filter((write) => write.action === 'putTask').map((write) => write.path);
  if (new Set(completed).size < completed.length) wrong.push(`ticket ${id}: a task was completed twice`);

  if (ending.kind === 'stuck') return [...wrong, `ticket ${id} is stuck: ${ending.reason}`];
  const device = devices.find((one) => one.id === deviceId);
  if (device?.enforced.some(({ ticketId }) => String(ticketId) === id) !== true) {
    wrong.push(`ticket ${id}: device ${deviceId} does not enforce its change`);
  }
  if (ending.kind === 'parked') return wrong;

  if (!isCommitted) wrong.push(`ticket ${id}: closed without a Commit`);
  const status = tickets.find((one) => String(one.id) === id)?.status ?? 'unknown';
  if (!/closed/i.test(status)) wrong.push(`ticket ${id}: SecureChange shows it as ${status}`);
  const own = changes.filter((change) => change.correlation_id === `securechange-${id}-servicenow`);
  if (own.length !== 1) wrong.push(`ticket ${id}: the ITSM has ${own.length} changes for it`);
  else if (own[0]?.state !== CHANGE_CLOSED) wrong.push(`ticket ${id}: its ITSM change is not closed`);
  return wrong;
}
