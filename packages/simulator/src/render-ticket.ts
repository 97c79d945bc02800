import { ticketDate } from './dates.js';
import { designerStatus } from './designer.js';
import { isRequestField, requestsOf } from './fields.js';
import { asText, isObject, type JsonObject } from './json.js';
import type { Field, HistoryEntry, LifecycleEvent, Step, Task, Ticket, TicketComment } from './model.js';
import { currentStep } from './records.js';
import { wireForms } from './switches.js';
import type { Site } from './site.js';

/** Root of SecureChange's REST API. */
export const API = '/securechangeworkflow/api/securechange';

/** What a renderer needs: the state, and scheme and host for links. */
export interface View {
  site: Site;
  base: string;
}

function link(namespace: string, href: string): JsonObject {
  return { '@xmlns.ns3': namespace, '@xsi.type': 'ns3:result_link', '@href': href };
}

/** A field with its results and links. */
export function renderField(view: View, ticket: Ticket, step: Step, task: Task, field: Field): JsonObject {
  const place = `${view.base}${API}/tickets/${String(ticket.id)}/steps/${String(step.id)}/tasks/${String(task.id)}`;
  const { designer_result: result, ...body } = structuredClone(field.body);
  const head: JsonObject = {
    '@xsi.type': field.type,
    id: field.id,
    name: field.name,
    read_only: field.readOnly,
  };
  const status = designerStatus(field);
  if (isRequestField(field) && isObject(result)) {
    const designed = status !== 'not run' && status !== 'designer running';
    const href = `${place}/fields/${String(field.id)}/designer`;
    head['designer_result'] = designed
      ? { ...result, result: link('access_request_designer', href) }
      : result;
  }
  for (const request of requestsOf({ ...field, body })) {
    const verifier = request['verifier_result'];
    if (!isObject(verifier) || verifier['status'] === 'not run') continue;
    const href = `${place}/multi_access_request/${asText(request['id']) ?? ''}/verifier`;
    request['verifier_result'] = { ...verifier, result: link('access_request_verifier', href) };
  }
  return { ...head, ...body };
}

/** A task with its fields. */
export function renderTask(view: View, ticket: Ticket, step: Step, task: Task): JsonObject {
  const assignee = task.assignee === null ? undefined : view.site.user(task.assignee);
  const rendered: JsonObject = { id: task.id };
  if (wireForms(view.site.switches).taskNames) rendered['name'] = task.name;
  if (assignee) Object.assign(rendered, { assignee_id: assignee.id, assignee: assignee.login });
  else if (task.assignee !== null) Object.assign(rendered, { assignee: task.assignee });
  rendered['status'] = task.status;
  if (task.pendingReason !== null) {
    rendered['pending_reason'] = task.pendingReason;
    rendered['pending_reason_description'] = task.pendingDescription;
  }
  rendered['fields'] = { field: task.fields.map((field) => renderField(view, ticket, step, task, field)) };
  return rendered;
}

/** A step with its tasks. */
export function renderStep(view: View, ticket: Ticket, step: Step): JsonObject {
  return {
    id: step.id,
    name: step.name,
    redone: step.redone,
    skipped: step.skipped,
    tasks: { task: step.tasks.map((task) => renderTask(view, ticket, step, task)) },
  };
}

function renderComment(view: View, comment: TicketComment): JsonObject {
  return {
    id: comment.id,
    type: comment.type,
    content: comment.content,
    created: ticketDate(comment.createdMs, view.site.switches.hostZoneOffsetMinutes),
    user: comment.user,
    user_id: comment.userId,
    task_name: comment.taskName,
    visible_to_requester: true,
    ...(comment.attachments.length > 0
      ? {
          attachment: comment.attachments.map(({ uid, name }) => ({
            uid,
            name,
            link: { '@href': `${view.base}${API}/attachments/${uid}` },
          })),
        }
      : {}),
  };
}

