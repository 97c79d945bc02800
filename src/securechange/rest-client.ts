import { tufinCode } from '../domain/codes.js';
import { CallFailure } from '../domain/failure.js';
import { sameLogin } from '../domain/login.js';
import type { CommitEvidence } from '../domain/provisioning.js';
import type { Http } from '../http/http.js';
import { createChangeWindows } from './change-windows.js';
import { createCaller, understood, type Caller } from './call.js';
import { reportSubject, toCommitEvidence } from './commit-evidence.js';
import { createDeviceTree } from './device-tree.js';
import { toWireFields, toWireId } from './field-values.js';
import { toObject, toText } from './normalise.js';
import {
  API,
  devicePath,
  fieldPath,
  MOST_TICKET_PAGES,
  nextPage,
  taskPath,
  ticketPath,
  TICKETS_PER_PAGE,
} from './paths.js';
import { requestsOf, toRequestField } from './request-field.js';
import type { OddRow } from './rows.js';
import { expectSameId, expectSameName } from './same-object.js';
import type { FieldRef, FieldValue, SecureChange, TaskRef, TicketPage } from './secure-change.js';
import { toDesign } from './to-design.js';
import { toFacts } from './to-facts.js';
import { readVerifierResults } from './verifier-results.js';
import {
  anySchema,
  designerSchema,
  fieldAnswerSchema,
  historySchema,
  revisionSchema,
  ticketListSchema,
  ticketSchema,
  usersSchema,
  workflowAnswerSchema,
  type WireField,
  type WireSuggestion,
  type WireTicket,
} from './wire.js';

export interface SecureChangeOptions {
  /** Base address: scheme and host of SecureChange; its `name` is the system in failures. */
  readonly http: Http;
  /** Base address: scheme and host of SecureTrack, usually the same. */
  readonly secureTrackHttp: Http;
  /** Login of the user we act as: the one the credential of `http` belongs to. */
  readonly login: string;
  readonly clock: { now(): number };
  /** How long SecureTrack's device list is kept. Default 60,000. */
  readonly deviceListMaxAgeMs?: number;
}

/** SecureChange limits what one client may ask at the same time; five is the one limit it documents. */
const REPORTS_AT_ONCE = 4;

