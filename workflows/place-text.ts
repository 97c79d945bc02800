import { instantText } from '../src/domain/instant-text.js';
import type { Place, TicketState } from './ticket-state.js';

/** What one target waits for in its lane. */
export function placeText({ window }: Pick<TicketState, 'window'>, place: Place): string {
  if (place.n !== null) return `push ${place.n}`;
  if (place.notice !== null) return place.notice.message;
  const next = window?.next ?? null;
  if (next === null) return 'a window';
  const opens = `its push, in the window from ${instantText(next.opensAtMs)}`;
  return window?.openEnded === true ? opens : `${opens} to ${instantText(next.closesAtMs)}`;
}
