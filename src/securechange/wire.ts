import { z } from 'zod';
import {
  toObject,
  toText,
  toWrappedList,
  wireId,
  wireList,
  wireMaybe,
  wireName,
  wireOptionalId,
  wireText,
  wireTicketId,
  wireTruth,
  wireWrapped,
} from './normalise.js';

/**
 * What we read of SecureChange's and SecureTrack's answers. Unknown members pass; a body without what is required here
 * is a `bug`, because then we would work from guesses.
 */

const wireCount = z.preprocess((value) => {
  const text = toText(value) ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}, z.number().nullable());

/** A field of a task, of any type; its own members are read where the type is known. */
export const fieldSchema = z.looseObject({ id: wireId, name: wireText });
export type WireField = z.infer<typeof fieldSchema>;

const taskSchema = z.object({
  id: wireId,
  name: wireText,
  status: wireName,
  assignee: wireText,
  assignee_id: wireOptionalId,
  pending_reason: wireText,
  pending_reason_description: wireText,
  fields: wireWrapped('field', fieldSchema),
});
export type WireTask = z.infer<typeof taskSchema>;

const stepSchema = z.object({
  id: wireId,
  name: wireName,
  redone: wireTruth,
  skipped: wireTruth,
  tasks: wireWrapped('task', taskSchema),
});
export type WireStep = z.infer<typeof stepSchema>;

const currentStepSchema = wireMaybe(z.object({ id: wireId, name: wireText }));
const workflowNameSchema = z.object({ name: wireName });

export const ticketSchema = z.object({
  ticket: z.object({
    id: wireTicketId,
    subject: wireText,
    requester: wireText,
    priority: wireText,
    status: wireName,
    create_date: wireName,
    expiration_status: wireText,
    workflow: workflowNameSchema,
    steps: wireWrapped('step', stepSchema),
    current_step: currentStepSchema,
    comments: wireWrapped('comment', z.object({ content: wireText, created: wireText })),
  }),
});
export type WireTicket = z.infer<typeof ticketSchema>['ticket'];

export const historySchema = z.object({
  ticket_history_activities: wireMaybe(
    z.object({
      ticket_history_activity: wireList(
        z.object({ performed_by: wireText, description: wireText, step_name: wireText }),
      ),
    }),
  ),
});

/** A line of the ticket's history; they come newest first. */
export interface HistoryLine {
  readonly performed_by: string | null;
  readonly description: string | null;
  readonly step_name: string | null;
}

export const ticketListSchema = z.object({
  tickets: wireMaybe(
    z.object({
      next: wireMaybe(z.object({ '@href': wireText })),
      ticket: wireList(
        z.object({
          id: wireTicketId,
          status: wireName,
          workflow: workflowNameSchema,
          current_step: currentStepSchema,
        }),
      ),
    }),
  ),
});

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
  suggestions_per_binding: wireWrapped(
    'binding_suggestion',
    z.looseObject({ instructions: wireWrapped('instruction', instructionSchema) }),
  ),
});
export type WireSuggestion = z.infer<typeof suggestionSchema>;

export const designerSchema = z.object({
  designer_results: z.object({
    error_description: wireText,
    suggestions_per_device: wireWrapped('device_suggestion', suggestionSchema),
  }),
});

const deviceSchema = z.object({
  id: wireId,
  name: wireText,
  vendor: wireText,
  model: wireText,
  parent_id: wireOptionalId,
});
export type WireDevice = z.infer<typeof deviceSchema>;

export const deviceListSchema = z.object({
  devices: wireMaybe(z.object({ device: wireList(deviceSchema) })),
});
export const singleDeviceSchema = z.object({ device: deviceSchema });

export const usersSchema = z.object({
  users: wireMaybe(z.object({ user: wireList(z.object({ id: wireId, name: wireText })) })),
});

const namedStepSchema = z.object({ name: wireName, is_active: wireTruth });
export const workflowSchema = z.object({ name: wireText, steps: wireWrapped('step', namedStepSchema) });

export const verifierSchema = z.object({
  access_request_verifier_result: wireMaybe(
    z.object({
      verifier_targets: wireWrapped(
        'verifier_target',
        z.object({
          management_id: wireOptionalId,
          management_name: wireText,
          verification_status: wireText,
          revision_number: wireCount,
          date: wireText,
          time: wireText,
        }),
      ),
    }),
  ),
});
export type WireVerifierTarget = NonNullable<
  z.infer<typeof verifierSchema>['access_request_verifier_result']
>['verifier_targets'][number];

export const revisionSchema = z.object({
  revision: wireMaybe(z.object({ revisionId: wireCount })),
});

/** An answer whose inside is read by something total. */
export const anySchema = z.unknown();

/** `{"field":{…}}`, or the field itself. */
export const fieldAnswerSchema = z.preprocess(
  (value) => (toObject(toObject(value)?.['field']) === undefined ? { field: value } : value),
  z.object({ field: fieldSchema }),
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
