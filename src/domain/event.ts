/** What a mediator reported. An event is a reason to read the ticket, never a fact about it. */

/** What SecureChange runs a trigger's script for. */
export const TRIGGER_EVENTS = [
  'CREATE',
  'ADVANCE',
  'REDO',
  'RESUBMIT',
  'REOPEN',
  'RESOLVE',
  'REJECT',
  'CANCEL',
  'CLOSE',
  'AUTOMATION_FAILED',
] as const;

/** Reported to a ticket that waits for a window without a place in a lane, which would have the edited calendar. */
export const CALENDAR_EDITED = 'CALENDAR_EDITED';

/** No trigger reports it: the ticket asks the ITSM for an approval, first or again because what it covers has changed. */
export const ITSM_APPROVAL = 'ITSM_APPROVAL';

/** No trigger reports it: the ticket begins to wait for a person, or one of its messages is held. */
export const NEEDS_ATTENTION = 'NEEDS_ATTENTION';

export interface Person {
  readonly id: string;
  readonly login: string;
  readonly displayName: string;
}

export interface Stage {
  readonly id: string | null;
  readonly name: string;
  readonly task: { readonly id: string; readonly name: string; readonly handler: Person | null } | null;
}

/** The `ticket_info` of a trigger, typed; wire form in reference §9.3. */
export interface TicketInfo {
  readonly id: string;
  readonly subject: string;
  readonly priority: string | null;
  readonly createDate: string | null;
  readonly updateDate: string | null;
  readonly requester: Person | null;
  /** On ADVANCE the step being *left*. From `current_stage` or `completion_data/stage`, whichever came. */
  readonly stage: Stage | null;
  readonly openRequestStage: Stage | null;
  readonly comment: string | null;
}

/** Most arguments of one script, and most characters of one argument. */
export const MOST_SCRIPT_ARGUMENTS = 32;
export const LONGEST_SCRIPT_ARGUMENT = 256;

export interface TicketEvent {
  /** Labels duplicates (SHA-256, hex, first 32). A duplicate is read as well: two real redos can be equal. */
  readonly key: string;
  /** Wire value of SCW_EVENT, unknown ones kept as they came (at most 64 characters). */
  readonly name: string;
  readonly ticketId: string;
  readonly source: 'mediator' | 'sweep' | 'operator';
  readonly receivedAtMs: number;
  readonly info: TicketInfo | null;
  /** Present when the caller named a registered custom script that applies to this event. */
  readonly script?: {
    readonly name: string;
    /** One argv element each, already checked against the registry entry. */
    readonly args: readonly string[];
    /** The XML exactly as it came: what the script reads on stdin. At most 192 KiB. */
    readonly ticketInfoXml: string;
    /** Lower-case hex, of the XML as UTF-8: what the signature covers. */
    readonly ticketInfoSha256: string;
    /** Present when it runs for observed tickets as well. */
    readonly runs?: 'always';
    /** Present when the mediator waits for its result. */
    readonly reply?: 'result';
  };
  /** In the place of `script`: why it is not run. The event counts all the same. */
  readonly scriptRefused?: { readonly name: string; readonly reason: string };
  /** By the gateway or the sweep, see `report.ts`. Without it the event is only a reason to read the ticket. */
  readonly signature?: string;
}
