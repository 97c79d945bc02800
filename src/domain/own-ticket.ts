/** Which tickets of SecureChange we opened. A subject proves nothing: whoever may open tickets can write any. */
import { sameLogin } from './login.js';

/** What opening wrote into the ticket. */
export interface OwnTicket {
  /** How its subject begins; the search finds it by that. */
  readonly mark: string;
  /** `external_data.request_id`. */
  readonly externalId: string;
  readonly requester: { readonly login: string; readonly id: string };
  readonly workflow: string;
}

/** A ticket as SecureChange shows it; null: it does not say. */
export interface ShownTicket {
  readonly id: string;
  readonly subject: string;
  readonly inProgress: boolean;
  readonly workflow: string | null;
  readonly requester: string | null;
  readonly requesterId: string | null;
  readonly externalId: string | null;
}

/** `unclear`: a person must look. It is neither taken for ours, nor is another one opened beside it. */
export type Whose = 'ours' | 'of others' | { readonly unclear: string };

export function whoseTicket(shown: ShownTicket, own: OwnTicket): Whose {
  if (!shown.subject.startsWith(own.mark)) return 'of others';
  const isRequester =
    shown.requesterId === null
      ? sameLogin(shown.requester, own.requester.login)
      : shown.requesterId === own.requester.id;
  const requesterIsKnown = shown.requesterId !== null || shown.requester !== null;
  if (shown.externalId !== null && shown.externalId !== own.externalId) return 'of others';
  if (shown.externalId === null && requesterIsKnown && !isRequester) return 'of others';
  const differences = [
    ...(shown.externalId === null ? ['it shows no external_data'] : []),
    ...(isRequester ? [] : [`its requester is ${shown.requester ?? shown.requesterId ?? 'not shown'}`]),
    ...(shown.workflow === own.workflow ? [] : [`its workflow is ${shown.workflow ?? 'not shown'}`]),
  ];
  if (differences.length === 0) return 'ours';
  return {
    unclear: `ticket ${shown.id} has the subject of ${own.externalId}, and ${differences.join(', ')}`,
  };
}
