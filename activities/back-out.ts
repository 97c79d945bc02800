import { activityInfo } from '@temporalio/activity';

import { backOutId, backOutMark } from '../src/domain/back-out.js';
import type { Code } from '../src/domain/codes.js';
import { CallFailure, type FailureKind } from '../src/domain/failure.js';
import type { OwnTicket } from '../src/domain/own-ticket.js';
import type { ReverseRequest } from '../src/securechange/secure-change.js';
import type { ActivityDeps } from './contract.js';
import { findOwnTicket } from './own-ticket.js';
import { lookBeforeOpening, openWithKey, untilShown } from './until-shown.js';
import { withHeartbeat } from './with-heartbeat.js';

export type BackOutResult =
  /** `opened`: now; otherwise one was open already. */
  | { readonly kind: 'open'; readonly ticketId: string; readonly opened: boolean }
  /** It cannot be opened, and a person takes the change back by hand. */
  | { readonly kind: 'refused'; readonly message: string };

export interface BackOutInput extends ReverseRequest {
  /** SecureChange workflow of the ticket, and so of its reverse. */
  readonly workflow: string;
}

export interface BackOutActivities {
  /** Opens the reverse of a ticket as a new ticket, unless we opened one that is still in progress. */
  openBackOut: (input: BackOutInput) => Promise<BackOutResult>;
}

export function createBackOutActivities({
  secureChange,
  clock,
  settings,
  openings,
}: Pick<ActivityDeps, 'secureChange' | 'clock' | 'settings' | 'openings'>): BackOutActivities {
  return {
    openBackOut: async ({ workflow, ...request }) =>
      await withHeartbeat(async ({ signal }) => {
        const { ticketId } = request;
        const own: OwnTicket = {
          mark: backOutMark(ticketId),
          externalId: backOutId(ticketId),
          requester: await secureChange.whoAmI(signal),
          workflow,
        };
        const look = async () => findOwnTicket(secureChange, own, signal, { onlyInProgress: true });
        const before = await lookBeforeOpening({ clock, settings, openings }, own.externalId, look, signal);
        if (before.kind === 'found')
          return { kind: 'open', ticketId: before.ticket.id, opened: activityInfo().attempt > 1 };
        if (before.kind === 'unclear')
          throw failure(ticketId, 'rejected', 'securechange.unclear_ticket', before.why);
        try {
          await openWithKey({ openings }, own.externalId, async () =>
            secureChange.openReverse(request, signal),
          );
        } catch (error) {
          if (error instanceof CallFailure && error.facts.kind === 'rejected')
            return { kind: 'refused', message: error.facts.message };
          throw error;
        }
        const after = await untilShown({ clock, settings }, look, signal);
        if (after.kind === 'found') return { kind: 'open', ticketId: after.ticket.id, opened: true };
        if (after.kind === 'unclear')
          throw failure(ticketId, 'rejected', 'securechange.unclear_ticket', after.why);
        throw failure(
          ticketId,
          'ambiguous',
          'securechange.not_shown',
          'SecureChange accepted the new ticket and does not list it yet',
        );
      }),
  };
}

function failure(ticketId: string, kind: FailureKind, code: Code, message: string): CallFailure {
  const operation = `open the back-out of ticket ${ticketId}`;
  return new CallFailure({ kind, system: 'securechange', operation, code, message });
}
