/** What vouches for a report: the gateway and the sweep sign each one with the key that signs commands, see `signed-text.ts`. */
import { canonicalJson } from './canonical-json.js';
import type { TicketEvent } from './event.js';

/**
 * The text that is signed: canonical JSON of the whole event but for `info`, on which nothing rests, and for the XML, which
 * its digest stands for: so the text is cheap to hand to a check.
 */
export function canonicalReport({
  info: _info,
  signature: _signature,
  script,
  ...event
}: TicketEvent): string {
  if (script === undefined) return canonicalJson({ report: event });
  const { ticketInfoXml: _xml, ...named } = script;
  return canonicalJson({ report: { ...event, script: named } });
}
