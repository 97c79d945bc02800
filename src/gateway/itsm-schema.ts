/** What an ITSM sends, one schema a call: the routes check with them, and `docs/openapi.json` is made from them. */
import { z } from 'zod';

import type { ItsmCommand } from '../domain/itsm-commands.js';
import { externalIdOf, type NewTicket } from '../domain/new-ticket.js';
import { commandKey } from './command-schema.js';

/** The zone is never guessed. */
const instant = z.iso
  .datetime({ offset: true })
  .describe('With its offset: 2026-12-05T20:00:00+01:00 or …Z.');

const reason = z.string().trim().min(3).max(500);
const key = commandKey
  .optional()
  .describe(
    'Names this request: sent again under it, it is done once. Also as Idempotency-Key or webhook-id.',
  );

/** Members of every call on a ticket. */
const common = {
  key,
  ticket: z
    .string()
    .max(20)
    .optional()
    .describe('Id of the ticket, as in the address; a signed request needs it.'),
  call: z
    .string()
    .max(20)
    .optional()
    .describe('Name of the call, as in the address; a signed request needs it.'),
};

const answer = {
  approval: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('Name of the approval in the process; needed only where several are asked for.'),
  approver: z
    .string()
    .trim()
    .min(1)
    .max(255)
    .describe('Login in SecureChange of the person who decided; of a delegate, the delegate.'),
  question: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe('#itsm_question# of the message that asked. Without it decidedAt is needed.'),
  decidedAt: instant.optional().describe('When the person decided. It must be later than the question.'),
  ...common,
};

function namesTheQuestion(body: {
  readonly question?: string | undefined;
  readonly decidedAt?: string | undefined;
}): boolean {
  return body.question !== undefined || body.decidedAt !== undefined;
}

const UNNAMED = { path: ['question'], error: 'question or decidedAt is needed' };

const approve = z
  .strictObject({
    ...answer,
    automatic: z
      .boolean()
      .default(false)
      .describe('A rule of the ITSM approved, no person: it does not count.'),
    reason: reason.default('approved in the ITSM'),
  })
  .refine(namesTheQuestion, UNNAMED);

const reject = z.strictObject({ ...answer, reason }).refine(namesTheQuestion, UNNAMED);

const comment = z.strictObject({ text: z.string().trim().min(1).max(4_000), ...common });

const plannedDates = z
  .strictObject({ start: instant, end: instant, reason: reason.default('planned in the ITSM'), ...common })
  .refine(({ start, end }) => Date.parse(end) > Date.parse(start), {
    path: ['end'],
    error: 'must be after start',
  });

const cancel = z.strictObject({ reason, ...common });

const changed = z.strictObject({ reason: reason.default('the ITSM reports a changed change'), ...common });

const advance = z.strictObject({
  step: z
    .string()
    .min(1)
    .max(255)
    .describe('The step to complete: nothing is done when the ticket is in another.'),
  reason: reason.default('asked for by the ITSM'),
  ...common,
});

const address = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9.:_/-]{0,254}$/)
  .describe('10.1.2.0/24, 10.1.2.3, 10.1.2.3-10.1.2.9, any, or the name of a host.');
const service = z
  .string()
  .regex(/^(any|icmp|(tcp|udp)\/\d{1,5}(-\d{1,5})?)$/)
  .describe('tcp/443, udp/5000-5010, icmp or any.');
const addresses = z.array(address).min(1).max(500);

const accessRequest = z.strictObject({
  action: z.enum(['accept', 'drop', 'remove']).default('accept'),
  sources: addresses,
  destinations: addresses,
  services: z.array(service).min(1).max(500),
  comment: z.string().max(2_000).default(''),
});

const fieldName = z.string().min(1).max(255).describe('Name of the field in the first step.');
const field = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('textField'), name: fieldName, text: z.string().max(20_000) }),
  z.strictObject({ kind: z.literal('textArea'), name: fieldName, text: z.string().max(20_000) }),
  z.strictObject({
    kind: z.literal('accessRequests'),
    name: fieldName,
    requests: z.array(accessRequest).min(1).max(500),
  }),
]);

