import { createHash } from 'node:crypto';
import type { Person, Stage, TicketInfo } from '../domain/event.js';
import { canonicalId, canonicalTicketId } from '../domain/canonical-id.js';
import { BadTicketInfo } from './bad-ticket-info.js';
import { readXml, xmlDigest, type XmlElement } from './safe-xml.js';

export { BadTicketInfo } from './bad-ticket-info.js';

export type ParsedTicketInfo =
  | { readonly kind: 'test' }
  | {
      readonly kind: 'info';
      readonly info: TicketInfo;
      /** Of the whole document, see `xmlDigest`. */
      readonly digest: string;
    };

/**
 * Reads what SecureChange writes to a script's stdin. `<ticket_info/>` without content is the Test button. The stage
 * may come as `current_stage` or as `completion_data/stage`, both or none; ids are canonical text; long texts are clipped.
 * Throws `BadTicketInfo` for anything else, with a message that never repeats input.
 */
export function parseTicketInfo(xml: Buffer | string): ParsedTicketInfo {
  const root = readXml(xml);
  if (root.name !== 'ticket_info') {
    throw new BadTicketInfo('event.not_ticket_info', 'the root element is not ticket_info');
  }
  return toTicketInfo(root);
}

/**
 * Labels duplicates of one event: SHA-256 (hex, first 32) over ticket id, event name, stage ids, update date and the
 * document. Equal for a repeated delivery, also when blanks or comments differ.
 */
export function eventKey(event: string, parsed: ParsedTicketInfo): string {
  const info = parsed.kind === 'info' ? parsed.info : null;
  const parts = [
    info?.id ?? null,
    event,
    info?.stage?.id ?? null,
    info?.openRequestStage?.id ?? null,
    info?.updateDate ?? null,
    parsed.kind === 'info' ? parsed.digest : null,
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

function toTicketInfo(root: XmlElement): ParsedTicketInfo {
  if (root.children.length === 0 && root.text === '') return { kind: 'test' };
  const ids = root.children.filter(({ name }) => name === 'id');
  const id = ids.length === 1 ? canonicalTicketId(plainText(ids[0])) : null;
  if (id === null) {
    throw new BadTicketInfo(
      'event.no_ticket_id',
      'ticket_info does not hold exactly one id that is a positive number',
    );
  }
  return {
    kind: 'info',
    digest: xmlDigest(root),
    info: {
      id,
      subject: textOf(root, 'subject', 255) ?? '',
      priority: toPriority(childOf(root, 'priority')),
      createDate: textOf(root, 'createDate', 64),
      updateDate: textOf(root, 'updateDate', 64),
      requester: toPerson(childOf(root, 'requester')),
      stage:
        toStage(childOf(root, 'current_stage')) ??
        toStage(childOf(childOf(root, 'completion_data'), 'stage')),
      openRequestStage: toStage(childOf(root, 'open_request_stage')),
      comment: textOf(root, 'comment', 2000),
    },
  };
}

function toPriority(element: XmlElement | undefined): string | null {
  if (element === undefined) return null;
  return textOf(element, 'name', 120) ?? (element.text === '' ? null : clip(element.text, 120));
}

function toStage(element: XmlElement | undefined): Stage | null {
  if (element === undefined) return null;
  const id = idOf(element);
  const name = textOf(element, 'name', 120);
  if (id === null && name === null) return null;
  const task = childOf(element, 'ticket_task');
  const taskId = idOf(task);
  return {
    id,
    name: name ?? '',
    task:
      taskId === null
        ? null
        : { id: taskId, name: textOf(task, 'name', 120) ?? '', handler: toPerson(childOf(task, 'handler')) },
  };
}

function toPerson(element: XmlElement | undefined): Person | null {
  const id = idOf(element);
  const login = textOf(element, 'login', 120);
  if (id === null && login === null) return null;
  return { id: id ?? '', login: login ?? '', displayName: textOf(element, 'display_name', 120) ?? '' };
}

function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name);
}

/** Of a stage, task or person; null where it is absent or holds more than text. */
function idOf(element: XmlElement | undefined): string | null {
  const id = canonicalId(plainText(childOf(element, 'id')));
  return id === null ? null : clip(id, 64);
}

/** An id is text and nothing else: put together from `1<b/>2`, it would be the id of something else. */
function plainText(element: XmlElement | undefined): string | null {
  return element === undefined || element.children.length > 0 ? null : element.text;
}

/** null for an absent or empty element. */
function textOf(element: XmlElement | undefined, name: string, atMost: number): string | null {
  const text = childOf(element, name)?.text ?? '';
  return text === '' ? null : clip(text, atMost);
}

/** Cuts at a code point, never inside one. */
function clip(text: string, atMost: number): string {
  return text.length <= atMost ? text : Array.from(text).slice(0, atMost).join('');
}
