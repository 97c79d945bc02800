import { z } from 'zod';

import { utf8 } from './json-body.js';
import { Problem } from './problem.js';

/** What a mediator sends, with the arguments as separate words. */
export interface TriggerPayload {
  /** Base64 as it came. */
  readonly ticketInfo: string;
  readonly event: string;
  readonly args: ScriptArguments;
  readonly script: string;
}

/** Wrong arguments refuse the script they are for, never the event: the reason is our own words. */
export type ScriptArguments =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: string };

/** A mediator without a value for a member may send null. */
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
/** Body of what a mediator sends. */
export const triggerBody = z.object({
  ticket_info: text,
  event: text,
  args: z.unknown().optional(),
  script: text.refine((name) => name.length <= 1_024),
});

/**
 * The vendor's example mediator pastes its values into the JSON without escaping: a quote in the arguments breaks it, and
 * so do the line ends of a `base64` that wraps.
 */
const PASTED =
  /^\{\s*"ticket_info":"([A-Za-z0-9+/=\s]*)",\s*"event":"([^"\\]*)",\s*"args":"(.*)",\s*"script":"([^"\\]*)"\s*\}\s*$/s;

export function parseTriggerPayload(bytes: Buffer): TriggerPayload {
  const { isUtf8, value } = read(bytes);
  const parsed = triggerBody.safeParse(value);
  if (!parsed.success) {
    const where = parsed.error.issues.map((issue) => issue.path[0]);
    const members = ['ticket_info', 'event', 'script'].filter((member) => where.includes(member));
    throw new Problem('bad_json', {
      note:
        members.length > 0 ? `Wrong type or too long: ${members.join(', ')}.` : 'The body is not an object.',
    });
  }
  const { ticket_info, event, args, script } = parsed.data;
  return {
    ticketInfo: ticket_info,
    // An event without a name is still a reason to read the ticket.
    event: printable(event).slice(0, 64) || 'UNKNOWN',
    args: isUtf8 ? argumentsOf(args) : { kind: 'refused', reason: 'the call is not UTF-8' },
    script,
  };
}

function read(bytes: Buffer): { readonly isUtf8: boolean; readonly value: unknown } {
  const { isUtf8, body } = decode(bytes);
  try {
    return { isUtf8, value: JSON.parse(body) as unknown };
  } catch (error) {
    const [, ticket_info, event, args, script] = PASTED.exec(body) ?? [];
    if (ticket_info === undefined) throw new Problem('bad_json', { cause: error });
    return { isUtf8, value: { ticket_info, event, args, script } };
  }
}

/** Base64 and event names are ASCII: bytes of another encoding stand in the arguments. */
function decode(bytes: Buffer): { readonly isUtf8: boolean; readonly body: string } {
  try {
    return { isUtf8: true, body: utf8(bytes) };
  } catch {
    return { isUtf8: false, body: bytes.toString('utf8') };
  }
}

function argumentsOf(args: unknown): ScriptArguments {
  if (args === undefined || args === null) return { kind: 'words', words: [] };
  if (typeof args === 'string') {
    return { kind: 'words', words: args.split(/\s+/).filter((word) => word !== '') };
  }
  if (Array.isArray(args) && args.every((word) => typeof word === 'string')) {
    return { kind: 'words', words: args };
  }
  return { kind: 'refused', reason: 'the arguments are neither a text nor a list of texts' };
}

/**
 * Line ends, as another `base64` writes them, and missing padding are understood. Strict otherwise: what decodes and
 * encodes to something else was not base64.
 */
export function decodeTicketInfo(base64: string, maxBytes: number): Buffer {
  const text = base64.replace(/[ \t\r\n]/g, '');
  const bytes = Buffer.from(text, 'base64');
  if (withoutPadding(bytes.toString('base64')) !== withoutPadding(text)) throw new Problem('bad_base64');
  if (bytes.length > maxBytes) throw new Problem('too_large');
  return bytes;
}

function withoutPadding(base64: string): string {
  if (base64.endsWith('==')) return base64.slice(0, -2);
  return base64.endsWith('=') ? base64.slice(0, -1) : base64;
}

function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '').trim();
}
