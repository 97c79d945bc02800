/** What a body is by its content; `other` is HTML, or text that is neither JSON nor XML. */
export type BodyKind = 'empty' | 'json' | 'xml' | 'other';

/** What proves that a write was done, for one kind of call. */
export interface WriteRule {
  readonly method: 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  /** May be made twice with the same result. */
  readonly repeatable: boolean;
  readonly statuses: readonly number[];
  readonly bodies: readonly BodyKind[];
  /** Who looks afterwards, where the answer alone proves too little. */
  readonly look: string | null;
  readonly source: string;
}

const ANSWERED: readonly BodyKind[] = ['empty', 'json', 'xml'];

/**
 * Every write we make, to every system. SecureTrack is only read. SecureChange answers most writes with an empty
 * body, some with XML although JSON was asked for; a page of HTML is never its answer.
 */
export const WRITE_RULES = {
  redesign: {
    method: 'PUT',
    repeatable: true,
    statuses: [202],
    bodies: ANSWERED,
    look: 'redesign waits until the field shows the run',
    source: 'documented (R25-2), mocks of pytos2: 202',
  },
  update: {
    method: 'PUT',
    repeatable: false,
    statuses: [202],
    bodies: ANSWERED,
    look: 'the push follows the evidence of the target',
    source: 'documented (R25-2), mocks of pytos2: 202',
  },
  commit: {
    method: 'PUT',
    repeatable: false,
    statuses: [202],
    bodies: ANSWERED,
    look: 'the push follows the evidence of the target',
    source: 'documented (R25-2), mocks of pytos2: 202',
  },
  completeTask: {
    method: 'PUT',
    repeatable: false,
    statuses: [200, 201, 204],
    bodies: ANSWERED,
    look: 'advance waits until the ticket left the step',
    source: 'documented: 200; pytos takes 200 and 201',
  },
  writeFields: {
    method: 'PUT',
    repeatable: true,
    statuses: [200, 201, 204],
    bodies: ANSWERED,
    look: null,
    source: 'documented: 200; pytos takes 200 and 201',
  },
  acceptTask: {
    method: 'PUT',
    repeatable: true,
    statuses: [200, 201, 204],
    bodies: ANSWERED,
    look: 'the write that follows is refused where the task is not ours',
    source: 'documented: 200',
  },
  reassignTask: {
    method: 'PUT',
    repeatable: true,
    statuses: [200, 201, 204],
    bodies: ANSWERED,
    look: 'the write that follows is refused where the task is not ours',
    source: 'documented, mocks of pytos2: 200',
  },
  redo: {
    method: 'PUT',
    repeatable: false,
    statuses: [200, 201, 202, 204],
    bodies: ANSWERED,
    look: 'the ticket is read again: the move itself is asynchronous',
    source: 'pytos, pytos2: 200',
  },
  rejectTicket: {
    method: 'PUT',
    repeatable: false,
    statuses: [200, 201, 204],
    bodies: ANSWERED,
    look: 'rejectTicket reads the ticket again',
    source: 'documented: 200; pytos takes 200 and 201',
  },
  cancelTicket: {
    method: 'PUT',
    repeatable: false,
    statuses: [200, 201, 204],
    bodies: ANSWERED,
    look: 'a repetition reads the ticket first, and finds it cancelled',
    source: 'documented: 200; pytos takes 200 and 201',
  },
  createTicket: {
    method: 'POST',
    repeatable: false,
    statuses: [201],
    bodies: ANSWERED,
    look: 'openTicket and openBackOut look for the ticket before they repeat, and until it is shown',
    source: 'documented: 201 with Location; its body may be empty',
  },
  registerTrigger: {
    method: 'POST',
    repeatable: false,
    statuses: [200, 201],
    bodies: ANSWERED,
    look: 'sco mediator install reads the registrations again',
    source: 'documented, mocks of pytos2: 201',
  },
  removeTrigger: {
    method: 'DELETE',
    repeatable: true,
    statuses: [200, 204],
    bodies: ANSWERED,
    look: 'sco mediator install reads the registrations again',
    source: 'uQuid-IT: 200',
  },
  addComment: {
    method: 'POST',
    repeatable: false,
    statuses: [200, 201],
    bodies: ANSWERED,
    look: 'commentPushes reads the comments before it repeats',
    source: 'documented: 201; pytos2 reads only the Location header',
  },
  itsmCreate: {
    method: 'POST',
    repeatable: false,
    statuses: [200, 201],
    bodies: ['json'],
    look: 'the record of the answer is read; a repetition looks for the correlation id',
    source: 'documented (Table API): 201 with the record',
  },
  itsmUpdate: {
    method: 'PATCH',
    repeatable: false,
    statuses: [200],
    bodies: ['json'],
    look: 'the record of the answer is read',
    source: 'documented (Table API): 200 with the record',
  },
  recordCreate: {
    method: 'POST',
    repeatable: false,
    statuses: [200, 201],
    bodies: ['json'],
    look: 'the new record is read; a repetition looks for the correlation id',
    source: 'method and statuses: the description of its records, by the operator',
  },
  recordChange: {
    method: 'PATCH',
    repeatable: false,
    statuses: [200, 201, 204],
    bodies: ['empty', 'json'],
    look: 'the record is read before and after',
    source: 'method and statuses: the description of its records, by the operator',
  },
  recordNote: {
    method: 'POST',
    repeatable: false,
    statuses: [200, 201, 204],
    bodies: ['empty', 'json'],
    look: 'the notes are read before and after',
    source: 'method and statuses: the description of its records, by the operator',
  },
  pointCall: {
    method: 'POST',
    repeatable: false,
    statuses: [200, 201, 204],
    bodies: ANSWERED,
    look: null,
    source: 'method, statuses and whether it may be repeated: the integration point, by the operator',
  },
  token: {
    method: 'POST',
    repeatable: true,
    statuses: [200],
    bodies: ['json'],
    look: 'the token is checked by the OAuth library, and used at once',
    source: 'RFC 6749: 200 with JSON',
  },
} as const satisfies Record<string, WriteRule>;

export type WriteName = keyof typeof WRITE_RULES;
