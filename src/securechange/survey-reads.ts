import { z } from 'zod';
import type { DesignerStatus, TicketStatus } from '../domain/ticket.js';
import type { Http } from '../http/http.js';
import { createCaller, understood } from './call.js';
import { parseInstant } from './dates.js';
import { automationFailureOf } from './history-facts.js';
import { clip, MESSAGE_LENGTH, NAME_LENGTH, toObject, toText } from './normalise.js';
import { API, nextPage, ticketPath, TICKETS_PER_PAGE } from './paths.js';
import { isRequestField, toRequestField } from './request-field.js';
import { wireAny } from './rows.js';
import { expectSameId } from './same-object.js';
import type { FieldRef, TicketPage } from './secure-change.js';
import { historySchema, ticketListSchema, ticketSchema } from './wire.js';
import { ticketStatusOf } from './words.js';

export interface SurveyedLine {
  readonly atMs: number | null;
  readonly by: string | null;
  readonly step: string | null;
  readonly text: string;
}

/** A ticket, also one that has ended, as far as its pushes are concerned. */
export interface SurveyedTicket {
  readonly id: string;
  readonly subject: string;
  readonly workflow: string;
  readonly status: TicketStatus;
  readonly stepName: string | null;
  /** `external_data.request_id`: the number of its change in an ITSM, where that opened it. */
  readonly externalId: string | null;
  /** Tasks of the present step that SecureChange works on, or that wait for a licence. */
  readonly pending: readonly string[];
  /** The fields that carry a request, that of the newest step first. */
  readonly requests: readonly { readonly ref: FieldRef; readonly designerStatus: DesignerStatus }[];
  readonly automationFailure: { readonly tool: string; readonly reason: string } | null;
  /** Newest first; lines that cannot be read are left out. */
  readonly lines: readonly SurveyedLine[];
  readonly oddLines: number;
}

export type TicketList = 'open' | 'ended';

/** Reads only. Throws only `CallFailure`. */
export interface SurveyReads {
  /** One page: of the open ones the oldest first, of the ended ones the newest. */
  listTickets(list: TicketList, start: number, signal?: AbortSignal): Promise<TicketPage>;
  readTicket(ticketId: string, signal?: AbortSignal): Promise<SurveyedTicket>;
}

const STATUSES: Readonly<Record<TicketList, string>> = {
  open: 'In Progress,Ticket Resolved',
  ended: 'Ticket Closed,Ticket Cancelled,Ticket Rejected',
};

const surveyedSchema = z.object({ ticket: ticketSchema.shape.ticket.extend({ external_data: wireAny }) });

export function createSurveyReads(http: Http): SurveyReads {
  const securechange = createCaller(http);
  const { system } = securechange;
  return {
    async listTickets(list, start, signal) {
      const { tickets } = await securechange.get(ticketListSchema, {
        path: `${API}/tickets`,
        query: { status: STATUSES[list], start, count: TICKETS_PER_PAGE, desc: list === 'ended' },
        operation: `list ${list} tickets`,
        signal,
      });
      const { rows, odd } = tickets?.ticket ?? { rows: [], odd: [] };
      return {
        rows: rows.map(({ id, status, workflow, current_step: step }) => ({
          id,
          status,
          workflow: workflow.name,
          stepId: step?.id ?? null,
          stepName: step?.name ?? null,
        })),
        odd,
        ...nextPage(tickets?.next?.['@href'] ?? null, start),
      };
    },

    async readTicket(ticketId, signal) {
      const operation = `read ticket ${ticketId}`;
      const path = ticketPath(ticketId);
      const { ticket } = await securechange.get(surveyedSchema, { path, operation, signal });
      expectSameId({ system, operation, what: 'ticket' }, ticketId, ticket.id);
      const { ticket_history_activities: lines } = await securechange.get(historySchema, {
        path: `${path}/history`,
        operation: `read the history of ticket ${ticketId}`,
        signal,
      });
      return understood(system, operation, () => toSurveyed(ticket, lines ?? []));
    },
  };
}

function toSurveyed(
  ticket: z.infer<typeof surveyedSchema>['ticket'],
  history: NonNullable<z.infer<typeof historySchema>['ticket_history_activities']>,
): SurveyedTicket {
  const status = ticketStatusOf(ticket.status) ?? 'inProgress';
  const stepName = ticket.current_step?.name ?? null;
  const current = ticket.steps.find(({ id }) => id === ticket.current_step?.id);
  const externalId = toText(toObject(ticket.external_data)?.['request_id']);
  return {
    id: ticket.id,
    subject: clip(ticket.subject ?? '', NAME_LENGTH),
    workflow: clip(ticket.workflow.name, NAME_LENGTH),
    status,
    stepName: stepName === null ? null : clip(stepName, NAME_LENGTH),
    externalId: externalId === null || externalId === '' ? null : clip(externalId, NAME_LENGTH),
    pending: (current?.tasks ?? [])
      .filter((task) => /^PENDING/i.test(task.status))
      .map((task) =>
        clip(task.pending_reason_description ?? task.pending_reason ?? task.status, NAME_LENGTH),
      ),
    requests: [...ticket.steps].reverse().flatMap((step) =>
      step.tasks.flatMap((task) =>
        task.fields.filter(isRequestField).flatMap((field) => {
          if (field.id === null) return [];
          const { designerStatus } = toRequestField(field);
          return [
            {
              ref: { ticketId: ticket.id, stepId: step.id, taskId: task.id, fieldId: field.id },
              designerStatus,
            },
          ];
        }),
      ),
    ),
    automationFailure: stepName === null ? null : automationFailureOf(history, stepName),
    lines: history.flatMap(({ date, performed_by: by, step_name: step, description, odd }) =>
      odd !== undefined
        ? []
        : [
            {
              atMs: date === null ? null : parseInstant(date),
              by: by === null ? null : clip(by, NAME_LENGTH),
              step,
              text: clip(description ?? '', MESSAGE_LENGTH),
            },
          ],
    ),
    oddLines: history.filter(({ odd }) => odd !== undefined).length,
  };
}
