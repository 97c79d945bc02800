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
  /** Of the ITSM: the same one is the same ticket. */
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
  readonly signature: string;
}

export type NewTicketResult =
  /** `isNew`: false when the ticket was there already. */
  | { readonly kind: 'open'; readonly ticketId: string; readonly isNew: boolean }
  | { readonly kind: 'refused'; readonly why: string };

/** What external ids may be: they become part of a workflow id and of the subject. */
export const EXTERNAL_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{2,63}$/;

/** In the subject, where the search of SecureChange finds it. */
export function subjectMarker(externalId: string): string {
  return `[${externalId}] `;
}

export function canonicalNewTicket({ signature: _, ...ticket }: NewTicket & { signature?: string }): string {
  return canonicalJson({ newTicket: ticket });
}
