/** What may stand in the description of a REST system's records, `integrations/<system>/record.yaml`. */
import { z } from 'zod';
import type { RecordRules } from '../domain/record-rules.js';

const pointer = z
  .string()
  .regex(/^(\/(?:[^~/]|~[01])*)*$/, { error: 'must be a JSON Pointer such as /fields/summary' });
const PLACEHOLDERS = ['correlation_id', 'itsm_id', 'itsm_number'];
const path = z
  .string()
  .regex(/^\/[^\s#]*(?:#[a-z_]+#[^\s#]*)*$/, { error: 'must be a path that starts with / and has no blanks' })
  .refine(
    (text) => [...text.matchAll(/#([a-z_]+)#/g)].every(([, name = '']) => PLACEHOLDERS.includes(name)),
    {
      error: `may contain #${PLACEHOLDERS.join('#, #')}# only`,
    },
  );
const accept = (...statuses: number[]): z.ZodType<number[], number[] | undefined> =>
  z.array(z.int().min(200).max(299)).min(1).default(statuses).describe('Statuses that accept the call.');
const method = z.enum(['POST', 'PUT', 'PATCH', 'DELETE']);

const change = z.strictObject({
  method: method.describe('HTTP method.'),
  path: path.describe('Path, with #itsm_id# or #itsm_number#.'),
  accept: accept(200, 201, 204),
  shows: z
    .record(pointer, z.string())
    .optional()
    .describe(
      'What the record shows afterwards, by JSON Pointer, where that is not what the message wrote: a transition to a state.',
    ),
});

export const recordSchema = z.strictObject({
  id: pointer.describe('Id for the API, in a record.'),
  number: pointer.describe('Number for people, in a record.'),
  correlation: pointer.describe(
    'Where our correlation id is kept, in a record; with /- at its end as an item of that list, such as /fields/labels/-.',
  ),
  find: z
    .strictObject({
      path: path.describe('Look-up by #correlation_id#. What comes back is compared with what was asked.'),
      records: pointer.default('').describe('The list of records in the answer.'),
    })
    .describe('How the change of a ticket is found.'),
  open: z
    .strictObject({
      path: path.describe(
        'Path that lists records which are not closed, on one page. Those without our id are left out.',
      ),
      records: pointer.default('').describe('The list of records in the answer.'),
    })
    .optional()
    .describe('For sco itsm reconcile: without it, what is open there alone is not seen.'),
  read: z
    .strictObject({
      path: path.describe('Path of one record, with #itsm_id# or #itsm_number#.'),
      record: pointer.default('').describe('The record in the answer, and in that of create.'),
    })
    .describe('How one record is read.'),
  create: z
    .strictObject({
      method: method.default('POST').describe('HTTP method.'),
      path: path.describe('Path that makes a record.'),
      accept: accept(200, 201),
    })
    .describe('How a record is made.'),
  update: change.describe('How a record is changed.'),
  close: change.optional().describe('How a record is closed; as update when left out.'),
  note: z
    .strictObject({
      member: z.string().min(1).describe('The member of a message that is added as a note.'),
      method: method.default('POST').describe('HTTP method.'),
      path: path.describe('Path that adds a note.'),
      accept: accept(200, 201, 204),
      text: pointer.describe('Where the text stands in the body of that call.'),
      list: path.describe('Path under which the notes are read.'),
    })
    .optional()
    .describe('How a text is added that nothing takes away. It is read before, so that it is added once.'),
});

export function toRecordRules({
  create,
  update,
  close,
  note,
  open,
  ...file
}: z.output<typeof recordSchema>): RecordRules {
  const toCall = ({ shows, ...call }: z.output<typeof change>): RecordRules['update'] => ({
    ...call,
    shows: shows ?? null,
  });
  return {
    ...file,
    open: open ?? null,
    create: { ...create, shows: null },
    update: toCall(update),
    close: close === undefined ? null : toCall(close),
    note:
      note === undefined
        ? null
        : {
            member: note.member,
            call: { method: note.method, path: note.path, accept: note.accept },
            text: note.text,
            list: note.list,
          },
  };
}
