/** A mail as it stands in the outbox: recipients, subject and text, checked before it is queued and again before it is sent. */
import { z } from 'zod';
import { cleanLine } from '../domain/clean-text.js';
import type { Json } from '../domain/ticket-content.js';

const MOST_RECIPIENTS = 50;
const LONGEST_SUBJECT = 200;

const mailSchema = z.strictObject({
  to: z.array(z.email().max(254)).min(1).max(MOST_RECIPIENTS),
  // Without a line break no header can follow it.
  subject: z.string().regex(/^[^\p{Cc}\p{Zl}\p{Zp}]{1,200}$/u),
  text: z.string(),
});
export type MailMessage = z.output<typeof mailSchema>;

/** A mail that cannot be sent as it is; the message says why, for a person. */
export class MailRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MailRefused';
  }
}

/**
 * The mail of a template whose placeholders are filled in. Lists in `to` are joined, and each recipient gets one copy. With
 * `literal` a placeholder that has no value is left out. Throws `MailRefused`.
 */
export function toMail(filled: Json, literal: boolean): MailMessage {
  const { to, subject, text } = membersOf(filled);
  const named = textsIn(to)
    .filter((one) => !(literal && /^#[^#]+#$/.test(one.trim())))
    .flatMap((one) => one.split(/[\s,;]+/))
    .filter((one) => one !== '');
  const recipients = [...new Map(named.map((address) => [address.toLowerCase(), address])).values()];
  const wrong = recipients.find((address) => !z.email().max(254).safeParse(address).success);
  if (wrong !== undefined)
    throw new MailRefused(
      `"${cleanLine(wrong, 80)}" is no mail address; correct to, or what it is filled from`,
    );
  if (recipients.length === 0) throw new MailRefused('it has no recipient; add a fixed address to its to');
  if (recipients.length > MOST_RECIPIENTS)
    throw new MailRefused(`it has ${recipients.length} recipients, at most ${MOST_RECIPIENTS} get one mail`);
  const line = cleanLine(textsIn(subject).join(', '), LONGEST_SUBJECT);
  if (line === '') throw new MailRefused('its subject is empty; add a fixed word to it');
  return { to: recipients, subject: line, text: textsIn(text).join('\n') };
}

/** The mail of a message of the outbox. Throws `MailRefused`. */
export function readMail(body: string): MailMessage {
  const { data, success } = mailSchema.safeParse(JSON.parse(body));
  if (!success)
    throw new MailRefused('it is no mail with to, subject and text; drop it and correct its template');
  return data;
}

function membersOf(filled: Json): Readonly<Record<string, Json>> {
  return typeof filled === 'object' && filled !== null && !isList(filled) ? filled : {};
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function textsIn(value: Json | undefined): readonly string[] {
  if (value === undefined || value === null) return [];
  if (typeof value !== 'object') return [String(value)];
  return isList(value) ? value.flatMap(textsIn) : [JSON.stringify(value)];
}
