import type { ItsmChange, RenderedMessage } from '../domain/outbox.js';
import type { OpenChange, SharedChange } from './itsm.js';

export type Body = Readonly<Record<string, unknown>>;

export function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The changes of one ITSM. Every write looks first, so that a repeated send adds nothing. */
export interface ChangeApi {
  find(correlationId: string, signal?: AbortSignal): Promise<ItsmChange | null>;
  /** The changes of our tickets that are not closed; null where the system has no list of them. */
  openChanges(signal?: AbortSignal): Promise<readonly OpenChange[] | null>;
  /** The tickets that the change owns; null where each ticket has a change of its own. */
  ticketsOf(change: ItsmChange, signal?: AbortSignal): Promise<SharedChange | null>;
  /** Values of the record's fields as text; '' for a blank one. A field that it does not show is a failure. */
  readFields(
    change: ItsmChange,
    names: readonly string[],
    signal?: AbortSignal,
  ): Promise<Readonly<Record<string, string>>>;
  /** Adopts the record that carries our correlation id already: an earlier attempt may have come through unseen. */
  create(message: RenderedMessage, body: Body, signal?: AbortSignal): Promise<ItsmChange>;
  /** Also closes. */
  update(message: RenderedMessage, body: Body, change: ItsmChange, signal?: AbortSignal): Promise<ItsmChange>;
}
