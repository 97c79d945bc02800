/** Messages to external systems, which the ticket's outbox sends in order. A phase waits only for a blocking message. */
import type { TicketChange } from './point-action.js';
import type { PointCall } from './process.js';

export interface RenderedMessage {
  /** Effect key; also the marker by which a repeated work note is recognised. */
  readonly key: string;
  readonly point: string;
  readonly server: string;
  /** ticket: a change of our own ticket, before or after the message of its point. */
  readonly action: 'create' | 'update' | 'close' | 'call' | 'mail' | 'ticket';
  /** Of action call: its one path is filled in. */
  readonly call?: Omit<PointCall, 'paths'> & { readonly path: string };
  /** Of action ticket. */
  readonly ticket?: TicketChange;
  /** What of the answer goes into fields of the ticket. */
  readonly response?: Readonly<Record<string, unknown>>;
  readonly correlationId: string;
  /** JSON text as it will be sent, at most 200 KiB; empty for a call without a body. Credentials are added only at sending. */
  readonly body: string;
  readonly blocking: boolean;
}

/** In the place of the name of a point: what an ITSM asked for. */
export const ITSM_POINT = 'itsm';

/** A message in the outbox of a ticket. */
export interface QueuedMessage extends RenderedMessage {
  /** Names the message in commands; each number is used once in a run. */
  readonly number: number;
  readonly queuedAtMs: number;
  /** Of action ticket: the step instance it is for; null: whatever step the ticket is in. */
  readonly stepInstance?: string | null;
}

/** What the ITSM answered to a create (or what the look-up by correlation id found). */
export interface ItsmChange {
  readonly server: string;
  /** For people: `CHG0030001`. */
  readonly number: string;
  /** For the API: `sys_id`. */
  readonly id: string;
}

/**
 * `queued`: it waits behind an earlier message. `sent`: it is under way, and its receiver has not shown it yet.
 * `acknowledged`: the receiver shows it. `held`: it is refused, or the ticket is held; an operator decides. `dropped`: an
 * operator removed it, or it no longer applies to the ticket.
 */
export type DeliveryState = 'queued' | 'sent' | 'acknowledged' | 'held' | 'dropped';

/** How far one message came. */
export interface Delivery {
  readonly number: number;
  readonly point: string;
  readonly server: string;
  readonly action: string;
  readonly state: DeliveryState;
  /** Since when it is in this state. */
  readonly sinceMs: number;
  readonly sizeBytes: number;
  /** Why it is held, who dropped it and why, or which record shows it; null when there is nothing to say. */
  readonly message: string | null;
}
