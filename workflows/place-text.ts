import type { Place, TicketState } from './ticket-state.js';

/** What one target waits for in its lane. */
export function placeText({ window }: Pick<TicketState, 'window'>, place: Place): string {
  if (place.n !== null) return `push ${place.n}`;
  if (place.notice !== null) return place.notice.message;
  const next = window?.next ?? null;
  if (next === null) return 'a window';
  const instant = (ms: number): string => new Date(ms).toISOString();
  return `its push, in the window from ${instant(next.opensAtMs)} to ${instant(next.closesAtMs)}`;
}
