/** What may stand in `config/processes/*.yaml`. Final: later releases implement more of it, they do not change it. */
import { z } from 'zod';
import { PHASES } from '../domain/phase.js';
import { CALL_METHODS } from '../domain/process.js';
import { duration } from './duration.js';
import { event, instant, name, relativePath, role, slug, zone } from './schema-parts.js';

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

const severity = z.enum(['low', 'medium', 'high', 'critical']);

const moment = z.union([
  z.strictObject({ inbound: name.describe('When the ticket enters this step.') }),
  z.strictObject({ outbound: name.describe('When the ticket leaves this step.') }),
  z.strictObject({
    event: event.describe('When this happens to the ticket.'),
    step: name.optional().describe('Only in this step; in every step when it is left out.'),
  }),
]);

const action = z.enum([
  'advance',
  'advanceIfFullyImplemented',
  'approveReject',
  'cancelTicket',
  'skipIfPreviousStepSkipped',
  'skipIfCheckboxChecked',
  'sendMail',
]);

const one = z.union([
  z
    .string()
    .min(1)
    .transform((text) => [text]),
  z.array(z.string().min(1)).min(1),
]);
const not = z.boolean().default(false).describe('Turns the condition around.');
const condition = z.union([
  z.strictObject({
    field: name.describe('Field of the ticket by its name.'),
    is: one.describe('Values; one is enough.'),
    not,
  }),
  z.strictObject({
    risk: severity.describe('From this severity on; an unknown risk counts as critical.'),
    not,
  }),
  z.strictObject({ device: one.describe('Devices or managers; one of them in the ticket is enough.'), not }),
  z.strictObject({ step: one.describe('Steps of the workflow.'), not }),
  z.strictObject({ event: one.describe('Events, as under on.'), not }),
  z.strictObject({ priority: one.describe('Priorities of the ticket.'), not }),
]);
export type ConditionFile = z.output<typeof condition>;

const LATER = 'Not available in this release.';

