import { z } from 'zod';
import { switchesSchema } from './switches.js';

const toolSchema = z.enum(['target', 'designer', 'risk', 'verifier', 'update', 'commit']);
const severitySchema = z.enum(['CRITICAL', 'HIGH', 'MEDIUM', 'LOW']);

/** Permissions a login may hold; `all` holds every one. */
const permissionSchema = z.enum([
  'all',
  'viewAllTickets',
  'createTickets',
  'handleTickets',
  'onBehalf',
  'provision',
  'viewChangeWindows',
  'admin',
]);

const userSchema = z.strictObject({
  id: z.int().positive(),
  login: z.string().min(1),
  password: z.string(),
  displayName: z.string().optional(),
  email: z.string().optional(),
  kind: z.enum(['user', 'group']).default('user'),
  memberOf: z.array(z.string()).default([]),
  roles: z.array(z.string()).default([]),
  permissions: z.array(permissionSchema).default(['viewAllTickets', 'createTickets', 'handleTickets']),
});

const fieldSchema = z.strictObject({
  name: z.string().min(1),
  type: z.string().min(1),
  readOnly: z.boolean().default(false),
  mandatory: z.boolean().default(false),
  options: z.array(z.string()).optional(),
});

/** A login, a group's name, or one of the two roles a step can be given to. */
const handlerSchema = z
  .string()
  .min(1)
  .describe('login or group; "@requester" and "@previousHandler" are resolved');

const stepSchema = z.strictObject({
  name: z.string().min(1),
  mode: z.enum(['manual', 'auto']).default('manual'),
  handler: handlerSchema.default('@requester'),
  tasks: z
    .array(z.strictObject({ name: z.string().min(1), handler: handlerSchema }))
    .min(1)
    .max(40)
    .optional()
    .describe('parallel tasks; absent means one task named Default for `handler`'),
  fields: z.array(fieldSchema).default([]),
  tools: z.array(toolSchema).default([]).describe('run one after the other in auto mode'),
  failTool: toolSchema.optional().describe('this tool fails'),
  failEpochs: z.int().positive().optional().describe('only in the first so many passes; absent: every time'),
  failReason: z.string().default('no relevant targets'),
  verifyOnEntry: z.boolean().default(false),
  skip: z.enum(['never', 'always', 'noRisk']).default('never'),
});

const workflowSchema = z.strictObject({
  id: z.int().positive(),
  name: z.string().min(1),
  type: z.enum([
    'GENERIC',
    'ACCESS_REQUEST',
    'ACCESS_REQUEST_AND_MODIFY_GROUP',
    'MODIFY_GROUP',
    'DECOMMISSION_NETWORK_OBJECT',
    'RULE_DECOMMISSION',
    'RULE_RECERTIFICATION',
    'CLONE_NETWORK_OBJECT_POLICY',
    'RULE_MODIFICATION',
  ]),
  description: z.string().default(''),
  steps: z.array(stepSchema).min(1),
  confirmation: z.boolean().default(false).describe('the requester confirms before the ticket closes'),
  reopenStep: z.string().optional().describe('default: the last step'),
  design: z
    .strictObject({
      targets: z.array(z.int()).default([]).describe('management ids a ticket gets when it names none'),
      instructions: z.int().min(1).max(500).default(2).describe('per device'),
      outcome: z.enum(['success', 'cannotCompute', 'fullyImplemented']).default('success'),
      cannotComputeReason: z.string().default('Designer could not find a relevant rule base'),
      perDevice: z.record(z.string(), z.enum(['success', 'cannotCompute', 'fullyImplemented'])).default({}),
    })
    .prefault({}),
  risk: z
    .union([severitySchema, z.literal('none')])
    .nullable()
    .default(null)
    .describe('null: this type has no risk'),
  riskWithDesign: z.boolean().default(false).describe('risk results arrive with the Designer run'),
  verifier: z.enum(['auto', 'implemented', 'not implemented', 'not available']).default('auto'),
});

const deviceSchema = z.strictObject({
  id: z.int().positive(),
  name: z.string().min(1),
  vendor: z.string(),
  model: z.string(),
  domain_id: z.int().default(1),
  domain_name: z.string().default('Default'),
  offline: z.boolean().default(false),
  topology: z.boolean().default(true),
  ip: z.string().optional(),
  latest_revision: z.int().optional(),
  virtual_type: z.string().optional(),
  parent_id: z.int().optional(),
  module_type: z.string().optional(),
  policies: z
    .array(z.string())
    .default([])
    .describe('of a manager: a request whose target names one of them changes that one alone'),
  policy: z.string().optional().describe('of a firewall: the policy it gets; absent: the one of its manager'),
  provisioning: z.boolean().default(true).describe('false: 400 Provisioning is not supported'),
  commit: z.boolean().optional().describe('default: by model, see provisioning.ts'),
  opm: z.boolean().default(false).describe('true: only the OPM calls update it'),
});

