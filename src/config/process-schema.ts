/** What may stand in `config/processes/*.yaml`. Final: later releases implement more of it, they do not change it. */
import { z } from 'zod';
import { ITSM_ACTS } from '../domain/itsm-commands.js';
import { WORKFLOW_TYPES, type WorkflowTypeName } from '../domain/workflow-types.js';
import { PHASES } from '../domain/phase.js';
import { duration } from './duration.js';
import { integrationPoint, LATER, severity } from './point-schema.js';
import { instant, name, partialFailure, slug, zone } from './schema-parts.js';

/** Whose work is clear from the phase alone; design, update and commit must say who does them. */
const plainPhase = z.enum(['riskCheck', 'approval', 'changeWindow', 'verify', 'advance', 'itsmSync']);

const phase = z.union([
  plainPhase,
  z.strictObject({
    phase: z.enum(PHASES).describe('What is done in the step.'),
    by: z
      .enum(['orchestrator', 'securechange', 'person'])
      .describe(
        'orchestrator: we call the API. securechange: an automatic step that we watch. person: a person does it, and we record who.',
      ),
  }),
]);

const risk = z.strictObject({
  requests: z
    .enum(['all', 'any'])
    .default('all')
    .describe('all: the worst access request of the ticket decides. any: the best one does.'),
  approvalFrom: z
    .enum([...severity.options, 'always', 'never'])
    .describe('From this severity on a person must approve; always: also without a risk.'),
  blockFrom: z.enum([...severity.options, 'never']).describe('From this severity on nothing is pushed.'),
  external: z
    .strictObject({ field: name.describe('Field with the result of the external analysis.') })
    .optional()
    .describe(`An external risk analysis that counts too. ${LATER}`),
});

const howApproved = {
  onReject: z
    .enum(['park', 'rejectTicket', 'redo'])
    .default('park')
    .describe(
      'What follows a rejection: ask a person, reject the ticket, or send it back to the step redoTo.',
    ),
  redoTo: name.optional().describe('With onReject: redo, the earlier step that the ticket is sent back to.'),
  requesterMayApprove: z.boolean().default(false).describe("Whether the requester's own approval counts."),
  roles: z
    .array(slug)
    .default([])
    .describe(
      'Roles under approvers in people.yaml; an approver must have one of them. Empty: every handler of the task.',
    ),
};

const approval = z.strictObject({
  step: name.describe('Step in which the ticket is approved.'),
  field: name.describe('Name of its approve/reject field.'),
  ...howApproved,
  itsm: z
    .strictObject({
      server: slug.describe('Name of the server in servers.yaml.'),
      field: z.string().describe('Field of the change that holds its approval.'),
      approvedValues: z.array(z.string()).describe('Values of the field that mean approved.'),
    })
    .optional()
    .describe(`Approval of the ITSM change, as a further condition. ${LATER}`),
});

const oneApproval = z.strictObject({
  name: slug.describe('Name of the approval, shown with the ticket: business.'),
  step: name.describe('Step in which it is given; of an approval in the ITSM, the step that waits for it.'),
  by: z
    .enum(['person', 'itsm'])
    .default('person')
    .describe(
      'person: in the approve/reject field of the step. itsm: a person approves in the ITSM, which reports it under /v1/itsm.',
    ),
  field: name.optional().describe('Name of the approve/reject field. Only and always with by: person.'),
  poll: z
    .strictObject({
      server: slug.describe('Name of the server in servers.yaml whose change of the ticket is read.'),
      field: name.describe('Field of the change with its approval: approval.'),
      approved: z.array(z.string().min(1)).min(1).describe('Values of the field that mean approved.'),
      rejected: z.array(z.string().min(1)).default([]).describe('Values that mean rejected.'),
      approverField: name.describe('Field with the login of the person who decided.'),
      questionField: name.describe(
        'Field into which the message of ITSM_APPROVAL writes #itsm_question#: an answer counts only for it.',
      ),
      every: duration('5s', '1h').prefault('1m').describe('How often the change is read.'),
    })
    .optional()
    .describe('With by: itsm, for an ITSM that cannot call: its change is read until it shows the answer.'),
  covers: z
    .enum(['request', 'risk', 'requestAndDesign'])
    .describe(
      'What it is given for; when that changes, it is void. request: the request. risk: request and risk. requestAndDesign: request, risk and design.',
    ),
  needed: z
    .enum(['always', 'byRisk'])
    .default('always')
    .describe('always, or only where the section risk asks for an approval.'),
  ...howApproved,
});

