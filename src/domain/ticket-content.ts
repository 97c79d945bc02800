/** What a ticket contains beyond what decides about it: fields and comments, for messages. Read when a template needs it. */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export interface FieldContent {
  readonly name: string;
  /** As SecureChange names it: `text_area`, `multi_access_request`. */
  readonly type: string;
  /** With its type: a checkbox is true or false, a list of choices is a list. */
  readonly value: Json;
  /** The same for a person, as the Workflow Integrator wrote it. */
  readonly text: string;
  readonly readOnly?: true;
  /** Access requests only: devices and findings of each, by its order (`AR1`). */
  readonly requests?: {
    readonly targets: Readonly<Record<string, readonly string[]>>;
    readonly risks: readonly Json[];
  };
}

export interface TaskContent {
  /** Absent in what an older release saved. */
  readonly id?: string;
  readonly assignee: string | null;
  readonly fields: readonly FieldContent[];
}

export interface StepContent {
  readonly name: string;
  readonly tasks: readonly TaskContent[];
}

export interface TicketContent {
  /** Page of the ticket for a person; null when the address of SecureChange is not known. */
  readonly link: string | null;
  readonly domain: string | null;
  /** Display name; null when our user may not read users, or there is none. */
  readonly requesterName: string | null;
  /** Mail addresses of requester and handlers of the current step, by login; absent where no template needs them. */
  readonly mails?: ReadonlyMap<string, string>;
  readonly comments: readonly {
    readonly by: string | null;
    readonly at: string | null;
    readonly text: string;
  }[];
  /** Oldest first, as they were entered. */
  readonly steps: readonly StepContent[];
  /** When the last line of the history was written. */
  readonly lastChangeMs: number | null;
  /** Steps that were skipped since the newest redo, reopening or resubmission. */
  readonly skippedSteps: readonly string[];
}
