/** Forms that many messages share: ids, instants, intervals. */

import { isTicketId } from '../../src/domain/canonical-id.js';
import { integer, list, object, text, textThat } from '../../src/domain/shape.js';
import type { Interval } from '../../src/domain/window.js';

export const id = text(255, 1);
export const ticketId = textThat(isTicketId, 'the canonical id of a ticket');
export const instant = integer(0, 8.64e15);
export const epoch = integer(0, 1_000_000);
/** Number of a push: the server's time at its start, or a little more. */
export const n = integer(1);
/** Number of a place: the server's time when its ticket enrolled, or a little more. */
export const placeNumber = integer(1);
export const runId = text(255);
/** A whole effect key: five parts, each may be escaped. */
export const effectKey = text(4_096, 1);

export const interval = object<Interval>({ opensAtMs: instant, closesAtMs: instant });
/** Two months of hourly windows are 1,440. */
export const intervals = list(interval, 5_000);
