import { tufinCode, type TufinReason } from '../domain/codes.js';
import { CallFailure } from '../domain/failure.js';
import { toTruth } from './normalise.js';
import { fieldType } from './request-field.js';
import type { FieldValue } from './secure-change.js';
import type { WireField } from './wire.js';

/** Member that holds a text, per field type we write text to. */
const TEXT_MEMBERS: ReadonlyMap<string, string> = new Map([
  ['text_area', 'text'],
  ['text_field', 'text'],
  ['manager', 'text'],
  ['hyperlink', 'url'],
  ['date', 'value'],
  ['time', 'value'],
  ['drop_down_list', 'selection'],
]);

/**
 * The explicit values as the wire wants them: id and type of the field in *this* task, found by name, and the value;
 * nothing is filled in, no other field is touched. Throws `CallFailure` kind `rejected` when a field is missing, of
 * another type or read-only.
 */
export function toWireFields(
  fields: readonly WireField[],
  values: readonly FieldValue[],
  call: { readonly system: string; readonly operation: string },
): readonly Readonly<Record<string, unknown>>[] {
  const refuse = (reason: TufinReason, message: string): CallFailure =>
    new CallFailure({ kind: 'rejected', ...call, code: tufinCode(call.system, reason), message });
  return values.map((value) => {
    const named = `field "${value.fieldName}"`;
    const field = fields.find((one) => one.name === value.fieldName);
    if (field === undefined) {
      const names = fields.map((one) => `"${one.name ?? ''}"`).slice(0, 20);
      throw refuse('field_missing', `${named} is not in this step; it has ${names.join(', ') || 'none'}`);
    }
    if (field.id === null) throw refuse('field_without_id', `${named} has no id`);
    if (toTruth(field['read_only']) === true) throw refuse('field_read_only', `${named} is read-only`);
    const type = fieldType(field);
    const head = { '@xsi.type': type, id: toWireId(field.id), name: value.fieldName };
    if (value.kind === 'approveReject') {
      if (type !== 'approve_reject') throw refuse('field_type', `${named} is no Approve/Reject field`);
      return { ...head, approved: value.approved, reason: value.reason };
    }
    const member = TEXT_MEMBERS.get(type);
    if (member === undefined) throw refuse('field_type', `${named} is of type ${type}, which takes no text`);
    return { ...head, [member]: value.text };
  });
}

/** Ids are numbers on the wire. */
export function toWireId(id: string): number | string {
  return /^\d{1,15}$/.test(id) ? Number(id) : id;
}
