import type { TicketView } from '../domain/view.js';
import type { ItsmChange, Write } from './simulator-client.js';

/** One sentence that must be true in the simulator or the product, whether it held, and what was seen. */
export interface Expectation {
  readonly text: string;
  readonly held: boolean;
  readonly detail: string | null;
}

export type Expect = (text: string, held: boolean, detail?: string) => void;

/** Calls of one kind that a ticket made, oldest first: `calls` also those that had no effect. */
export function callsOf(
  writes: readonly Write[],
  ticketId: string,
  action: 'update' | 'commit',
): readonly Write[] {
  return writes.filter((write) => write.ticketId === Number(ticketId) && write.action === action);
}

/** Calls that changed something: a refusal is proof that nothing was done. */
export function withEffect(calls: readonly Write[]): readonly Write[] {
  return calls.filter(({ applied }) => applied);
}

/** How often each device was called: `21 × 1, 31 × 1`. */
export function countText(calls: readonly Write[]): string {
  const devices = [...new Set(calls.map(({ deviceId }) => deviceId ?? 0))].sort((a, b) => a - b);
  const counts = devices.map(
    (device) => `device ${device} × ${calls.filter(({ deviceId }) => deviceId === device).length}`,
  );
  return counts.length === 0 ? 'none' : counts.join(', ');
}

/**
 * Exactly one call took effect for each of these devices and none for others. Refused calls changed nothing: two pushes of
 * one ticket may ask for its task in the same moment.
 */
export function onceEach(calls: readonly Write[], devices: readonly { readonly id: number }[]): boolean {
  const applied = withEffect(calls);
  return (
    applied.length === devices.length &&
    devices.every(({ id }) => applied.some(({ deviceId }) => deviceId === id))
  );
}

export function changesOf(changes: readonly ItsmChange[], ticketId: string): readonly ItsmChange[] {
  return changes.filter(({ correlationId }) => correlationId === `securechange-${ticketId}-servicenow`);
}

/** Whether all tickets are closed, and how each ended. */
export function allClosed(views: readonly Pick<TicketView, 'outcome'>[]): [held: boolean, detail: string] {
  const outcomes = views.map(({ outcome }) => outcome ?? '-');
  return [outcomes.every((outcome) => outcome === 'closed'), outcomes.join(', ')];
}

/** ServiceNow's number for a closed change. */
export const CHANGE_CLOSED = '3';

/** `+3.2 s` relative to a moment, to say when something happened. */
export function when(atMs: number, ofMs: number): string {
  const seconds = Math.abs(atMs - ofMs) / 1_000;
  return `${seconds.toFixed(1)} s ${atMs < ofMs ? 'before' : 'after'}`;
}
