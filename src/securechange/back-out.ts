import { backOutId, backOutSubject } from '../domain/back-out.js';
import { tufinCode } from '../domain/codes.js';
import { CallFailure } from '../domain/failure.js';
import { toObject, toText, toWrappedList } from './normalise.js';
import { API } from './paths.js';
import { fieldType, requestDigest, requestsOf } from './request-field.js';
import type { RestConnection } from './rest-connection.js';
import type { ReverseRequest, SecureChange } from './secure-change.js';
import type { WireField, WireTicket } from './wire.js';

type Json = Readonly<Record<string, unknown>>;

/** Opens the reverse of a ticket's access requests as a new ticket of the same workflow. */
export function createBackOut({
  system,
  securechange,
  readWireTicket,
  whoAmI,
}: RestConnection): Pick<SecureChange, 'openReverse'> {
  return {
    async openReverse(request, signal) {
      const operation = `open the back-out of ticket ${request.ticketId}`;
      const ticket = await readWireTicket(request.ticketId, signal);
      const field = requestFieldOf(ticket, request.requestField);
      const reversed = field === null ? 'its request field cannot be read' : reverse(field, request);
      if (typeof reversed === 'string')
        throw new CallFailure({
          kind: 'rejected',
          system,
          operation,
          code: tufinCode(system, 'not_reversible'),
          message: reversed,
        });
      const { login } = await whoAmI(signal);
      const external = { request_id: backOutId(ticket.id), requester: login };
      const body = { ticket: { ...newTicket(ticket, request, reversed), external_data: external } };
      await securechange.write('createTicket', { path: `${API}/tickets`, body, operation, signal });
    },
  };
}

/** As the newest step that has it shows it. */
function requestFieldOf({ steps }: WireTicket, name: string): WireField | null {
  for (const { tasks } of steps.toReversed()) {
    const found = tasks.flatMap(({ fields }) => fields).find((field) => field.name === name);
    if (found !== undefined) return found;
  }
  return null;
}

/** Removes what was added; a text says why a person must do it. */
function reverse(
  field: WireField,
  { devices, all, requestDigest: expected }: ReverseRequest,
): readonly Json[] | string {
  const type = fieldType(field);
  if (type !== 'multi_access_request') return `a request of type ${type} is taken back by hand`;
  if (expected !== null && requestDigest(field) !== expected)
    return 'the request was changed after it was pushed';
  const reversed: Json[] = [];
  for (const request of requestsOf(field)) {
    const order = toText(request['order']) ?? '?';
    const action = toText(request['action'])?.trim().toLowerCase();
    if (action !== 'accept' && action !== 'drop')
      return `${order} does not add access (action ${action ?? 'unknown'}): what was there before is not in the ticket`;
    const targets = toWrappedList(request['targets'], 'target').map((target) => toObject(target) ?? {});
    const named = targets.map((target) => toText(target['management_id']) ?? null);
    if (!all && named.includes(null)) return `${order} does not say on which devices it was asked for`;
    const kept = all ? targets : targets.filter((_, at) => devices.includes(named[at] ?? ''));
    if (kept.length === 0 && !all) continue;
    reversed.push({ ...askedOf(request), action: 'Remove', targets: { target: kept.map(withoutIds) } });
  }
  return reversed.length === 0 ? 'no request of the ticket names these devices' : reversed;
}

/** What a person asks for; results and ids are of the old ticket. */
const ASKED = [
  'order',
  'use_topology',
  'users',
  'applications',
  'sources',
  'destinations',
  'services',
  'source_domain',
  'destination_domain',
];

function askedOf(request: Json): Json {
  const asked = ASKED.flatMap((name) =>
    name in request ? [[name, withoutIds(request[name])] as const] : [],
  );
  return Object.fromEntries(asked);
}

function withoutIds(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutIds);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => name !== 'id' && name !== '@href');
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutIds(member)]));
}

/** Fields of the first step that a person filled in and the workflow may require. */
const COPIED = ['text_area', 'text_field', 'drop_down_list', 'checkbox', 'date', 'time', 'manager'];

function newTicket(ticket: WireTicket, { requestField }: ReverseRequest, reversed: readonly Json[]): Json {
  const [first] = ticket.steps;
  const filled = first?.tasks[0]?.fields ?? [];
  const copied = filled
    .filter((field) => field.name !== requestField && COPIED.includes(fieldType(field)))
    .map(({ id: _, ...field }) => withoutIds(field));
  const asked = { '@xsi.type': 'multi_access_request', name: requestField, access_request: reversed };
  const fields = { field: [asked, ...copied] };
  return {
    subject: backOutSubject(ticket.id, ticket.subject ?? ''),
    priority: ticket.priority ?? 'Normal',
    domain_name: ticket.domain_name ?? '',
    workflow: { name: ticket.workflow.name },
    steps: { step: { name: first?.name ?? '', tasks: { task: { fields } } } },
  };
}
