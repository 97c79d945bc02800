import type { FieldContent, Json, TicketContent } from '../domain/ticket-content.js';
import { toList, toObject, toText, toTruth } from './normalise.js';
import { accessRequestText, groupChangeText, targetNames, violationsOf } from './request-text.js';
import { fieldType, requestsOf } from './request-field.js';
import type { WireField, WireTicket } from './wire.js';

/** Fields and comments of a ticket, for messages. */
export function toContent(
  ticket: WireTicket,
  more: Pick<TicketContent, 'link' | 'requesterName' | 'lastChangeMs'> & {
    /** As the history names them: a server need not list a skipped step. */
    readonly skippedSteps: ReadonlySet<string>;
  },
): TicketContent {
  return {
    ...more,
    skippedSteps: [
      ...new Set([
        ...more.skippedSteps,
        ...ticket.steps.flatMap((step) => (step.skipped === true ? [step.name] : [])),
      ]),
    ],
    domain: ticket.domain_name,
    comments: ticket.comments.map(({ content, created, user }) => ({
      by: user,
      at: created,
      text: content ?? '',
    })),
    steps: ticket.steps.map((step) => ({
      name: step.name,
      tasks: step.tasks.map((task) => ({
        id: task.id,
        assignee: task.assignee,
        fields: task.fields.flatMap((field) => (field.name === null ? [] : [toField(field.name, field)])),
      })),
    })),
  };
}

function toField(name: string, field: WireField): FieldContent {
  const type = fieldType(field);
  const readOnly = toTruth(field['read_only']) === true ? ({ readOnly: true } as const) : {};
  const content = { name, type, ...readOnly, ...contentOf(type, field) };
  return type === 'multi_access_request' ? { ...content, requests: requestFacts(field) } : content;
}

function requestFacts(field: WireField): NonNullable<FieldContent['requests']> {
  const rows = requestsOf(field).map((request, at) => ({
    order: toText(request['order']) ?? `AR${at + 1}`,
    targets: targetNames(request),
    risk: toText(toObject(request['risk_analysis_result'])?.['status']),
    violations: violationsOf(request),
  }));
  return {
    targets: Object.fromEntries(rows.map(({ order, targets }) => [order, targets])),
    risks: rows.map(({ order, risk, violations }) => ({ request: order, status: risk, violations })),
  };
}

function contentOf(type: string, field: WireField): { readonly value: Json; readonly text: string } {
  switch (type) {
    case 'approve_reject': {
      const approved = toTruth(field['approved']);
      const reason = toText(field['reason']) ?? '';
      const status = approved === null ? '' : approved ? 'Approved' : 'Rejected';
      return { value: { status, reason }, text: `Status: ${status}; Reason: ${reason}` };
    }
    case 'checkbox': {
      const on = toTruth(field['value']) === true;
      return { value: on, text: on ? '[V]' : '[X]' };
    }
    case 'multiple_selection':
    case 'multi_text_field':
    case 'multi_text_area':
    case 'multi_hyperlink':
    case 'multi_network_object':
    case 'multi_target':
    case 'multi_service':
      return many(listIn(field));
    case 'multi_access_request':
      return many(requestsOf(field).map(accessRequestText), '\n');
    case 'multi_group_change':
      return many(requestsOf(field).map(groupChangeText), '\n');
    default:
      return one(plainValue(field));
  }
}

function one(value: string): { readonly value: Json; readonly text: string } {
  return { value, text: value };
}

function many(texts: readonly string[], between = ', '): { readonly value: Json; readonly text: string } {
  return { value: texts, text: texts.join(between) };
}

/** Members in which the simple field types keep their value. */
const VALUE_MEMBERS = ['text', 'selection', 'value', 'url', 'object_name', 'ip_address'] as const;

function plainValue(field: WireField): string {
  for (const name of VALUE_MEMBERS) {
    const inner = toObject(field[name]);
    const text = inner === undefined ? toText(field[name]) : toText(inner['value'] ?? inner['name']);
    if (text !== null) return text;
  }
  return '';
}

/** The entries of a field that holds several values: each a text, or an object with one of the members above. */
function listIn(field: WireField): string[] {
  const lists = [
    'selected_options',
    'text_field',
    'text_area',
    'hyperlink',
    'network_object',
    'target',
    'service',
  ];
  for (const name of lists) {
    const inner = toObject(field[name])?.['selected_option'] ?? field[name];
    const entries = toList(inner).map((entry) => {
      const object = toObject(entry);
      return object === undefined ? (toText(entry) ?? '') : plainValue({ ...object, id: null, name: null });
    });
    if (entries.length > 0) return entries;
  }
  return [];
}
