/** Tickets and their changes in an ITSM that no longer say the same, whoever opened the change. */
import { fewAtOnce } from '../../domain/few-at-once.js';
import { correlationId } from '../../domain/ids.js';
import type { ItsmDifference, SurveyPart } from '../../domain/survey.js';
import type { ChangeState, ChangeStates } from '../../integrations/change-states.js';
import type { SurveyedTicket } from '../../securechange/survey-reads.js';
import { visible, type SeenTicket, type Sources } from './gather.js';

export type SurveyItsm =
  { readonly server: string; readonly changes: ChangeStates } | { readonly notVisible: string };

const AT_ONCE = 4;

export async function itsmDifferences(
  sources: Sources,
  tickets: readonly SeenTicket[],
  itsm: SurveyItsm,
): Promise<SurveyPart<ItsmDifference>> {
  if ('notVisible' in itsm) return { rows: [], notVisible: [itsm.notVisible] };
  const { server, changes } = itsm;
  const notVisible: string[] = [];
  sources.progress(`changes of ${server}`);
  const found = await fewAtOnce(
    tickets,
    async ({ ticket }): Promise<ItsmDifference[]> => {
      const asked = { number: ticket.externalId, correlationId: correlationId(ticket.id, server) };
      const read = await visible(sources, async () => changes.read(asked, sources.signal));
      if ('why' in read) {
        notVisible.push(`ticket ${ticket.id}: ${read.why}`);
        return [];
      }
      const what = differenceOf(ticket, read.found);
      if (what === null) return [];
      const { id: ticketId, subject, workflow } = ticket;
      const change = read.found?.number ?? ticket.externalId;
      const evidence = [
        { call: `GET …/tickets/${ticketId}`, says: `status ${ticket.status}` },
        {
          call: `GET ${server}: ${changes.callOf(asked)}`,
          says: read.found === null ? 'no record' : `active ${String(read.found.isOpen)}`,
        },
      ];
      return [{ ticketId, subject, workflow, change, what, evidence }];
    },
    AT_ONCE,
  );
  const MOST = 5;
  const more = notVisible.length > MOST ? [`and ${notVisible.length - MOST} more`] : [];
  return { rows: found.flat(), notVisible: [...notVisible.slice(0, MOST), ...more] };
}

function differenceOf({ status, externalId }: SurveyedTicket, change: ChangeState | null): string | null {
  const isOpen = status === 'inProgress' || status === 'resolved';
  if (change === null)
    return externalId === null ? null : `the ticket names ${externalId}, and there is no such change`;
  if (change.isOpen === null) return 'whether its change is open is not shown';
  if (isOpen && !change.isOpen) return 'its change is closed, and the ticket is in progress';
  if (!isOpen && change.isOpen) return `its change is open, and the ticket has ended (${status})`;
  return null;
}