/** A whole ticket. */
export function renderTicket(view: View, ticket: Ticket): JsonObject {
  const { switches } = view.site;
  const offset = switches.hostZoneOffsetMinutes;
  const step = currentStep(ticket);
  const rendered: JsonObject = {
    id: ticket.id,
    subject: ticket.subject,
    requester: ticket.requester,
    requester_id: ticket.requesterId,
    priority: ticket.priority,
    status: ticket.status,
    domain_name: ticket.domainName,
    sla_status: 'NA',
    sla_outcome: 'NA',
  };
  if (ticket.expired) rendered['expiration_status'] = 'EXPIRED';
  if (wireForms(switches).ticketDates) {
    rendered['create_date'] = ticketDate(ticket.createMs, offset);
    rendered['update_date'] = ticketDate(ticket.updateMs, offset);
    if (ticket.closeMs !== null) rendered['close_date'] = ticketDate(ticket.closeMs, offset);
  }
  rendered['workflow'] = {
    id: ticket.workflowId,
    name: ticket.workflowName,
    uses_topology: ticket.usesTopology,
  };
  rendered['steps'] = { step: ticket.steps.map((one) => renderStep(view, ticket, one)) };
  if (step) rendered['current_step'] = { id: step.id, name: step.name };
  else if (switches.closedStep !== 'absent') {
    rendered['current_step'] = switches.closedStep === 'text' ? '' : {};
  }
  rendered['comments'] = { comment: ticket.comments.map((comment) => renderComment(view, comment)) };
  if (ticket.externalData) rendered['external_data'] = ticket.externalData;
  return rendered;
}

/** A row of the search calls. */
export function renderSearchRow(ticket: Ticket): JsonObject {
  const step = currentStep(ticket);
  return {
    id: ticket.id,
    subject: ticket.subject,
    requesterName: ticket.requester,
    workflowName: ticket.workflowName,
    assignedToName: step?.tasks[0]?.assignee ?? '',
    domainName: ticket.domainName,
    priority: ticket.priority,
    status: ticket.status,
    current_step: step?.name ?? '',
    sla_status: 'NA',
    ...(step
      ? {
          current_stage: {
            id: step.id,
            tasks: {
              task: step.tasks.map((task) => ({
                id: task.id,
                name: task.name,
                participants: task.participant,
                status: { status: task.status },
              })),
            },
          },
        }
      : {}),
  };
}

/** A line of the ticket's history. */
export function renderHistory(site: Site, entry: HistoryEntry): JsonObject {
  const update: JsonObject = entry.update
    ? {
        '@xsi.type': 'designerUpdateDeviceHistoryDTO',
        vendor_name: entry.update.vendor,
        device_name: entry.update.device,
        push_command_results: {
          push_command_result: entry.update.commands.map(({ status, order, command, failureReason }) => ({
            status,
            order,
            command,
            ...(failureReason === null ? {} : { failure_reason: failureReason }),
          })),
        },
      }
    : {};
  return {
    ...update,
    date: ticketDate(entry.atMs, site.switches.hostZoneOffsetMinutes),
    performed_by: entry.performedBy,
    description: entry.description,
    step_name: entry.stepName,
    task_name: entry.taskName,
  };
}

/** An entry of the lifecycle feed. */
export function renderLifecycle(site: Site, event: LifecycleEvent): JsonObject {
  const assignee = event.task?.assignee ?? null;
  return {
    type: event.type,
    timestamp: ticketDate(event.atMs, site.switches.hostZoneOffsetMinutes),
    ticket_id: event.ticketId,
    domain_id: 1,
    workflow_name: event.workflowName,
    parent_workflow_id: event.workflowId,
    workflow_type: event.workflowType,
    ...(event.step ? { step_id: event.step.id, step_name: event.step.name } : {}),
    ...(event.task ? { task_id: event.task.id, task_name: event.task.name } : {}),
    sla_status: 'NA',
    ...(event.type === 'TASK_ASSIGNED' && assignee !== null
      ? {
          assignment_type: 'AUTO_ASSIGN',
          task_assigned_data: { assignee_id: site.user(assignee)?.id ?? 0, assignee_name: assignee },
        }
      : {}),
    ...(event.reason === null
      ? {}
      : { error_automation_tool: { error_tool: 'DESIGNER', error_reason: [event.reason] } }),
  };
}
