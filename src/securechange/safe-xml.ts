import { createHash } from 'node:crypto';
import { XMLParser, XMLValidator } from 'fast-xml-parser';

import { BadTicketInfo } from './bad-ticket-info.js';

export const XML_LIMITS = {
  bytes: 192 * 1024,
  elements: 6_000,
  depth: 32,
  attributes: 64,
  textLength: 64 * 1024,
  references: 20_000,
} as const;

/** An element: its text, trimmed and decoded, and its children in the order they came. Attributes are dropped. */
export interface XmlElement {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

/**
 * Reads one untrusted document: UTF-8, no DOCTYPE, no entity but the five of XML and numeric ones, within
 * `XML_LIMITS`. What XML cannot hold (control characters, also as references, and broken UTF-8) becomes U+FFFD: a
 * log pasted into a comment must not hide its ticket. The time grows with the length, whatever
 * is in it. Throws `BadTicketInfo`; its texts never repeat input.
 */
export function readXml(input: Buffer | string): XmlElement {
  const budget = new Budget();
  const text = withoutAttributes(withoutSections(withoutSurroundings(decodeUtf8(input))), budget);
  const document = toElement('', parse(text), budget);
  const [root] = document.children;
  if (root === undefined || document.children.length > 1 || document.text !== '') {
    throw malformed('the XML does not have exactly one root element');
  }
  // The parser alone accepts unclosed elements. Last, because the limits end sooner what is too much.
  if (XMLValidator.validate(text) !== true) throw malformed('the XML is not well-formed');
  return root;
}

/** SHA-256 (hex), the same for the same content: without attributes, comments and blanks between elements. */
export function xmlDigest(element: XmlElement): string {
  const parts: string[] = [];
  collect(element, parts);
  return createHash('sha256').update(parts.join('')).digest('hex');
}

/** Each text is encoded once, where it stands; recursion is bounded by the depth limit of the reader. */
function collect({ name, text, children }: XmlElement, parts: string[]): void {
  parts.push('[', name, JSON.stringify(text));
  for (const child of children) collect(child, parts);
  parts.push(']');
}

function decodeUtf8(input: Buffer | string): string {
  const size = typeof input === 'string' ? Buffer.byteLength(input, 'utf8') : input.length;
  if (size > XML_LIMITS.bytes) {
    throw new BadTicketInfo('event.xml_too_large', `the XML is larger than ${XML_LIMITS.bytes} bytes`);
  }
  const text = typeof input === 'string' ? input : input.toString('utf8');
  return (text.startsWith('\uFEFF') ? text.slice(1) : text).replace(NOT_TEXT, REPLACEMENT);
}

const REPLACEMENT = '\uFFFD';
/** What XML forbids, and the control characters it merely discourages. */
// eslint-disable-next-line no-control-regex -- these are meant
const NOT_TEXT = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\uFFFE\uFFFF]/g;

/** Without the declaration, and without blanks and NULs behind the root element. */
function withoutSurroundings(text: string): string {
  const declaration = /^[ \t\r\n]*<\?xml[ \t\r\n]([^<>?]{0,200})\?>/.exec(text);
  const encoding = /encoding\s*=\s*["']([^"']*)["']/.exec(declaration?.[1] ?? '')?.[1] ?? 'utf-8';
  if (!/^utf-?8$/i.test(encoding)) {
    throw new BadTicketInfo('event.xml_not_utf8', 'the XML declares another encoding than UTF-8');
  }
  const end = text.lastIndexOf('>') + 1;
  const behind = text.slice(end).replaceAll(REPLACEMENT, '');
  const plain = (text.slice(declaration?.[0].length ?? 0, end) + behind).trim();
  if (plain === '') throw new BadTicketInfo('event.xml_empty', 'the XML is empty');
  return plain;
}

/**
 * Drops comments and makes CDATA text, so that every other `<!` and `<?` is something we refuse: a DOCTYPE or ENTITY
 * never reaches the parser. The first of those takes the whole rest, so that it is looked at once.
 */
function withoutSections(text: string): string {
  return text.replace(
    /<!--[^]*?-->|<!\[CDATA\[([^]*?)\]\]>|<([!?])[^]*/g,
    (_section, cdata?: string, refused?: string) => {
      if (refused === '?') throw malformed('the XML holds a processing instruction');
      if (refused === '!') {
        throw new BadTicketInfo(
          'event.xml_doctype',
          'the XML holds a DOCTYPE, an ENTITY or another declaration',
        );
      }
      return cdata?.replaceAll('&', PLAIN_AND).replaceAll('<', PLAIN_LESS) ?? '';
    },
  );
}

