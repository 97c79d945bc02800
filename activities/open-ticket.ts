import { activityInfo } from '@temporalio/activity';

import { signatureMatches } from '../src/client/sign.js';
import { CallFailure } from '../src/domain/failure.js';
import {
  canonicalNewTicket,
  subjectMarker,
  type NewTicket,
  type NewTicketResult,
  type SignedNewTicket,
} from '../src/domain/new-ticket.js';
import type { ActivityDeps } from './contract.js';
import { untilShown } from './until-shown.js';
import { withHeartbeat } from './with-heartbeat.js';

export interface OpenTicketActivities {
  /**
   * Opens the ticket of an ITSM on behalf of a user, once: looks for its external id first, and afterwards until SecureChange
   * shows the ticket. What is refused is a result.
   */
  openTicket: (asked: SignedNewTicket) => Promise<NewTicketResult>;
}

export function createOpenTicketActivities({
  secureChange,
  definitions,
  clock,
  settings,
}: Pick<ActivityDeps, 'secureChange' | 'definitions' | 'clock' | 'settings'>): OpenTicketActivities {
  const refused = (why: string): NewTicketResult => ({ kind: 'refused', why });

  /** The ticket of this external id; throws while rows that may be it cannot be read. */
  async function find(
    { externalId }: NewTicket,
    signal: AbortSignal,
  ): Promise<{ readonly id: string; readonly workflow: string } | null> {
    const marker = subjectMarker(externalId);
    const { rows, odd } = await secureChange.findTickets(marker.trim(), signal);
    // The search is not exact: only what has the marker at its beginning is the ticket.
    const [first] = rows
      .filter(({ subject }) => subject.startsWith(marker))
      .sort((one, other) => Number(one.id) - Number(other.id));
    if (first !== undefined) return first;
    if (odd.length === 0) return null;
    throw new CallFailure({
      kind: 'rejected',
      system: 'securechange',
      operation: `look for the ticket of ${externalId}`,
      code: 'securechange.wrong_schema',
      message: `the search shows ${odd.map(({ row }) => row).join(', ')}, which cannot be read and may be this ticket`,
    });
  }

  return {
    async openTicket(asked) {
      const { signature, externalId, workflow, onBehalfOf, subject, priority, fields } = asked;
      if (!signatureMatches(signature, canonicalNewTicket(asked), settings.actorKeys))
        return refused('its signature does not match');
      const definition = definitions.processFor(workflow);
      if (definition?.mode !== 'drive' || definition.itsmMay?.includes('create') !== true)
        return refused(
          `no process for the workflow "${workflow}" is in mode drive and lets the ITSM open tickets; it needs itsmMay: [create]`,
        );
      return await withHeartbeat(async ({ signal }) => {
        // The attempt before may have opened it, and its answer was lost.
        const mayBeOpen = activityInfo().attempt > 1;
        const look = async (): ReturnType<typeof find> => find(asked, signal);
        const known = mayBeOpen ? await untilShown({ clock, settings }, look, signal) : await look();
        if (known !== null && known.workflow !== workflow)
          return refused(`${externalId} is ticket ${known.id} of the workflow "${known.workflow}"`);
        if (known !== null) return { kind: 'open', ticketId: known.id, isNew: mayBeOpen };
        const user = await secureChange.findUser(onBehalfOf, signal);
        if (user === null) return refused(`SecureChange has no user ${onBehalfOf}`);
        const steps = (await secureChange.readWorkflow(workflow, signal))?.steps ?? [];
        const [firstStep] = steps;
        if (firstStep === undefined) return refused(`SecureChange has no active workflow "${workflow}"`);
        const marked = `${subjectMarker(externalId)}${subject}`;
        await secureChange.createTicket(
          {
            requesterId: user.id,
            requester: user.login,
            workflow,
            firstStep,
            subject: marked,
            priority,
            fields,
            externalId,
          },
          signal,
        );
        const opened = await untilShown({ clock, settings }, look, signal);
        if (opened !== null) return { kind: 'open', ticketId: opened.id, isNew: true };
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
