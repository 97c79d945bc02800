/** Messages to external systems, which the ticket's outbox sends in order. A phase waits only for a blocking message. */

export interface RenderedMessage {
  /** Effect key; also the marker by which a repeated work note is recognised. */
  readonly key: string;
  readonly point: string;
  readonly server: string;
  readonly action: 'create' | 'update' | 'close';
  readonly correlationId: string;
  /** JSON text as it will be sent, at most 200 KiB; credentials are added only at sending. */
  readonly body: string;
  readonly blocking: boolean;
}

/** What the ITSM answered to a create (or what the look-up by correlation id found). */
export interface ItsmChange {
  readonly server: string;
  /** For people: `CHG0030001`. */
  readonly number: string;
  /** For the API: `sys_id`. */
  readonly id: string;
}

export interface OutboxItemView {
  readonly point: string;
  readonly action: string;
  readonly state: 'waiting' | 'sending' | 'blocked';
  readonly sizeBytes: number;
  readonly message: string | null;
}
