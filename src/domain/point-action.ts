/** What an integration point does in SecureChange beside its message. Names are those of the Workflow Integrator. */

/** They change the ticket. */
export const TICKET_ACTIONS = [
  'advance',
  'advance_with_defaults',
  'advance_if_fully_implemented',
  'approve_reject',
  'approve_reject_on_high',
  'approve_reject_on_critical',
  'cancel_ticket',
] as const;
export type TicketAction = (typeof TICKET_ACTIONS)[number];

/** They keep the message back. */
export const SUPPRESSING_ACTIONS = [
  'do_not_send_request_if_the_previous_step_skipped',
  'do_not_send_request_if_skip_checkbox_checked',
] as const;
export type SuppressingAction = (typeof SUPPRESSING_ACTIONS)[number];

export const POINT_ACTIONS = [...TICKET_ACTIONS, ...SUPPRESSING_ACTIONS] as const;
export type PointAction = (typeof POINT_ACTIONS)[number];

/** They ask for the end of the step, which comes when its phases are done. */
export const COMPLETING_ACTIONS: readonly TicketAction[] = [
  'advance',
  'advance_with_defaults',
  'advance_if_fully_implemented',
];

export function isTicketAction(action: PointAction): action is TicketAction {
  return (TICKET_ACTIONS as readonly PointAction[]).includes(action);
}

/** A value for a field of the ticket, by the name of the field. */
export interface FieldText {
  readonly field: string;
  readonly text: string;
}

/** What a message to our own ticket does. */
export type TicketChange =
  | { readonly kind: 'action'; readonly action: TicketAction }
  /** `problems`: what the answer lacks; then nothing is written and a person is asked. */
  | {
      readonly kind: 'writeFields';
      readonly values: readonly FieldText[];
      readonly problems: readonly string[];
      /** They are the planned dates of the change. */
      readonly planned?: true;
    }
  /** `key` ends the comment: a repetition looks for it. */
  | { readonly kind: 'comment'; readonly text: string; readonly key: string };
