import { CallFailure } from '../domain/failure.js';
import { sameLogin } from '../domain/login.js';
import type { CommitEvidence, CommitReport } from '../domain/provisioning.js';
import { understood } from './call.js';
import { createChangeWindows } from './change-windows.js';
import { evidenceIn, reportSubject, toCommitReport } from './commit-evidence.js';
import { parseInstant } from './dates.js';
import { createDeviceTree } from './device-tree.js';
import { clip, NAME_LENGTH, toObject, toText } from './normalise.js';
import {
  API,
  fieldPath,
  MOST_TICKET_PAGES,
  nextPage,
  taskPath,
  ticketPath,
  TICKETS_PER_PAGE,
} from './paths.js';
import { requestsOf, toRequestField } from './request-field.js';
import type { RestConnection, SecureChangeOptions } from './rest-connection.js';
import type { OddRow } from './rows.js';
import { expectSameId, expectSameName } from './same-object.js';
import type { FieldRef, SecureChange, TicketPage } from './secure-change.js';
import { toContent } from './to-content.js';
import { toDesign } from './to-design.js';
import { toFacts } from './to-facts.js';
import { readVerifierResults } from './verifier-results.js';
import {
  anySchema,
  designerSchema,
  historySchema,
  revisionListSchema,
  revisionSchema,
  ticketListSchema,
  usersSchema,
  workflowAnswerSchema,
  type WireSuggestion,
} from './wire.js';

const MOST_REVISIONS = 100;

/** SecureChange limits what one client may ask at the same time; five is the one limit it documents. */
const REPORTS_AT_ONCE = 4;

type Reads = Pick<
  SecureChange,
  | 'readTicket'
  | 'readContent'
  | 'listOpenTickets'
  | 'listOddRows'
  | 'readDesign'
  | 'readCommitReport'
  | 'readVerifier'
  | 'readComments'
  | 'readRevision'
  | 'readRevisions'
  | 'windowCommits'
  | 'whoAmI'
  | 'readWorkflow'
>;