const window = z.strictObject({
  calendar: slug.describe('Name of the calendar in calendars.yaml.'),
  perTarget: z
    .record(name, slug)
    .default({})
    .describe(
      'Other calendars for some targets, by name or management id of the device, else of its manager.',
    ),
  minimumRemaining: duration('0s', '7d')
    .prefault('10m')
    .describe('How much of a window must be left for a push to begin.'),
  horizonDays: z
    .number()
    .int()
    .min(1)
    .max(366)
    .default(60)
    .describe('How many days ahead an opening is looked for; without one the ticket asks a person.'),
  override: z
    .strictObject({
      roles: z
        .array(z.enum(['operator', 'approver']))
        .min(1)
        .describe(
          'Roles whose people may ask for it. A freeze is overridden only where it names such a role.',
        ),
    })
    .optional()
    .describe(
      'Who may ask to push named devices of a ticket outside the window, once. Another person always confirms it. Without it: no person.',
    ),
  whenWindowCloses: z
    .enum(['finish', 'stopBeforeNextTarget'])
    .default('stopBeforeNextTarget')
    .describe(
      'finish: a push that began in time makes its other calls while the window is open, and so do the pushes of the other targets of a ticket on that manager that need no Update first. stopBeforeNextTarget: each call needs minimumRemaining again.',
    ),
  openingJitter: duration('0s', '2h')
    .prefault('0s')
    .describe(
      'Each manager begins up to this much later than the window opens, always by the same amount, so that many do not begin at once.',
    ),
  itsmPlannedDates: z
    .strictObject({
      server: slug
        .optional()
        .describe(
          'Name of the server in servers.yaml whose record has the dates; left out, they are fields of the ticket.',
        ),
      start: name.describe('Field with the planned start: start_date.'),
      end: name.describe('Field with the planned end: end_date.'),
      zone: zone.default('UTC').describe('IANA time zone of dates without an offset.'),
      blank: z
        .enum(['refuse', 'ignore'])
        .default('refuse')
        .describe('refuse: a blank date parks the ticket. ignore: it does not limit.'),
    })
    .optional()
    .describe('Planned start and end of the ITSM change: nothing goes live outside them.'),
});

const emergency = z.strictObject({
  approval: z
    .strictObject({
      server: slug.describe('Name of the server in servers.yaml that has the change of the ticket.'),
      field: name.describe('Field of the change that holds its approval: approval.'),
      approvedValues: z
        .array(z.string().min(1))
        .min(1)
        .describe('Values of the field that mean approved, in any letter case.'),
      rejectedValues: z
        .array(z.string().min(1))
        .default([])
        .describe('Values that mean rejected: a person is asked at once.'),
    })
    .describe('The approval of the ITSM that is given afterwards.'),
  dueIn: duration('1s', '90d').describe(
    'How long after the second person confirmed it is due; then the ticket asks a person.',
  ),
});

