import { CallFailure } from '../domain/failure.js';
import { endsWithMark } from '../domain/marked-text.js';
import { understood } from './call.js';
import { parseInstant } from './dates.js';
import type { DeviceTree } from './device-tree.js';
import { skippedSteps } from './history-facts.js';
import { findUserRow } from './find-user.js';
import { API, MOST_TICKET_PAGES, nextPage, ticketPath, TICKETS_PER_PAGE } from './paths.js';
import { isNameOf, type RestConnection, type SecureChangeOptions } from './rest-connection.js';
import type { OddRow } from './rows.js';
import { expectSameName } from './same-object.js';
import type { SecureChange, TicketPage } from './secure-change.js';
import { toContent } from './to-content.js';
import { toFacts } from './to-facts.js';
import { historySchema, ticketListSchema, workflowAnswerSchema } from './wire.js';

type TicketReads = Pick<
  SecureChange,
  | 'readTicket'
  | 'readContent'
  | 'listOpenTickets'
  | 'listOddRows'
  | 'listDevices'
  | 'hasOwnComment'
  | 'readLastTask'
  | 'whoAmI'
  | 'readWorkflow'
>;

interface Person {
  readonly displayName: string | null;
  readonly mail: string | null;
}

/** Reads tickets with their history, and what SecureChange has of users and workflows. */
export function createTicketReads(
  connection: RestConnection,
  options: SecureChangeOptions,
  devices: DeviceTree,
): TicketReads {
  const { system, securechange, readWireTicket } = connection;

  /** How the history names our own user: it prints display names on some servers, logins on others. */
  async function ownNames(signal: AbortSignal | undefined): Promise<readonly string[]> {
    try {
      const { login, displayName } = await connection.whoAmI(signal);
      return displayName === null ? [options.login, login] : [options.login, login, displayName];
    } catch (error) {
      // A user who may not list users reads tickets all the same.
      if (error instanceof CallFailure && signal?.aborted !== true) return [options.login];
      throw error;
    }
  }

  /** A user who may not list users reads tickets all the same. */
  async function personOf(login: string, signal: AbortSignal | undefined): Promise<Person | null> {
    try {
      const person = await findUserRow(securechange, login, signal);
      return person === undefined ? null : { displayName: person.display_name, mail: person.email };
    } catch (error) {
      if (error instanceof CallFailure && error.facts.kind !== 'transient' && error.facts.kind !== 'busy')
        return null;
      throw error;
    }
  }

  async function listOpenTickets(start: number, signal: AbortSignal | undefined): Promise<TicketPage> {
    const { tickets } = await securechange.get(ticketListSchema, {
      path: `${API}/tickets`,
      query: { status: 'In Progress', start, count: TICKETS_PER_PAGE, desc: false },
      operation: 'list open tickets',
      signal,
    });
    const { rows, odd } = tickets?.ticket ?? { rows: [], odd: [] };
    return {
      rows: rows.map((ticket) => ({
        id: ticket.id,
        status: ticket.status,
        workflow: ticket.workflow.name,
        stepId: ticket.current_step?.id ?? null,
        stepName: ticket.current_step?.name ?? null,
      })),
      odd,
      ...nextPage(tickets?.next?.['@href'] ?? null, start),
    };
  }

  return {
    async readTicket(ticketId, { requestField, signal }) {
      const ticket = await readWireTicket(ticketId, signal);
      // After the ticket, so that a redo in between voids approvals rather than passing unseen.
      const operation = `read the history of ticket ${ticketId}`;
      const path = `${ticketPath(ticketId)}/history`;
      const history = await securechange.get(historySchema, { path, operation, signal });
      const lines = history.ticket_history_activities ?? [];
      const facts = (names?: readonly string[]) =>
        understood(system, `read ticket ${ticketId}`, () =>
          toFacts(ticket, lines, {
            requestField:
              typeof requestField === 'function' ? requestField(ticket.workflow.name) : requestField,
            ownLogin: options.login,
            ...(names !== undefined && { ownNames: names }),
          }),
        );
      const read = facts();
      const named = read.provisionedBy ?? read.provisionedBefore ?? null;
      // A name is there: it may be our display name.
      return named === null ? read : facts(await ownNames(signal));
    },

    async readContent(ticketId, signal, { withMails } = { withMails: false }) {
      const ticket = await readWireTicket(ticketId, signal);
      const operation = `read the history of ticket ${ticketId}`;
      const path = `${ticketPath(ticketId)}/history`;
      const history = await securechange.get(historySchema, { path, operation, signal });
      const newest = history.ticket_history_activities?.[0]?.date ?? null;
      const page = `/securechangeworkflow/pages/myRequest/myRequestsMain.seam?ticketId=${encodeURIComponent(ticketId)}`;
      const requester = ticket.requester === null ? null : await personOf(ticket.requester, signal);
      const content = toContent(ticket, {
        link: options.webUrl === undefined ? null : `${options.webUrl.replace(/\/+$/, '')}${page}`,
        requesterName: requester?.displayName ?? null,
        lastChangeMs: newest === null ? null : parseInstant(newest),
        skippedSteps: skippedSteps(history.ticket_history_activities ?? []),
      });
      if (!withMails) return content;
      const mails = new Map<string, string>();
      if (ticket.requester !== null && requester?.mail) mails.set(ticket.requester, requester.mail);
      const current = content.steps.filter(({ name }) => name === ticket.current_step?.name);
      const handlers = current.flatMap(({ tasks }) => tasks.flatMap(({ assignee }) => assignee ?? []));
      for (const login of new Set(handlers)) {
        const mail = mails.has(login) ? null : (await personOf(login, signal))?.mail;
        if (mail) mails.set(login, mail);
      }
      return { ...content, mails };
    },

    listOpenTickets: (start, signal) => listOpenTickets(start, signal),

    async listOddRows(signal) {
      const odd: OddRow[] = [];
      let read = 0;
      let start: number | null = 0;
      let cut = false;
      for (let page = 0; start !== null && page < MOST_TICKET_PAGES; page += 1) {
        const found: TicketPage = await listOpenTickets(start, signal);
        read += found.rows.length;
        odd.push(...found.odd);
        cut = found.cut;
        start = found.next;
      }
      const known = await devices.list(signal);
      return [
        { list: 'open tickets', read, odd, cut: cut || start !== null },
        { list: 'devices', read: known.rows.length, odd: known.odd, cut: known.cut },
      ];
    },

    async listDevices(signal) {
      const { rows } = await devices.list(signal);
      return rows.map(({ id, name, vendor, model, domain_name: domain }) => ({
        id,
        name: name ?? id,
        vendor,
        model,
        domain,
      }));
    },

    async hasOwnComment(ticketId, mark, signal) {
      const { comments } = await readWireTicket(ticketId, signal);
      const marked = comments.filter(({ content }) => endsWithMark(content ?? '', [mark]));
      if (marked.length === 0) return false;
      const me = await connection.whoAmI(signal);
      return marked.some(({ user, user_id }) =>
        user_id === null ? user === null || isNameOf(me, user) : user_id === me.id,
      );
    },

    async readLastTask(ticketId, signal) {
      const { steps } = await readWireTicket(ticketId, signal);
      const step = steps.findLast(({ tasks }) => tasks.length > 0);
      const task = step?.tasks.at(-1);
      return step === undefined || task === undefined ? null : { ticketId, stepId: step.id, taskId: task.id };
    },

    async whoAmI(signal) {
      const { login, id } = await connection.whoAmI(signal);
      return { login, id };
    },

    async readWorkflow(name, signal) {
      const found = await securechange.find(workflowAnswerSchema, {
        path: `${API}/workflows`,
        query: { name },
        operation: `read workflow ${name}`,
        signal,
      });
      const workflow = found?.workflow ?? null;
      if (workflow === null) return null;
      const operation = `read workflow ${name}`;
      expectSameName({ system, operation, what: 'workflow' }, name, workflow.name);
      const { rows, odd } = workflow.steps;
      const steps = rows.filter((step) => step.is_active !== false).map((step) => step.name);
      return odd.length === 0 ? { steps } : { steps, odd };
    },
  };
}
