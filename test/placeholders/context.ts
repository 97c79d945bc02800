import type { IntegrationPoint } from '../../src/domain/process.js';
import type { RequestField, TicketFacts } from '../../src/domain/ticket.js';
import type { TicketContent } from '../../src/domain/ticket-content.js';
import type { MessageContext } from '../../src/integrations/itsm.js';
import { targetOf } from '../support/ticket-view.js';

export const request: RequestField & { taskId: string } = {
  id: '7',
  name: 'Required Access',
  type: 'multi_access_request',
  designerStatus: 'designer success',
  cannotComputeReason: null,
  requestDigest: 'r',
  riskDigest: 'k',
  risks: [{ order: 'AR1', status: 'hasRisk', severity: 'medium' }],
  verifier: 'notRun',
  taskId: '11',
};

export const facts: TicketFacts = {
  id: '214',
  subject: 'Web "shop" to DB',
  requester: 'j.meier',
  workflow: 'Firewall change',
  status: 'inProgress',
  priority: 'Normal',
  createdAtMs: Date.parse('2026-11-22T06:30:00Z'),
  expired: false,
  step: {
    id: '31',
    name: 'Approval',
    tasks: [
      {
        id: '11',
        name: 'Default',
        status: 'ASSIGNED',
        assignee: 'a.kaya',
        assigneeId: '5',
        pendingReason: null,
      },
    ],
    request,
    fieldNames: ['Required Access'],
  },
  path: ['Approval'],
  previousStepName: 'Design and Risk',
  epoch: 1,
  shownEvents: [],
  approvals: [],
  autoClosed: false,
  automationFailure: null,
  latestComment: 'not today',
  provisionedBy: null,
};

const textField = (name: string, text: string) => ({ name, type: 'text_field', value: text, text });

export const content: TicketContent = {
  link: 'https://tos.example/securechangeworkflow/pages/myRequest/myRequestsMain.seam?ticketId=214',
  domain: 'Default',
  requesterName: 'Jana Meier',
  comments: [{ by: 'a.kaya', at: '2026-11-22T07:00:00.000+01:00', text: 'not today' }],
  steps: [
    {
      name: 'Open Request',
      tasks: [
        {
          assignee: 'j.meier',
          fields: [
            textField('Business justification', 'Release 14'),
            textField('Cost centre', '4711'),
            { name: 'Zone', type: 'drop_down_list', value: 'DMZ', text: 'DMZ' },
          ],
        },
      ],
    },
    {
      name: 'Approval',
      tasks: [
        {
          assignee: 'a.kaya',
          fields: [
            {
              name: 'Required Access',
              type: 'multi_access_request',
              value: ['AR1: Accept from Any to 10.0.0.1/32, service TCP 443, targets DG-B'],
              text: 'AR1: Accept from Any to 10.0.0.1/32, service TCP 443, targets DG-B',
              requests: {
                targets: { AR1: ['DG-B'] },
                risks: [{ request: 'AR1', status: 'has risk', violations: [] }],
              },
            },
            { name: 'Urgent', type: 'checkbox', value: true, text: '[V]' },
            textField('Reviewer', 'x.one'),
          ],
        },
        { assignee: null, fields: [textField('Reviewer', 'y.two')] },
      ],
    },
    {
      name: 'Implementation',
      tasks: [{ assignee: null, fields: [textField('Cost centre', '0815')] }],
    },
  ],
  lastChangeMs: Date.parse('2026-11-23T20:00:00Z'),
  skippedSteps: ['Business approval'],
};

export const target = targetOf({ instructionDigest: 'i' });

export function context(changes: Partial<MessageContext> = {}): MessageContext {
  return {
    facts,
    design: null,
    content,
    targets: [target],
    itsm: null,
    event: 'ADVANCE',
    stepName: 'Approval',
    windowText: null,
    window: null,
    workflowId: 'ticket/214',
    runId: 'run-1',
    key: '214/1/Approval/itsmSync/create-change%2F1',
    nowMs: Date.parse('2026-11-23T21:00:00Z'),
    outcome: null,
    ...changes,
  };
}

export function point(changes: Partial<IntegrationPoint> = {}): IntegrationPoint {
  return {
    name: 'create-change',
    enabled: true,
    when: { kind: 'inbound', step: 'Approval' },
    server: 'servicenow',
    action: 'create',
    blocking: false,
    body: { short_description: 'SecureChange #ticket_id#' },
    ...changes,
  };
}
