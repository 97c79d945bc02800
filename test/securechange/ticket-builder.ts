import { toFacts } from '../../src/securechange/to-facts.js';
import { historySchema, ticketSchema } from '../../src/securechange/wire.js';

export interface StepOptions {
  readonly id: number;
  readonly name: string;
  readonly redone?: boolean;
  readonly skipped?: boolean;
  readonly tasks?: readonly Record<string, unknown>[];
}

/** A step with one task on which an Approve/Reject field was answered. */
export function approvalStep(
  id: number,
  options: { approved?: boolean; status?: string; name?: string } = {},
) {
  const { approved = true, status = 'DONE', name = 'Approval' } = options;
  const field = {
    '@xsi.type': 'approve_reject',
    id: id * 10,
    name: 'Approve Access Request',
    approved,
    reason: 'ok',
  };
  return {
    id,
    name,
    tasks: [{ id: id + 200, name: 'Default', assignee: 'a.kaya', status, fields: { field } }],
  };
}

export function plainStep(id: number, name: string, status = 'ASSIGNED'): StepOptions {
  return { id, name, tasks: [{ id: id + 200, name: 'Default', assignee: 'o.brandt', status, fields: '' }] };
}

/** A ticket on the wire; `current` is a step id, null when it is not in progress. */
export function wireTicket(
  steps: readonly StepOptions[],
  current: number | null,
  more: Record<string, unknown> = {},
): unknown {
  return {
    ticket: {
      id: 1201,
      subject: 'CRM frontend to billing API',
      requester: 'j.meier',
      priority: 'Normal',
      status: current === null ? 'Ticket Closed' : 'In Progress',
      create_date: '2025-11-22T10:00:00.000+01:00',
      workflow: { id: 612, name: 'Managed firewall change' },
      steps: { step: steps.map(({ tasks = [], ...step }) => ({ ...step, tasks: { task: tasks } })) },
      current_step: current === null ? '' : { id: current, name: 'whatever' },
      comments: '',
      ...more,
    },
  };
}

/** History lines, newest first: `[step, description, by?]`. */
export function wireHistory(lines: readonly (readonly [string, string, string?])[]): unknown {
  const activity = lines.map(([step_name, description, performed_by = 'System']) => ({
    date: '2025-11-22T10:00:00.000+01:00',
    performed_by,
    description,
    step_name,
    task_name: 'Default',
  }));
  return { ticket_history_activities: { ticket_id: 1201, ticket_history_activity: activity } };
}

export function factsOf(
  ticket: unknown,
  history: unknown = wireHistory([]),
  options: { requestField?: string | null; ownLogin?: string | null } = {},
) {
  const { requestField = 'Required Access', ownLogin = 'wf-api' } = options;
  const lines = historySchema.parse(history).ticket_history_activities ?? [];
  return toFacts(ticketSchema.parse(ticket).ticket, lines, { requestField, ownLogin });
}
