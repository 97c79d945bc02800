/** What may stand in `integrationPoints` of a process definition. */
import { z } from 'zod';
import { ITSM_APPROVAL, NEEDS_ATTENTION } from '../domain/event.js';
import { POINT_ACTIONS } from '../domain/point-action.js';
import { CALL_METHODS } from '../domain/process.js';
import { event, name, relativePath, slug } from './schema-parts.js';

export const severity = z.enum(['low', 'medium', 'high', 'critical']);

/** No trigger reports the last three. REVERTED: firewalls took back what a Commit had made live. */
const pointEvent = z.enum([...event.options, 'REVERTED', ITSM_APPROVAL, NEEDS_ATTENTION]);

const moment = z.union([
  z.strictObject({ inbound: name.describe('When the ticket enters this step.') }),
  z.strictObject({ outbound: name.describe('When the ticket leaves this step.') }),
  z.strictObject({
    event: pointEvent.describe('When this happens to the ticket.'),
    step: name.optional().describe('Only in this step; in every step when it is left out.'),
  }),
]);

const ticketActions = z.array(z.enum(POINT_ACTIONS)).min(1).optional();

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
  z.strictObject({
    skipped: one.describe('Steps that were skipped; one of them is enough.'),
    not,
  }),
  z.strictObject({ priority: one.describe('Priorities of the ticket.'), not }),
]);
export type ConditionFile = z.output<typeof condition>;

export const LATER = 'Not available in this release.';

const callPath = z
  .string()
  .max(1_000)
  .refine((text) => text.startsWith('/') && !/[\s\\]/.test(text.replace(/#[^#]*#/g, '')), {
    error: 'must be a path that starts with / and has no blanks, such as /api/risk/#ticket_id#',
  });

export const integrationPoint = z.strictObject({
  name: slug.describe('Name of the point, shown with its messages.'),
  // Required: a point must not send only because it is in the file.
  enabled: z.boolean().describe('Whether it sends anything.'),
  on: moment.describe('When it sends.'),
  server: slug.optional().describe('Name of the receiver in servers.yaml. None where nothing is sent.'),
  action: z
    .enum(['create', 'update', 'close', 'call', 'mail'])
    .optional()
    .describe(
      'create makes one change per ticket, update and close address that change; call makes a request of its own, to path; mail sends a mail with to, subject and text of the body. Without it nothing is sent: the point has before and after only.',
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
  answer: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe(
      'Of action call: the plain text with which a receiver without JSON accepts it, such as ok of a chat. Any other text is a failure.',
    ),
  before: ticketActions.describe(
    'What is done in SecureChange before the message, in this order. Not for tickets that are only observed.',
  ),
  after: ticketActions.describe(
    'What is done in SecureChange after the message was accepted, in this order. Not for tickets that are only observed.',
  ),
  response: z
    .record(z.string(), z.unknown())
    .optional()
    .describe(
      'Shaped like the answer: each text #Field# in it names the field of the ticket that gets the value. Of create, update and close the answer has number and id.',
    ),
  accept: z
    .array(z.number().int().min(200).max(599))
    .min(1)
    .optional()
    .describe('Of action call: statuses that count as accepted; 200, 201 and 204 when left out.'),
});

export type PointFile = z.output<typeof integrationPoint>;