const windowRunSchema = z.strictObject({
  id: z.int(),
  startMs: z.int(),
  endMs: z.int(),
  errors: z.array(z.string()).default([]),
  devices: z
    .array(
      z.strictObject({
        id: z.int(),
        status: z.enum(['SUCCESS', 'SUCCESS_WITH_WARNINGS', 'FAILURE']),
        revisionId: z.int().optional(),
        warnings: z.array(z.string()).default([]),
        errors: z.array(z.string()).default([]),
        resultErrors: z.array(z.string()).default([]),
      }),
    )
    .default([]),
});

const changeWindowSchema = z.strictObject({
  uuid: z.string().min(1),
  name: z.string(),
  description: z.string().optional(),
  domain_id: z.int().default(1),
  enabled: z.boolean().default(true),
  devices: z.array(z.int()).default([]),
  everyMs: z.int().min(1000).optional().describe('runs by itself this often; absent: only by a control call'),
  runs: z.array(windowRunSchema).default([]),
});

const networkObjectSchema = z.strictObject({
  id: z.int(),
  uid: z.string(),
  name: z.string(),
  device_id: z.int(),
  rules: z
    .array(z.strictObject({ name: z.string(), number: z.int(), policy: z.string() }))
    .default([])
    .describe('rules that use it, or a group that holds it'),
  groups: z.array(z.string()).default([]).describe('names of the groups that hold it'),
});

const triggerSchema = z.strictObject({
  name: z.string().min(1),
  path: z.string().min(1),
  arguments: z.string().default(''),
  groups: z.array(
    z.strictObject({
      name: z.string().default('trigger'),
      workflow: z.string().min(1),
      events: z.array(z.string()).min(1),
    }),
  ),
});

const timingsSchema = z.strictObject({
  designMs: z.int().min(0).default(300),
  updateMs: z.int().min(0).default(400),
  commitMs: z.int().min(0).default(600),
  autoStepMs: z.int().min(0).default(300).describe('per tool of an automatic step'),
  redoMs: z.int().min(0).default(200),
  mapRulesMs: z.int().min(0).default(200),
  windowRunMs: z.int().min(0).default(500),
  violationsMs: z.int().min(0).default(300),
});

/** The data a simulator starts with. Every member has a default but the first four lists. */
export const scenarioSchema = z.strictObject({
  name: z.string().default('unnamed'),
  users: z.array(userSchema).min(1),
  workflows: z.array(workflowSchema).min(1),
  devices: z.array(deviceSchema),
  changeWindows: z.array(changeWindowSchema),
  networkObjects: z.array(networkObjectSchema).default([]),
  itsmUsers: z.array(z.strictObject({ login: z.string(), password: z.string() })).default([]),
  triggers: z.array(triggerSchema).default([]),
  timings: timingsSchema.prefault({}),
  switches: switchesSchema.prefault({}),
  firstTicketId: z.int().positive().default(1),
});

/** A scenario as a file or caller writes it: defaults may be left out. */
export type ScenarioInput = z.input<typeof scenarioSchema>;
/** A scenario with all defaults filled in. */
export type Scenario = z.infer<typeof scenarioSchema>;
export type Timings = z.infer<typeof timingsSchema>;
export type ScenarioUser = z.infer<typeof userSchema>;
export type ScenarioWorkflow = z.infer<typeof workflowSchema>;
export type ScenarioStep = z.infer<typeof stepSchema>;
export type ScenarioField = z.infer<typeof fieldSchema>;
export type ScenarioDevice = z.infer<typeof deviceSchema>;
export type WindowRun = z.infer<typeof windowRunSchema>;
export type ChangeWindow = z.infer<typeof changeWindowSchema>;
export type Tool = z.infer<typeof toolSchema>;
export type Permission = z.infer<typeof permissionSchema>;

export const timingsPatchSchema = z.strictObject(
  Object.fromEntries(Object.keys(timingsSchema.shape).map((key) => [key, z.int().min(0).optional()])),
);

/** Checks data that should be a scenario. Throws a ZodError naming every wrong member. */
export function parseScenario(data: unknown): Scenario {
  return scenarioSchema.parse(data);
}
