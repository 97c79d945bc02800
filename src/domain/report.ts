/** The signature of a report: gateway and sweep sign each one with the key that signs commands, see `signed-text.ts`. */
import { canonicalJson } from './canonical-json.js';
import type { TicketEvent } from './event.js';

/**
 * The text that is signed: canonical JSON of the event. It contains only the step of `info`, because no decision uses the
 * rest, and the digest of the XML instead of the XML.
 */
export function canonicalReport({ info, signature: _signature, script, ...event }: TicketEvent): string {
  const stage = info?.stage ? { id: info.stage.id, name: info.stage.name } : null;
  if (script === undefined) return canonicalJson({ report: { ...event, stage } });
  const { ticketInfoXml: _xml, ...named } = script;
  return canonicalJson({ report: { ...event, stage, script: named } });
}