/** SecureChange and SecureTrack over REST: JSON, one attempt a call, failures as `CallFailure` by the vendor's texts. */
export function createSecureChange(options: SecureChangeOptions): SecureChange {
  const system = options.http.name;
  const securechange = createCaller(options.http);
  const securetrack = createCaller(options.secureTrackHttp);
  const changeWindows = createChangeWindows(options.secureTrackHttp);
  const devices = createDeviceTree(securetrack, () => options.clock.now(), options.deviceListMaxAgeMs);
  let self: { readonly login: string; readonly id: string; readonly displayName: string | null } | null =
    null;

  async function readWireTicket(ticketId: string, signal: AbortSignal | undefined): Promise<WireTicket> {
    const operation = `read ticket ${ticketId}`;
    const path = ticketPath(ticketId);
    const { ticket } = await securechange.get(ticketSchema, { path, operation, signal });
    expectSameId({ system, operation, what: 'ticket' }, ticketId, ticket.id);
    return ticket;
  }

  async function readField(ref: FieldRef, signal: AbortSignal | undefined): Promise<WireField> {
    const operation = `read the request of ticket ${ref.ticketId}`;
    const { field } = await securechange.get(fieldAnswerSchema, { path: fieldPath(ref), operation, signal });
    expectSameId({ system, operation, what: 'field' }, ref.fieldId, field.id);
    return field;
  }

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
  ): Promise<CommitEvidence> {
    if (suggestion.commit_results === null) return toCommitEvidence(null, null);
    const operation = `read the commit report of ${suggestion.management_name ?? suggestion.management_id}`;
    const report = await securechange.find(anySchema, {
      path: `${fieldPath(ref)}/designer/commit_report/${encodeURIComponent(suggestion.management_id)}`,
      operation,
      signal,
    });
    const says = reportSubject(report);
    expectSameId({ system, operation, what: 'ticket' }, ref.ticketId, says.ticketId);
    expectSameName({ system, operation, what: 'device' }, suggestion.management_name, says.managementName);
    return toCommitEvidence(suggestion.commit_results, report);
  }

  async function writeToTask(
    ref: TaskRef,
    values: readonly FieldValue[],
    operation: string,
    signal: AbortSignal | undefined,
  ): Promise<readonly Readonly<Record<string, unknown>>[]> {
    if (values.length === 0) return [];
    const ticket = await readWireTicket(ref.ticketId, signal);
    const step = ticket.steps.findLast((one) => one.id === ref.stepId);
    const task = step?.tasks.find((one) => one.id === ref.taskId);
    if (task === undefined) {
      const message = 'the task is not in this ticket any more';
      throw new CallFailure({
        kind: 'rejected',
        system,
        operation,
        code: tufinCode(system, 'ticket_moved_on'),
        message,
      });
    }
    return toWireFields(task.fields, values, { system, operation });
  }

  async function whoAmI(signal: AbortSignal | undefined): Promise<NonNullable<typeof self>> {
    if (self !== null) return self;
    const operation = 'find our own user';
    const found = await securechange.find(usersSchema, {
      path: `${API}/users`,
      query: { user_name: options.login, exact_name: true },
      operation,
      signal,
    });
    const { rows, odd } = found?.users?.user ?? { rows: [], odd: [] };
    const user = rows.find((one) => sameLogin(one.name, options.login));
    if (user === undefined) {
      const unread = odd.length === 0 ? '' : ` (not readable: ${odd.map(({ row }) => row).join(', ')})`;
      const message = `no user is called ${options.login}${unread}; check the configured user`;
      throw new CallFailure({
        kind: 'rejected',
        system,
        operation,
        code: tufinCode(system, 'unknown_user'),
        message,
      });
    }
    self = { login: user.name, id: user.id, displayName: user.display_name };
    return self;
  }

  /** How the history names our own user: it prints display names on some servers, logins on others. */
  async function ownNames(signal: AbortSignal | undefined): Promise<readonly string[]> {
    try {
      const { login, displayName } = await whoAmI(signal);
      return displayName === null ? [options.login, login] : [options.login, login, displayName];
    } catch (error) {
      // A user who may not list users reads tickets all the same.
      if (error instanceof CallFailure && signal?.aborted !== true) return [options.login];
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
        evidences.forEach((evidence, index) => commits.set(some[index]?.management_id ?? '', evidence));
      }
      return toDesign({ field, suggestions, devices: known, commits });
    },

    async readCommitEvidence(ref, managementId, signal) {
      const suggestions = await readSuggestions(ref, signal);
      const suggestion = suggestions.find((one) => one.management_id === managementId);
      return suggestion === undefined ? toCommitEvidence(null, null) : readEvidence(ref, suggestion, signal);
    },

    async redesign(ref, signal) {
      const path = `${fieldPath(ref)}/designer/redesign`;
      const operation = `redesign ticket ${ref.ticketId}`;
      const outcome = await securechange.write('redesign', { path, operation, signal });
      return outcome === 'noOp' ? 'notNeeded' : 'started';
    },

    async update(ref, managementId, { force, signal }) {
      await push(securechange, system, 'update', {
        path: `${devicePath(ref, managementId)}/update`,
        query: { force: force ? true : undefined },
        operation: `update device ${managementId} for ticket ${ref.ticketId}`,
        signal,
      });
    },

    async commit(ref, managementId, signal) {
      await push(securechange, system, 'commit', {
        path: `${devicePath(ref, managementId)}/commit`,
        operation: `commit device ${managementId} for ticket ${ref.ticketId}`,
        signal,
      });
    },

    async completeTask(ref, values, signal) {
      const operation = `complete task ${ref.taskId} of ticket ${ref.ticketId}`;
      const field = await writeToTask(ref, values, operation, signal);
      const body = { task: { id: toWireId(ref.taskId), status: 'DONE', fields: { field } } };
      await securechange.write('completeTask', { path: taskPath(ref), body, operation, signal });
    },

    async writeFields(ref, values, signal) {
      if (values.length === 0) return;
      const operation = `write fields of ticket ${ref.ticketId}`;
      const body = { fields: { field: await writeToTask(ref, values, operation, signal) } };
      const path = `${taskPath(ref)}/fields`;
      await securechange.write('writeFields', { path, body, operation, signal });
    },

    async acceptTask(ref, signal) {
      const path = `${taskPath(ref)}/accept`;
      const operation = `accept task ${ref.taskId} of ticket ${ref.ticketId}`;
      await securechange.write('acceptTask', { path, operation, signal });
    },

    async reassignTask(ref, userId, comment, signal) {
      const path = `${taskPath(ref)}/reassign/${encodeURIComponent(userId)}`;
      const body = { reassign_task_comment: { comment } };
      const operation = `reassign task ${ref.taskId} of ticket ${ref.ticketId}`;
      await securechange.write('reassignTask', { path, body, operation, signal });
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

    async readRevision(managementId, signal) {
      const found = await securetrack.find(revisionSchema, {
        path: `/securetrack/api/devices/${encodeURIComponent(managementId)}/latest_revision/`,
        operation: `read the newest revision of device ${managementId}`,
        signal,
      });
      return found?.revision?.revisionId ?? null;
    },

    async windowCommits(managementId, sinceMs, signal) {
      return await changeWindows.commitsOf(managementId, sinceMs, signal);
    },

    async redo(ref, toStepId, comment, signal) {
      const path = `${taskPath(ref)}/redo/${encodeURIComponent(toStepId)}`;
      const body = { redo_step_comment: { comment } };
      const operation = `redo step ${toStepId} of ticket ${ref.ticketId}`;
      await securechange.write('redo', { path, body, operation, signal });
    },

    async rejectTicket(ticketId, comment, signal) {
      const { id } = await whoAmI(signal);
      const path = `${ticketPath(ticketId)}/reject`;
      const body = { reject_comment: { comment } };
      const operation = `reject ticket ${ticketId}`;
      const query = { handler_id: id };
      await securechange.write('rejectTicket', { path, query, body, operation, signal });
    },

    async readComments(ticketId, signal) {
      const { comments } = await readWireTicket(ticketId, signal);
      return comments.flatMap(({ content }) => content ?? []);
    },

    async addComment(ref, text, signal) {
      const path = `${taskPath(ref)}/comments`;
      const body = { comment: { content: text } };
      const operation = `comment on ticket ${ref.ticketId}`;
      await securechange.write('addComment', { path, body, operation, signal });
    },

    async whoAmI(signal) {
      const { login, id } = await whoAmI(signal);
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

interface Push {
  readonly path: string;
  readonly query?: Readonly<Record<string, boolean | undefined>>;
  readonly operation: string;
  readonly signal: AbortSignal | undefined;
}

/** Update and Commit: a refusal because there is nothing to do is no acceptance, for no evidence would ever follow. */
async function push(
  securechange: Caller,
  system: string,
  name: 'update' | 'commit',
  request: Push,
): Promise<void> {
  const outcome = await securechange.write(name, request);
  if (outcome === 'done') return;
  const { operation } = request;
  const message = 'there is nothing to push';
  throw new CallFailure({
    kind: 'rejected',
    system,
    operation,
    code: tufinCode(system, 'not_needed'),
    message,
  });
}
