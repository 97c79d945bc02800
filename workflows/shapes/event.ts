/** The form of a lifecycle event. */

import {
  LONGEST_SCRIPT_ARGUMENT,
  MOST_SCRIPT_ARGUMENTS,
  type Person,
  type Stage,
  type TicketEvent,
  type TicketInfo,
} from '../../src/domain/event.js';
import { clipped, list, nullable, object, oneOf, optional, text } from '../../src/domain/shape.js';
import { id, instant, ticketId } from './parts.js';

/** Text of a ticket that is only shown. */
const shownText = clipped(1_000);
const person = object<Person>({ id: shownText, login: shownText, displayName: shownText });
const stage = object<Stage>({
  id: nullable(shownText),
  name: shownText,
  task: nullable(
    object<NonNullable<Stage['task']>>({ id: shownText, name: shownText, handler: nullable(person) }),
  ),
});
const ticketInfo = object<TicketInfo>({
  id: shownText,
  subject: shownText,
  priority: nullable(shownText),
  createDate: nullable(shownText),
  updateDate: nullable(shownText),
  requester: nullable(person),
  stage: nullable(stage),
  openRequestStage: nullable(stage),
  comment: nullable(shownText),
});
export const ticketEvent = object<TicketEvent>({
  key: text(128, 1),
  name: text(64, 1),
  ticketId,
  source: oneOf('mediator', 'sweep', 'operator'),
  receivedAtMs: instant,
  info: nullable(ticketInfo),
  script: optional(
    object<NonNullable<TicketEvent['script']>>({
      name: id,
      // As many and as long as the gateway lets pass. Not shortened: that would change the argument.
      args: list(text(LONGEST_SCRIPT_ARGUMENT), MOST_SCRIPT_ARGUMENTS),
      ticketInfoXml: text(196_608),
      ticketInfoSha256: text(64, 64),
      runs: optional(oneOf('always')),
      reply: optional(oneOf('result')),
    }),
  ),
  scriptRefused: optional(
    object<NonNullable<TicketEvent['scriptRefused']>>({ name: id, reason: text(1_000) }),
  ),
  signature: optional(text(128)),
});
