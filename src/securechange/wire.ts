import { z } from 'zod';
import type { TicketStatus } from '../domain/ticket.js';
import {
  toObject,
  toText,
  toWrappedList,
  wireAnswer,
  wireCount,
  wireId,
  wireMaybe,
  wireName,
  wireNumber,
  wireOptionalId,
  wireOptionalName,
  wireText,
  wireTicketId,
  wireTruth,
} from './normalise.js';
import { readRows, wireAny, wireEvery, wireEveryWrapped, wireRows } from './rows.js';
import { ticketStatusOf } from './words.js';

/**
 * What we read of SecureChange's and SecureTrack's answers: docs/securechange-answers.md says of each member which
 * decision needs it. Unknown members pass. What no decision needs may be absent; what one needs and is absent or of
 * another kind makes the row odd, never a guess.
 */

/** A field of a task, of any type; its own members are read where the type is known. */
export const fieldSchema = z.looseObject({ id: wireOptionalId, name: wireText });
export type WireField = z.infer<typeof fieldSchema>;

const taskSchema = z.object({
  id: wireId,
  name: wireText,
  status: wireName,
  assignee: wireText,
  assignee_id: wireOptionalId,
  pending_reason: wireText,
  pending_reason_description: wireText,
  // A field left out could be the answer of an approver.
  fields: wireEveryWrapped('field', 'field', fieldSchema),
});
export type WireTask = z.infer<typeof taskSchema>;

const stepSchema = z.object({
  id: wireId,
  name: wireName,
  skipped: wireTruth,
  // A task left out could be one approver of several.
  tasks: wireEveryWrapped('task', 'task', taskSchema),
});
export type WireStep = z.infer<typeof stepSchema>;

const currentStepSchema = wireMaybe(z.object({ id: wireOptionalId, name: wireText }));
const workflowNameSchema = z.object({ name: wireName });
const commentSchema = z.object({
  content: wireText,
  created: wireText,
  user: wireText,
  user_id: wireText,
});

export const ticketSchema = z.object({
  ticket: z.object({
    id: wireTicketId,
    subject: wireText,
    requester: wireText,
    domain_name: wireText,
    priority: wireText,
    status: wireName,
    create_date: wireText,
    expiration_status: wireText,
    workflow: workflowNameSchema,
    steps: wireEveryWrapped('step', 'step', stepSchema),
    current_step: currentStepSchema,
    comments: wireAny.transform(
      (value) => readRows('comment', commentSchema, toWrappedList(value, 'comment')).rows,
    ),
  }),
});
export type WireTicket = z.infer<typeof ticketSchema>['ticket'];

/** A line of the ticket's history; they come newest first. */
export interface HistoryLine {
  readonly performed_by: string | null;
  /** Null only where the line could not be read. */
  readonly description: string | null;
  readonly step_name: string | null;
  readonly date: string | null;
  /** The line could not be read: it may say anything, also that the ticket was sent back. */
  readonly odd?: string;
}

const lineSchema: z.ZodType<HistoryLine> = z.object({
  performed_by: wireOptionalName,
  description: wireName,
  step_name: wireOptionalName,
  date: wireText,
});

/** An odd line keeps its place, for what comes before and after it counts. */
const historyLines = wireAny.transform(
  (value) =>
    readRows(
      'history line',
      lineSchema,
      toWrappedList(value, 'ticket_history_activity'),
      ({ row, why }): HistoryLine => ({
        performed_by: null,
        description: null,
        step_name: null,
        date: null,
        odd: `${row}: ${why}`,
      }),
    ).rows,
);

export const historySchema = wireAnswer('ticket_history_activities', historyLines);

const ticketRowSchema = z.object({
  id: wireTicketId,
  subject: wireText,
  status: z.preprocess(
    (value) => ticketStatusOf(toText(value) ?? ''),
    z.custom<TicketStatus>((status) => status !== undefined),
  ),
  workflow: workflowNameSchema,
  current_step: currentStepSchema,
});

export const ticketListSchema = wireAnswer(
  'tickets',
  z.object({
    next: wireMaybe(z.object({ '@href': wireText })),
    ticket: wireRows('ticket', ticketRowSchema),
  }),
);

const instructionSchema = z.looseObject({
  status: wireText,
  instruction_type: wireText,
  error_message: wireText,
});

