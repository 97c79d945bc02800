/** What may stand in `config/processes/*.yaml`. Final: later releases implement more of it, they do not change it. */
import { z } from 'zod';
import { PHASES } from '../domain/phase.js';
import { duration } from './duration.js';
import { event, instant, name, relativePath, role, slug } from './schema-parts.js';

/** Whose work is clear from the phase alone; design, update and commit must say who does them. */
const plainPhase = z.enum(['riskCheck', 'approval', 'changeWindow', 'verify', 'advance', 'itsmSync']);

const phase = z.union([
  plainPhase,
  z.strictObject({
    phase: z.enum(PHASES),
    by: z.enum(['orchestrator', 'securechange', 'person']),
  }),
]);

const severity = z.enum(['low', 'medium', 'high', 'critical']);

const moment = z.union([
  z.strictObject({ inbound: name }),
  z.strictObject({ outbound: name }),
  z.strictObject({ event, step: name.optional() }),
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

const integrationPoint = z.strictObject({
  name: slug,
  /** Written out at each point: a point that is merely in the file must not surprise anybody. */
  enabled: z.boolean(),
  on: moment,
  server: slug,
  action: z.enum(['create', 'update', 'close']),
  blocking: z.boolean().default(false),
  /** Inline template, or the path of a JSON file below the configuration folder. */
  body: z.union([relativePath, z.record(z.string(), z.unknown())]),
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).optional(),
  path: z.string().optional(),
  before: z.array(action).optional(),
  after: z.array(action).optional(),
  response: z.record(z.string(), z.unknown()).optional(),
  accept: z.array(z.number().int().min(100).max(599)).optional(),
  notifyOnFailure: z.array(z.string()).optional(),
});

export const processSchema = z.strictObject({
  name: slug,
  description: z.string().optional(),
  /** Name of the SecureChange workflow. */
  workflow: name,
  workflowType: z.enum([
    'ACCESS_REQUEST',
    'ACCESS_REQUEST_AND_MODIFY_GROUP',
    'MODIFY_GROUP',
    'DECOMMISSION_NETWORK_OBJECT',
    'RULE_DECOMMISSION',
    'RULE_RECERTIFICATION',
    'RULE_MODIFICATION',
    'CLONE_NETWORK_OBJECT_POLICY',
    'GENERIC',
  ]),
  mode: z.enum(['observe', 'propose', 'drive']).default('observe'),
  /** Tickets created earlier are only observed. Needed for propose and drive. */
  driveSince: instant.optional(),
  requestField: name,
  taskAccess: z.enum(['accept', 'reassign', 'waitForHandler']).default('waitForHandler'),
  commitBy: z.enum(['orchestrator', 'securetrack']).default('orchestrator'),
  risk: z
    .strictObject({
      requests: z.enum(['all', 'any']).default('all'),
      approvalFrom: z.enum([...severity.options, 'always', 'never']),
      blockFrom: z.enum([...severity.options, 'never']),
      external: z.strictObject({ field: name }).optional(),
    })
    .optional(),
  approval: z
    .strictObject({
      step: name,
      field: name,
      onReject: z.enum(['park', 'rejectTicket', 'redo']).default('park'),
      requesterMayApprove: z.boolean().default(false),
      itsm: z
        .strictObject({ server: slug, field: z.string(), approvedValues: z.array(z.string()) })
        .optional(),
    })
    .optional(),
  window: z
    .strictObject({
      calendar: slug,
      perTarget: z.record(name, slug).default({}),
      minimumRemaining: duration('0s', '7d').prefault('10m'),
      horizonDays: z.number().int().min(1).max(366).default(60),
      override: z.strictObject({ roles: z.array(role), secondPerson: z.boolean() }).optional(),
      onClose: z.enum(['finish', 'stopBeforeNextDevice']).optional(),
      itsmPlannedDates: z.strictObject({ server: slug, start: z.string(), end: z.string() }).optional(),
    })
    .optional(),
  gate: z
    .strictObject({ itsmChange: z.strictObject({ server: slug, states: z.array(z.string()) }) })
    .optional(),
  partialFailure: z
    .strictObject({
      policy: z.enum(['ask', 'repeatFailed', 'continue', 'stop']),
      maxFailed: z.number().int().optional(),
    })
    .optional(),
  ridingAlong: z.enum(['allow', 'warn', 'block']).optional(),
  conflicts: z.strictObject({ policy: z.enum(['ignore', 'warn', 'block']) }).optional(),
  /** In the order of the SecureChange workflow. */
  steps: z.record(name, z.strictObject({ phases: z.array(phase).default([]) })),
  integrationPoints: z.array(integrationPoint).default([]),
});

export type ProcessFile = z.output<typeof processSchema>;
export type PointFile = ProcessFile['integrationPoints'][number];
