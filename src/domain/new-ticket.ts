/** A ticket that an ITSM opens on behalf of a user. */
import { canonicalJson } from './canonical-json.js';

export interface NewAccessRequest {
  readonly action: 'accept' | 'drop' | 'remove';
  /** `10.1.2.0/24`, `10.1.2.3`, `10.1.2.3-10.1.2.9`, `any`, or the name of a host. */
  readonly sources: readonly string[];
  readonly destinations: readonly string[];
  /** `tcp/443`, `udp/5000-5010`, `icmp`, `any`. */
  readonly services: readonly string[];
  readonly comment: string;
}

/** A field of the first step, by its name. */
export type NewField =
  | { readonly kind: 'textField'; readonly name: string; readonly text: string }
  | { readonly kind: 'textArea'; readonly name: string; readonly text: string }
  | {
      readonly kind: 'accessRequests';
      readonly name: string;
      readonly requests: readonly NewAccessRequest[];
    };

export interface NewTicket {
  /** Of the ITSM, in the one form that `externalIdOf` gives: the same one is the same ticket. */
  readonly externalId: string;
  /** Login in SecureChange of the requester. */
  readonly onBehalfOf: string;
  readonly workflow: string;
  readonly subject: string;
  readonly priority: 'Low' | 'Normal' | 'High' | 'Critical';
  readonly fields: readonly NewField[];
  /** Who asks: the authenticated caller. */
  readonly by: string;
}

/** By the gateway: without it no ticket is opened. */
export interface SignedNewTicket extends NewTicket {
  readonly issuedAtMs: number;
  readonly signature: string;
}

/** Digest of each part of what was asked for, by its name. */
export type TicketContents = Readonly<Record<string, string>>;

export type NewTicketResult =
  /** `isNew`: false when the ticket was there already. */
  | {
      readonly kind: 'open';
      readonly ticketId: string;
      readonly isNew: boolean;
      readonly contents: TicketContents;
    }
  /** There is a ticket of this external id, for which these parts were asked otherwise. */
  | { readonly kind: 'differs'; readonly ticketId: string; readonly parts: readonly string[] }
  | { readonly kind: 'refused'; readonly why: string };

/** They become part of a workflow id and of the subject. */
const EXTERNAL_ID = /^[A-Z0-9][A-Z0-9._-]{2,63}$/;

/**
 * The one form of an external id: systems write the same id in either case, with space around it and in other forms of
 * Unicode. null for what is no external id.
 */
export function externalIdOf(text: string): string | null {
  const id = text.normalize('NFKC').trim();
  // A letter that becomes ASCII in upper case is another letter.
  const upper = id.replace(/[a-z]/g, (letter) => letter.toUpperCase());
  return EXTERNAL_ID.test(upper) ? upper : null;
}

/** Everything but the external id, as a person names it. */
export function partsOf({
  onBehalfOf,
  workflow,
  subject,
  priority,
  fields,
  by,
}: NewTicket): Readonly<Record<string, unknown>> {
  return { onBehalfOf, workflow, subject, priority, fields, caller: by };
}

/** The parts that differ, by name. */
export function differingParts(one: TicketContents, other: TicketContents): readonly string[] {
  return Object.keys(one).filter((name) => one[name] !== other[name]);
}

/** In the subject, where the search of SecureChange finds it. */
export function subjectMarker(externalId: string): string {
  return `[${externalId}] `;
}

export function canonicalNewTicket({
  signature: _,
  ...ticket
}: Omit<SignedNewTicket, 'signature'> & { readonly signature?: string }): string {
  return canonicalJson({ newTicket: ticket });
}