export const suggestionSchema = z.object({
  management_id: wireId,
  management_name: wireText,
  vendor_name: wireText,
  offline_device: wireTruth,
  ancestor_management_id: wireOptionalId,
  ancestor_management_name: wireText,
  new_revision_arrived: wireTruth,
  push_status: wireText,
  push_status_reason: wireText,
  commit_results: wireMaybe(z.object({ status: wireText })),
  // A binding or an instruction left out would be missing in what is approved and pushed.
  suggestions_per_binding: wireEveryWrapped(
    'binding_suggestion',
    'binding',
    z.looseObject({
      binding_name: wireText,
      instructions: wireEveryWrapped('instruction', 'instruction', instructionSchema),
    }),
  ),
});
export type WireSuggestion = z.infer<typeof suggestionSchema>;

export const designerSchema = z.object({
  designer_results: z.object({
    // No ticket would wait for a device that was left out.
    suggestions_per_device: wireEveryWrapped('device_suggestion', 'device', suggestionSchema),
  }),
});

const deviceSchema = z.object({
  id: wireId,
  name: wireText,
  vendor: wireText,
  model: wireText,
  parent_id: wireOptionalId,
  domain_name: wireText,
});
export type WireDevice = z.infer<typeof deviceSchema>;

export const deviceListSchema = wireAnswer(
  'devices',
  z.object({ total: wireCount, device: wireRows('device', deviceSchema) }),
);
export const singleDeviceSchema = z.object({ device: deviceSchema });

const userSchema = z.object({ id: wireId, name: wireName, display_name: wireText, email: wireText });
export type WireUser = z.output<typeof userSchema>;
export const usersSchema = wireAnswer('users', z.object({ user: wireRows('user', userSchema) }));

const searchRowSchema = z.object({ id: wireTicketId });
export const searchSchema = wireAnswer(
  'tickets_search_results',
  z.object({ ticket_result: wireRows('ticket', searchRowSchema) }),
);

/** Who opened a ticket, for what. */
export const shownSchema = z.object({
  ticket: z.object({
    id: wireTicketId,
    // A subject that cannot be read could be the one that is looked for.
    subject: wireOptionalName,
    status: wireName,
    workflow: workflowNameSchema,
    requester: wireOptionalName,
    requester_id: wireOptionalId,
    external_data: wireMaybe(z.object({ request_id: wireOptionalName })),
  }),
});

const namedStepSchema = z.object({ name: wireName, is_active: wireTruth });
export const workflowSchema = z.object({
  name: wireText,
  steps: wireAny.transform((value) =>
    readRows('workflow step', namedStepSchema, toWrappedList(value, 'step')),
  ),
});

const verifierTargetSchema = z.object({
  management_id: wireOptionalId,
  management_name: wireText,
  verification_status: wireText,
  revision_number: wireCount,
  date: wireText,
  time: wireText,
});
export type WireVerifierTarget = z.infer<typeof verifierTargetSchema>;

/** An odd target counts as one of which nothing is known: with it nothing is implemented. */
const verifierTargets = wireAny.transform(
  (value) =>
    readRows(
      'verifier target',
      verifierTargetSchema,
      toWrappedList(value, 'verifier_target'),
      ({ row }): WireVerifierTarget => ({
        management_id: null,
        management_name: row,
        verification_status: null,
        revision_number: null,
        date: null,
        time: null,
      }),
    ).rows,
);

export const verifierSchema = wireAnswer(
  'access_request_verifier_result',
  z.object({ verifier_targets: verifierTargets }),
);

const revisionRowSchema = z.object({
  revisionId: wireNumber,
  admin: wireText,
  date: wireText,
  time: wireText,
});
/** A revision that cannot be read may be one of another administrator. */
export const revisionListSchema = wireAnswer('revision', wireEvery('revision', revisionRowSchema));

export const revisionSchema = wireAnswer('revision', z.object({ revisionId: wireCount }));

/** An answer whose inside is read by something total. */
export const anySchema = wireAny;

/** `{"field":{…}}`, or the field itself; without its id it is no field. */
export const fieldAnswerSchema = z.preprocess(
  (value) => (toObject(toObject(value)?.['field']) === undefined ? { field: value } : value),
  z.object({ field: fieldSchema.extend({ id: wireId }) }),
);

/**
 * The workflow under whatever root its type gives it (`workflow`, `access_request_workflow`, …), or the first entry of
 * `workflows`.
 */
export const workflowAnswerSchema = z.preprocess(
  (value) => {
    const object = toObject(value) ?? {};
    const roots = [...toWrappedList(object['workflows'], 'workflow'), ...Object.values(object)];
    return { workflow: roots.find((root) => toObject(root)?.['steps'] !== undefined) };
  },
  z.object({ workflow: wireMaybe(workflowSchema) }),
);