export function createReads(connection: RestConnection, options: SecureChangeOptions): Reads {
  const { system, securechange, securetrack, readWireTicket, readField } = connection;
  const changeWindows = createChangeWindows(options.secureTrackHttp);
  const devices = createDeviceTree(securetrack, () => options.clock.now(), options.deviceListMaxAgeMs);

  async function readSuggestions(
    ref: FieldRef,
    signal: AbortSignal | undefined,
  ): Promise<readonly WireSuggestion[]> {
    const operation = `read the Designer results of ticket ${ref.ticketId}`;
    const path = `${fieldPath(ref)}/designer`;
    const answer = await securechange.get(designerSchema, { path, operation, signal });
    return answer.designer_results.suggestions_per_device;
  }

  /** Without commit results there is no report to ask for. */
  async function readEvidence(
    ref: FieldRef,
    suggestion: WireSuggestion,
    signal: AbortSignal | undefined,
  ): Promise<CommitReport> {
    if (suggestion.commit_results === null) return toCommitReport(null, null);
    const operation = `read the commit report of ${suggestion.management_name ?? suggestion.management_id}`;
    const report = await securechange.find(anySchema, {
      path: `${fieldPath(ref)}/designer/commit_report/${encodeURIComponent(suggestion.management_id)}`,
      operation,
      signal,
    });
    const says = reportSubject(report);
    expectSameId({ system, operation, what: 'ticket' }, ref.ticketId, says.ticketId);
    expectSameName({ system, operation, what: 'device' }, suggestion.management_name, says.managementName);
    return toCommitReport(suggestion.commit_results, report);
  }

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
  async function displayNameOf(login: string, signal: AbortSignal | undefined): Promise<string | null> {
    try {
      const found = await securechange.find(usersSchema, {
        path: `${API}/users`,
        query: { user_name: login, exact_name: true },
        operation: `find user ${login}`,
        signal,
      });
      return found?.users?.user.rows.find((one) => sameLogin(one.name, login))?.display_name ?? null;
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

    async readContent(ticketId, signal) {
      const ticket = await readWireTicket(ticketId, signal);
      const operation = `read the history of ticket ${ticketId}`;
      const path = `${ticketPath(ticketId)}/history`;
      const history = await securechange.get(historySchema, { path, operation, signal });
      const newest = history.ticket_history_activities?.[0]?.date ?? null;
      const page = `/securechangeworkflow/pages/myRequest/myRequestsMain.seam?ticketId=${encodeURIComponent(ticketId)}`;
      return toContent(ticket, {
        link: options.webUrl === undefined ? null : `${options.webUrl.replace(/\/+$/, '')}${page}`,
        requesterName: ticket.requester === null ? null : await displayNameOf(ticket.requester, signal),
        lastChangeMs: newest === null ? null : parseInstant(newest),
      });
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

    async readDesign(ref, signal) {
      const field = await readField(ref, signal);
      const { designerStatus } = toRequestField(field);
      const hasResults = designerStatus !== 'not run' && designerStatus !== 'designer running';
      const suggestions = hasResults ? await readSuggestions(ref, signal) : [];
      const ids = suggestions.flatMap((one) => [one.management_id, one.ancestor_management_id ?? []].flat());
      const known = ids.length === 0 ? new Map() : await devices.read(ids, signal);
      const commits = new Map<string, CommitEvidence>();
      for (let at = 0; at < suggestions.length; at += REPORTS_AT_ONCE) {
        const some = suggestions.slice(at, at + REPORTS_AT_ONCE);
        const evidences = await Promise.all(some.map((one) => readEvidence(ref, one, signal)));
        evidences.forEach((report, index) =>
          commits.set(some[index]?.management_id ?? '', evidenceIn(report)),
        );
      }
      return toDesign({ field, suggestions, devices: known, commits });
    },

    async readCommitReport(ref, managementId, signal) {
      const suggestions = await readSuggestions(ref, signal);
      const suggestion = suggestions.find((one) => one.management_id === managementId);
      return suggestion === undefined ? toCommitReport(null, null) : readEvidence(ref, suggestion, signal);
    },

    async readVerifier(ref, signal) {
      const field = await readField(ref, signal);
      const requests = requestsOf(field).map((request) => ({
        id: toText(request['id']),
        order: toText(request['order']) ?? '?',
        status: toText(toObject(request['verifier_result'])?.['status']),
      }));
      const path = (requestId: string): string =>
        `${taskPath(ref)}/multi_access_request/${encodeURIComponent(requestId)}/verifier`;
      return readVerifierResults(securechange, requests, path, signal);
    },

    async readComments(ticketId, signal) {
      const { comments } = await readWireTicket(ticketId, signal);
      return comments.flatMap(({ content }) => content ?? []);
    },

    async readRevision(managementId, signal) {
      const found = await securetrack.find(revisionSchema, {
        path: `/securetrack/api/devices/${encodeURIComponent(managementId)}/latest_revision/`,
        operation: `read the newest revision of device ${managementId}`,
        signal,
      });
      return found?.revision?.revisionId ?? null;
    },

    async readRevisions(managementId, signal) {
      const { revision } = await securetrack.get(revisionListSchema, {
        path: `/securetrack/api/devices/${encodeURIComponent(managementId)}/revisions/`,
        operation: `read the revisions of device ${managementId}`,
        signal,
      });
      const rows = (revision ?? []).flatMap(({ revisionId, admin, date, time }) => {
        if (revisionId === null) return [];
        const administrator = admin === null || /^-*$/.test(admin) ? null : clip(admin, NAME_LENGTH);
        const printedAt = date === null ? null : clip(`${date} ${time ?? ''}`.trim(), NAME_LENGTH);
        return [{ number: revisionId, administrator, printedAt }];
      });
      return rows.sort((a, b) => b.number - a.number).slice(0, MOST_REVISIONS);
    },

    async windowCommits(managementId, sinceMs, signal) {
      return await changeWindows.commitsOf(managementId, sinceMs, signal);
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
