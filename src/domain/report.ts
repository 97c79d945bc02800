/** What vouches for a report: the gateway and the sweep sign each one with the key that signs commands, see `signed-text.ts`. */
import { canonicalJson } from './canonical-json.js';
import type { TicketEvent } from './event.js';

/**
 * The text that is signed: canonical JSON of the event. Of `info` only the step is in it, on nothing else anything rests;
 * the XML is there by its digest, so that the text is cheap to hand to a check.
 */
export function canonicalReport({ info, signature: _signature, script, ...event }: TicketEvent): string {
  const stage = info?.stage ? { id: info.stage.id, name: info.stage.name } : null;
  if (script === undefined) return canonicalJson({ report: { ...event, stage } });
  const { ticketInfoXml: _xml, ...named } = script;
  return canonicalJson({ report: { ...event, stage, script: named } });
}
