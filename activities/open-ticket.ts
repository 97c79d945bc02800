import { activityInfo } from '@temporalio/activity';

import { signatureMatches } from '../packages/client/src/sign.js';
import { contentsOf } from '../packages/client/src/ticket-contents.js';
import { isAccepted } from '../src/domain/command-memory.js';
import { CallFailure } from '../src/domain/failure.js';
import {
  canonicalNewTicket,
  externalIdOf,
  subjectMarker,
  type NewTicketResult,
  type SignedNewTicket,
} from '../src/domain/new-ticket.js';
import type { OwnTicket } from '../src/domain/own-ticket.js';
import type { ActivityDeps } from './contract.js';
import { findOwnTicket, type FoundOwn } from './own-ticket.js';
import { lookBeforeOpening, openWithKey, untilShown } from './until-shown.js';
import { withHeartbeat } from './with-heartbeat.js';

export interface OpenTicketInput {
  readonly asked: SignedNewTicket;
  /** When its workflow started: it may have waited for a worker since. */
  readonly startedAtMs: number;
}

export interface OpenTicketActivities {
  /**
   * Opens the ticket of an ITSM on behalf of a user, once: looks for the one that we opened for its external id first, and
   * afterwards until SecureChange shows the ticket. What is refused is a result.
   */
  openTicket: (input: OpenTicketInput) => Promise<NewTicketResult>;
}

export function createOpenTicketActivities({
  secureChange,
  definitions,
  clock,
  settings,
  openings,
}: Pick<
  ActivityDeps,
  'secureChange' | 'definitions' | 'clock' | 'settings' | 'openings'
>): OpenTicketActivities {
  const refused = (why: string): NewTicketResult => ({ kind: 'refused', why });

  return {
    async openTicket({ asked, startedAtMs }) {
      const { signature, issuedAtMs, externalId, workflow, onBehalfOf, subject, priority, fields } = asked;
      if (!signatureMatches(signature, canonicalNewTicket(asked), settings.actorKeys))
        return refused('its signature does not match');
      if (!isAccepted(issuedAtMs, startedAtMs)) return refused('its signature is too old');
      if (externalIdOf(externalId) !== externalId)
        return refused(`${externalId} is not the one form of an external id`);
      const definition = definitions.processFor(workflow);
      if (definition?.mode !== 'drive' || definition.itsmMay?.includes('create') !== true)
        return refused(
          `no process for the workflow "${workflow}" is in mode drive and lets the ITSM open tickets; it needs itsmMay: [create]`,
        );
      return await withHeartbeat(async ({ signal }) => {
        const user = await secureChange.findUser(onBehalfOf, signal);
        if (user === null) return refused(`SecureChange has no user ${onBehalfOf}`);
        const mark = subjectMarker(externalId);
        const marked = `${mark}${subject}`;
        const own: OwnTicket = { mark, externalId, requester: user, workflow };
        const look = async (): Promise<FoundOwn> => findOwnTicket(secureChange, own, signal);
        const contents = contentsOf(asked);
        // The attempt before may have opened it, and its answer was lost.
        const mayBeOpen = activityInfo().attempt > 1;
        const key = `itsm/${externalId}`;
        const before = await lookBeforeOpening({ clock, settings, openings }, key, look, signal);
        if (before.kind === 'unclear') return refused(before.why);
        if (before.kind === 'found') {
          const { id: ticketId, subject: shown } = before.ticket;
          // Its run is gone, or another one opened it: of what was asked then only this shows.
          if (!mayBeOpen && shown !== marked) return { kind: 'differs', ticketId, parts: ['subject'] };
          return { kind: 'open', ticketId, isNew: mayBeOpen, contents };
        }
        const [firstStep] = (await secureChange.readWorkflow(workflow, signal))?.steps ?? [];
        if (firstStep === undefined) return refused(`SecureChange has no active workflow "${workflow}"`);
        const content = { workflow, firstStep, subject: marked, priority, fields, externalId };
        await openWithKey({ openings }, key, async () =>
          secureChange.createTicket({ requesterId: user.id, requester: user.login, ...content }, signal),
        );
        const after = await untilShown({ clock, settings }, look, signal);
        if (after.kind === 'found') return { kind: 'open', ticketId: after.ticket.id, isNew: true, contents };
        if (after.kind === 'unclear') return refused(after.why);
        throw new CallFailure({
          kind: 'ambiguous',
          system: 'securechange',
          operation: `open the ticket of ${externalId}`,
          code: 'securechange.not_shown',
          message: 'SecureChange accepted the ticket and its search does not show it yet',
        });
      });
    },
  };
}