const callPath = z
  .string()
  .max(1_000)
  .refine((text) => text.startsWith('/') && !/[\s\\]/.test(text.replace(/#[^#]*#/g, '')), {
    error: 'must be a path that starts with / and has no blanks, such as /api/risk/#ticket_id#',
  });

const integrationPoint = z.strictObject({
  name: slug.describe('Name of the point, shown with its messages.'),
  // Required: a point must not send only because it is in the file.
  enabled: z.boolean().describe('Whether it sends anything.'),
  on: moment.describe('When it sends.'),
  server: slug.describe('Name of the receiver in servers.yaml.'),
  action: z
    .enum(['create', 'update', 'close', 'call'])
    .describe(
      'create makes one change per ticket, update and close address that change; call makes a request of its own, to path.',
    ),
  blocking: z
    .boolean()
    .default(false)
    .describe('The phases of the step wait until the receiver has accepted the message.'),
  body: z
    .union([relativePath, z.record(z.string(), z.unknown())])
    .optional()
    .describe(
      'JSON with #placeholders#: inline, or the path of a file below the configuration folder. Calls with GET and DELETE have none.',
    ),
  unresolved: z
    .enum(['refuse', 'literal'])
    .default('refuse')
    .describe(
      'A placeholder without a value: refuse sends nothing and asks a person, literal sends #name# as it stands.',
    ),
  runs: z
    .enum(['driven', 'always'])
    .default('driven')
    .describe(
      'driven: only for tickets that are driven. always: also for tickets that are only observed and were created after driveSince.',
    ),
  if: z
    .union([
      z.strictObject({ all: z.array(condition).min(1).describe('All of them must hold.') }),
      z.strictObject({ any: z.array(condition).min(1).describe('One of them must hold.') }),
    ])
    .optional()
    .describe('Conditions: without them it sends each time. They are judged when the message would be made.'),
  method: z.enum(CALL_METHODS).optional().describe('Of action call: HTTP method; POST when left out.'),
  path: z
    .union([callPath, z.array(callPath).min(1).max(20)])
    .optional()
    .describe(
      'Of action call: path below the address of the server, with #placeholders#; a list sends the same body to each, in this order.',
    ),
  repeatable: z
    .boolean()
    .optional()
    .describe(
      'Of action call: the receiver does it once, also when it gets it twice, for example because it knows the header Idempotency-Key. Without it a POST or PATCH with an unknown outcome waits for a person.',
    ),
  before: z.array(action).optional().describe(`What is done in SecureChange before it is sent. ${LATER}`),
  after: z.array(action).optional().describe(`What is done in SecureChange after it was sent. ${LATER}`),
  response: z
    .record(z.string(), z.unknown())
    .optional()
    .describe(`What of the answer is written to the ticket. ${LATER}`),
  accept: z
    .array(z.number().int().min(200).max(599))
    .min(1)
    .optional()
    .describe('Of action call: statuses that count as accepted; 200, 201 and 204 when left out.'),
  notifyOnFailure: z.array(z.string()).optional().describe(`Who gets a mail when it fails. ${LATER}`),
});

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

const approval = z.strictObject({
  step: name.describe('Step in which the ticket is approved.'),
  field: name.describe('Name of its approve/reject field.'),
  onReject: z
    .enum(['park', 'rejectTicket', 'redo'])
    .default('park')
    .describe('What follows a rejection: ask a person, reject the ticket, or send it back.'),
  requesterMayApprove: z.boolean().default(false).describe("Whether the requester's own approval counts."),
  itsm: z
    .strictObject({
      server: slug.describe('Name of the server in servers.yaml.'),
      field: z.string().describe('Field of the change that holds its approval.'),
      approvedValues: z.array(z.string()).describe('Values of the field that mean approved.'),
    })
    .optional()
    .describe(`Approval of the ITSM change, as a further condition. ${LATER}`),
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
      roles: z.array(role).describe('Roles that may push outside the window.'),
      secondPerson: z.boolean().describe('Whether a second person must agree.'),
    })
    .optional()
    .describe(`Who may push outside the window. ${LATER}`),
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

export const processSchema = z.strictObject({
  name: slug.describe('Name of the process, shown with its tickets.'),
  description: z.string().optional().describe('For people.'),
  workflow: name.describe('Name of the SecureChange workflow, exactly as it stands there.'),
  workflowType: z
    .enum([
      'ACCESS_REQUEST',
      'ACCESS_REQUEST_AND_MODIFY_GROUP',
      'MODIFY_GROUP',
      'DECOMMISSION_NETWORK_OBJECT',
      'RULE_DECOMMISSION',
      'RULE_RECERTIFICATION',
      'RULE_MODIFICATION',
      'CLONE_NETWORK_OBJECT_POLICY',
      'GENERIC',
    ])
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
      'How a task becomes ours to write to: accept it, reassign it, or wait until a person assigns it to our user.',
    ),
  commitBy: z
    .enum(['orchestrator', 'securetrack'])
    .default('orchestrator')
    .describe('Who commits: we, or the change windows of SecureTrack.'),
  commentPushes: z
    .boolean()
    .default(true)
    .describe(
      'Comment in the ticket which push made the change of each device live, and with which tickets.',
    ),
  risk: risk.optional().describe('Which risk needs an approval, and which stops the ticket.'),
  approval: approval.optional().describe('Where the ticket is approved.'),
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
          states: z.array(z.string()).describe('States of the change in which a push is allowed.'),
        })
        .describe('State of the ITSM change.'),
    })
    .optional()
    .describe(`Further conditions of every push. ${LATER}`),
  partialFailure: z
    .strictObject({
      policy: z.enum(['ask', 'repeatFailed', 'continue', 'stop']).describe('What follows.'),
      maxFailed: z.number().int().optional().describe('How many devices may fail.'),
    })
    .optional()
    .describe(`What follows when some devices took a push and others did not. ${LATER}`),
  ridingAlong: z
    .enum(['allow', 'warn', 'block'])
    .optional()
    .describe(`Changes of others that a Commit would make live with ours. ${LATER}`),
  conflicts: z
    .strictObject({ policy: z.enum(['ignore', 'warn', 'block']).describe('What follows.') })
    .optional()
    .describe(`Tickets that change the same objects. ${LATER}`),
  steps: z
    .record(
      name,
      z.strictObject({
        phases: z.array(phase).default([]).describe('What is done in this step, in this order.'),
      }),
    )
    .describe('Steps of the SecureChange workflow by name, in its order.'),
  integrationPoints: z.array(integrationPoint).default([]).describe('Messages to the ITSM.'),
});

export type ProcessFile = z.output<typeof processSchema>;
export type PointFile = ProcessFile['integrationPoints'][number];