export const processSchema = z.strictObject({
  name: slug.describe('Name of the process, shown with its tickets.'),
  description: z.string().optional().describe('For people.'),
  kind: z
    .enum(['normal', 'emergency'])
    .default('normal')
    .describe(
      'emergency: two persons let each ticket go ahead, before the queue of its manager; the ITSM approves afterwards.',
    ),
  emergency: emergency
    .optional()
    .describe('Only and always with kind: emergency. What is owed after two persons let a ticket go ahead.'),
  workflow: name.describe('Name of the SecureChange workflow, exactly as it stands there.'),
  workflowType: z
    .enum(Object.keys(WORKFLOW_TYPES) as [WorkflowTypeName, ...WorkflowTypeName[]])
    .describe('Type of that workflow: it decides which results its tickets have.'),
  mode: z
    .enum(['observe', 'propose', 'drive'])
    .default('observe')
    .describe(
      'observe: follow and record, change nothing. propose: also say what would be done. drive: do it.',
    ),
  driveSince: instant
    .optional()
    .describe(
      'Tickets created earlier are only observed until an operator adopts them. Needed for propose and drive.',
    ),
  requestField: name.describe('Name of the field with the access request (or group change).'),
  taskAccess: z
    .enum(['accept', 'reassign', 'waitForHandler'])
    .default('waitForHandler')
    .describe(
      'How a task becomes ours to write to. accept: a free one is accepted. reassign: also one that a person holds is taken, and given back when our work on it has ended. waitForHandler: a person assigns it to our user.',
    ),
  commitBy: z
    .enum(['orchestrator', 'securetrack'])
    .default('orchestrator')
    .describe(
      "Who commits: we, or SecureTrack's own change windows, whose runs we then only watch. That needs `saveUpdates: { ahead: … }` and calendars with `secureTrackWindow`.",
    ),
  commentPushes: z
    .boolean()
    .default(true)
    .describe(
      'Comment in the ticket which push made the change of each device live, and with which tickets.',
    ),
  risk: risk.optional().describe('Which risk needs an approval, and which stops the ticket.'),
  approval: approval
    .optional()
    .describe(
      'Where the ticket is approved, when the risk asks for it: one approval of request, risk and design.',
    ),
  approvals: z
    .array(oneApproval)
    .min(1)
    .max(20)
    .optional()
    .describe('Any number of approvals, instead of approval. The gate asks for all of them.'),
  window: window.optional().describe('When changes may go live.'),
  saveUpdates: z
    .union([
      z.enum(['inWindow', 'early']),
      z.strictObject({
        ahead: duration('1m', '7d').describe('How long before the window the Update may be saved.'),
      }),
    ])
    .default('inWindow')
    .describe(
      'When the Update of a managed device is saved: in its window, that long before it, or at once. What is saved goes live with the next Commit or push of any administrator, so `early` counts only on managers that are `exclusive` in managers.yaml.',
    ),
  gate: z
    .strictObject({
      itsmChange: z
        .strictObject({
          server: slug.describe('Name of the server in servers.yaml.'),
          fields: z
            .record(z.string().min(1), z.array(z.string()).min(1))
            .refine((fields) => Object.keys(fields).length > 0, { error: 'needs at least one field' })
            .describe(
              'Fields of the change, each with the stored values that let a push go ahead: state, on_hold, approval.',
            ),
          every: duration('10s', '1h')
            .prefault('30s')
            .describe('How often the change is read while it forbids the push.'),
        })
        .describe('What the ITSM change must show; read before each call.'),
    })
    .optional()
    .describe('Further conditions of every push.'),
  partialFailure: partialFailure
    .optional()
    .describe(
      'What the failure of one commit target means for the others of the ticket on the same manager. managers.yaml may be stricter. Without it: continue.',
    ),
  ridingAlong: z
    .enum(['allow', 'warn', 'block'])
    .optional()
    .describe(`Changes of others that a Commit would make live with ours. ${LATER}`),
  conflicts: z
    .strictObject({
      policy: z
        .enum(['ignore', 'warn', 'wait'])
        .describe(
          'ignore: nothing. warn: the ticket names the others and goes on. wait: those before it on the manager go first.',
        ),
      on: z
        .enum(['device', 'rule'])
        .default('rule')
        .describe(
          'rule: tickets that change the same rule, object or group. device: every ticket in the scope of the device.',
        ),
    })
    .optional()
    .describe('Other tickets on the same device or rule, before an Update. Without it: ignore.'),
  steps: z
    .record(
      name,
      z.strictObject({
        phases: z.array(phase).default([]).describe('What is done in this step, in this order.'),
      }),
    )
    .describe('Steps of the SecureChange workflow by name, in its order.'),
  itsmMay: z
    .array(z.enum(ITSM_ACTS))
    .default([])
    .describe(
      'What callers with the role itsm may do with its tickets, besides the approvals with by: itsm. create: open tickets of this workflow. Nothing is done for tickets that are not driven.',
    ),
  integrationPoints: z.array(integrationPoint).default([]).describe('Messages to the ITSM.'),
});

export type ProcessFile = z.output<typeof processSchema>;
