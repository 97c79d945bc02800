import type { ItsmQuestion } from '../domain/itsm-commands.js';
import type { ItsmChange, RenderedMessage } from '../domain/outbox.js';
import type { CallAnswer } from './point-call.js';
import type { CustomValues } from './custom-functions.js';
import type { IntegrationPoint } from '../domain/process.js';
import type { DesignFacts, Target } from '../domain/provisioning.js';
import type { TicketContent } from '../domain/ticket-content.js';
import type { TicketFacts } from '../domain/ticket.js';

/** What a message may speak of. Everything is already trimmed and free of secrets. */
export interface MessageContext {
  readonly facts: TicketFacts;
  readonly design: DesignFacts | null;
  /** Fields and comments; null where no template needs them. */
  readonly content: TicketContent | null;
  readonly targets: readonly Target[];
  readonly itsm: ItsmChange | null;
  readonly event: string | null;
  readonly stepName: string | null;
  readonly windowText: string | null;
  /** The planned opening, without an end where the calendar is always open; null before it is planned. */
  readonly window: { readonly opensAtMs: number; readonly closesAtMs: number | null } | null;
  readonly workflowId: string;
  readonly runId: string;
  readonly key: string;
  readonly nowMs: number;
  readonly outcome: string | null;
  /** What the ITSM is asked to approve; null or absent while it is not. */
  readonly question?: Pick<ItsmQuestion, 'name' | 'question'> | null;
  /** What the ticket needs of a person, with the event NEEDS_ATTENTION. */
  readonly attention?: {
    readonly reason: string;
    readonly advice: string;
    readonly commands: readonly string[];
  };
  /** Of placeholders with custom functions. */
  readonly custom?: CustomValues;
}

/** A change that names one of our tickets, and is not closed. */
export interface OpenChange extends ItsmChange {
  readonly ticketId: string;
}

/** A change that the ITSM opened for many tickets, as it is now. */
export interface SharedChange extends ItsmChange {
  readonly tickets: readonly string[];
  /** Neither closed nor cancelled. */
  readonly isOpen: boolean;
}

export interface Itsm {
  /** What the custom functions in the templates of a point give; `render` needs it in its context. */
  customValues(point: IntegrationPoint, context: MessageContext): Promise<CustomValues>;
  /**
   * Renders the point's JSON template, of a call with one of its paths; an unresolved `#placeholder#` is a CallFailure kind
   * `rejected`, never sent.
   */
  render(point: IntegrationPoint, context: MessageContext, path?: string): RenderedMessage;
  /** Fields of the ticket's change as they are now, blank ones as ''; null when the server has no change of this ticket. */
  readFields(
    server: string,
    ticketId: string,
    names: readonly string[],
    signal?: AbortSignal,
  ): Promise<Readonly<Record<string, string>> | null>;
  /** The changes of our tickets that are not closed there; null where the system has no list of them. */
  openChanges(server: string, signal?: AbortSignal): Promise<readonly OpenChange[] | null>;
  /** The change that a message is for, where it owns many tickets; null where each ticket has a change of its own. */
  sharedChange(message: RenderedMessage, signal?: AbortSignal): Promise<SharedChange | null>;
  /**
   * Sends one message. create looks up by correlation id first and adopts what it finds; update and close carry the
   * message key as a marker and look for it in the change's journal before they post, so a repeated send adds nothing.
   */
  send(message: RenderedMessage, change: ItsmChange | null, signal?: AbortSignal): Promise<ItsmChange>;
  /**
   * Makes the call, or sends the mail, of a message once. A call that is not repeatable and may have been made, and a mail that
   * may have been sent, fail with kind `ambiguous`.
   */
  call(message: RenderedMessage, signal?: AbortSignal): Promise<CallAnswer>;
}