/** Of `POST /v1/itsm/tickets`. */
export const newTicketBody = z.strictObject({
  externalId: z
    .string()
    .max(200)
    .transform((text, context) => {
      const id = externalIdOf(text);
      if (id === null) context.addIssue({ code: 'custom', message: 'is no external id' });
      return id ?? z.NEVER;
    })
    .describe(
      'Id in the ITSM, 3 to 64 of A-Z a-z 0-9 . _ -: sent again, in either case, it is the same ticket. It stands in front of the subject: [CHG0030001] …',
    ),
  onBehalfOf: z.string().trim().min(1).max(255).describe('Login in SecureChange of the requester.'),
  workflow: z
    .string()
    .min(1)
    .max(255)
    .describe('Name of the SecureChange workflow; its process has itsmMay: [create].'),
  subject: z.string().trim().min(1).max(400),
  priority: z.enum(['Low', 'Normal', 'High', 'Critical']).default('Normal'),
  fields: z.array(field).max(100).default([]),
}) satisfies z.ZodType<Omit<NewTicket, 'by'>>;

export interface ItsmRequest {
  readonly command: ItsmCommand;
  readonly reason: string;
  readonly key: string | undefined;
  /** What the body says it is about; what the address says counts only where both agree. */
  readonly ticket: string | undefined;
  readonly call: string | undefined;
}

type Common = Pick<ItsmRequest, 'key' | 'ticket' | 'call'>;

/** A call on one ticket: its path below `/v1/itsm/tickets/:id/`, its body, and the command it is. */
export interface ItsmCall {
  readonly name: string;
  readonly summary: string;
  readonly schema: z.ZodType;
  /** Throws ZodError. */
  readonly parse: (body: unknown) => ItsmRequest;
}

function call<S extends z.ZodType<Partial<Common>>>(
  name: string,
  summary: string,
  schema: S,
  toRequest: (body: z.output<S>) => Omit<ItsmRequest, keyof Common>,
): ItsmCall {
  return {
    name,
    summary,
    schema,
    parse: (body) => {
      const parsed = schema.parse(body);
      return { ...toRequest(parsed), key: parsed.key, ticket: parsed.ticket, call: parsed.call };
    },
  };
}

function answerOf({ approval, approver, question, decidedAt }: z.output<typeof reject>) {
  return {
    approval: approval ?? null,
    approver,
    question: question ?? null,
    decidedAtMs: decidedAt === undefined ? null : Date.parse(decidedAt),
  };
}

export const ITSM_CALLS: readonly ItsmCall[] = [
  call('approve', 'A person approved the change', approve, (body) => ({
    command: { kind: 'itsmApprove', automatic: body.automatic, ...answerOf(body) },
    reason: body.reason,
  })),
  call('reject', 'A person rejected the change', reject, (body) => ({
    command: { kind: 'itsmReject', ...answerOf(body) },
    reason: body.reason,
  })),
  call('comment', 'Comment in the ticket', comment, ({ text }) => ({
    command: { kind: 'itsmComment', text },
    reason: 'comment of the ITSM',
  })),
  call('planned-dates', 'The planned start and end of the change', plannedDates, (body) => ({
    command: { kind: 'itsmPlannedDates', start: body.start, end: body.end },
    reason: body.reason,
  })),
  call('cancel', 'The change is cancelled: the ticket is cancelled', cancel, (body) => ({
    command: { kind: 'itsmCancel' },
    reason: body.reason,
  })),
  call(
    'changed',
    'The change is another than before, such as on hold: it is read again at once',
    changed,
    (body) => ({
      command: { kind: 'itsmChanged' },
      reason: body.reason,
    }),
  ),
  call('advance', 'Complete the step once its phases are done', advance, (body) => ({
    command: { kind: 'itsmAdvance', step: body.step },
    reason: body.reason,
  })),
];
