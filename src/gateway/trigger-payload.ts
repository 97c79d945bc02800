import { z } from 'zod';

import { utf8 } from './json-body.js';
import { Problem } from './problem.js';

/** What a mediator sends, with the arguments as separate words. */
export interface TriggerPayload {
  /** Base64 as it came. */
  readonly ticketInfo: string;
  readonly event: string;
  readonly args: readonly string[];
  readonly script: string;
}

const schema = z.object({
  ticket_info: z.string().default(''),
  event: z.string().default(''),
  args: z.union([z.string(), z.array(z.string()).max(256)]).default(''),
  script: z.string().max(1_024).default(''),
});

/** The vendor's example mediator pastes its arguments into the JSON without escaping: a quote there breaks it. */
const PASTED =
  /^\{\s*"ticket_info":"([A-Za-z0-9+/=]*)",\s*"event":"([^"\\]*)",\s*"args":"(.*)",\s*"script":"([^"\\]*)"\s*\}\s*$/s;

export function parseTriggerPayload(bytes: Buffer): TriggerPayload {
  const { ticket_info, event, args, script } = read(bytes);
  return {
    ticketInfo: ticket_info,
    // An event without a name is still a reason to look at the ticket.
    event: printable(event).slice(0, 64) || 'UNKNOWN',
    args: typeof args === 'string' ? args.split(/\s+/).filter((word) => word !== '') : args,
    script,
  };
}

function read(bytes: Buffer): z.infer<typeof schema> {
  let text: string;
  try {
    text = utf8(bytes);
  } catch (error) {
    throw new Problem('bad_json', { note: 'The body is not UTF-8.', cause: error });
  }
  let value: unknown;
  try {
    value = JSON.parse(text) as unknown;
  } catch (error) {
    const [, ticket_info, event, args, script] = PASTED.exec(text) ?? [];
    if (ticket_info === undefined) throw new Problem('bad_json', { cause: error });
    value = { ticket_info, event, args, script };
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const where = parsed.error.issues.map((issue) => issue.path[0]);
    const members = ['ticket_info', 'event', 'args', 'script'].filter((member) => where.includes(member));
    throw new Problem('bad_json', {
      note:
        members.length > 0 ? `Wrong type or too long: ${members.join(', ')}.` : 'The body is not an object.',
    });
  }
  return parsed.data;
}

/** Strict: what decodes and encodes to something else was not base64. */
export function decodeTicketInfo(base64: string, maxBytes: number): Buffer {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('base64') !== base64) throw new Problem('bad_base64');
  if (bytes.length > maxBytes) throw new Problem('too_large');
  return bytes;
}

function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '').trim();
}