/** Stand for what is text as it is: `decodeUtf8` leaves none of these two in what came. */
const PLAIN_AND = '\uFFFE';
const PLAIN_LESS = '\uFFFF';

/**
 * A tag as far as its last well-formed attribute; neighbouring parts share no character, so that each character is looked
 * at a fixed number of times.
 */
const OPENING =
  /<([^ \t\r\n<>/]+)((?:[ \t\r\n]+[^ \t\r\n<>/='"]+[ \t\r\n]*=[ \t\r\n]*(?:"[^"<]*"|'[^'<]*'))*)/g;

/** Counts elements and attributes before the parser spends time on them. A malformed attribute stays, and is refused later. */
function withoutAttributes(text: string, budget: Budget): string {
  return text.replace(OPENING, (_tag, name: string, attributes: string) => {
    budget.spend('elements');
    const values = attributes.match(/"[^"]*"|'[^']*'/g)?.length ?? 0;
    if (values > XML_LIMITS.attributes) throw tooMany('attributes', XML_LIMITS.attributes);
    return `<${name}`;
  });
}

const TEXT = '#text';

/** An object with one member: an element's name and what it holds, or `#text` and a text. */
interface ParsedNode {
  readonly [name: string]: string | readonly ParsedNode[];
}

/** Numbers stay text, and references stay as written: they are decoded once, in `decode`. */
const parser = new XMLParser({
  preserveOrder: true,
  textNodeName: TEXT,
  trimValues: false,
  parseTagValue: false,
  processEntities: false,
  maxNestedTags: XML_LIMITS.depth - 1,
  // Paths are for callbacks we do not have; without them a hostile document costs half.
  jPath: false,
});

function parse(text: string): readonly ParsedNode[] {
  try {
    return parser.parse(text) as readonly ParsedNode[];
  } catch (error) {
    if (error instanceof Error && /^(Maximum nested tags|\[SECURITY\])/.test(error.message)) {
      throw new BadTicketInfo('event.xml_refused', 'the XML is nested too deeply or uses forbidden names');
    }
    throw malformed('the XML is not well-formed');
  }
}

type Counted = 'elements' | 'references';

class Budget {
  private readonly left: Record<Counted, number> = { ...XML_LIMITS };

  spend(what: Counted): void {
    this.left[what] -= 1;
    if (this.left[what] < 0) throw tooMany(what, XML_LIMITS[what]);
  }
}

/** Recursion is bounded by the parser's depth limit. */
function toElement(name: string, nodes: readonly ParsedNode[], budget: Budget): XmlElement {
  const children: XmlElement[] = [];
  let raw = '';
  for (const node of nodes) {
    for (const [child, inside] of Object.entries(node)) {
      if (typeof inside === 'string') raw += inside;
      else children.push(toElement(child, inside, budget));
    }
  }
  if (raw.length > XML_LIMITS.textLength) {
    throw new BadTicketInfo(
      'event.xml_too_large',
      `a text has more than ${XML_LIMITS.textLength} characters`,
    );
  }
  return { name, text: decode(raw, budget).trim(), children };
}

/** The one place where references become characters, so that nothing is ever decoded twice. */
function decode(raw: string, budget: Budget): string {
  const text = raw.replace(REFERENCE, (...match: unknown[]) => {
    const [, decimal, hex, name] = match as (string | undefined)[];
    budget.spend('references');
    if (decimal !== undefined) return characterOf(Number(decimal));
    if (hex !== undefined) return characterOf(Number.parseInt(hex, 16));
    const character = name === undefined ? undefined : STANDARD.get(name);
    if (character !== undefined) return character;
    throw new BadTicketInfo('event.xml_entity', 'the XML uses an entity that does not exist');
  });
  return text.replaceAll(PLAIN_AND, '&').replaceAll(PLAIN_LESS, '<');
}

const REFERENCE = /&(?:#([0-9]{1,32});|#x([0-9a-fA-F]{1,32});|([a-z]{1,4});)?/g;
const STANDARD: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** U+FFFD for what is a control character, half a pair or nothing at all. */
function characterOf(code: number): string {
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return REPLACEMENT;
  return String.fromCodePoint(code).replace(NOT_TEXT, REPLACEMENT);
}

function malformed(message: string): BadTicketInfo {
  return new BadTicketInfo('event.xml_malformed', message);
}

function tooMany(what: string, limit: number): BadTicketInfo {
  return new BadTicketInfo('event.xml_too_large', `the XML has more than ${limit} ${what}`);
}
