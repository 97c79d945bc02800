import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { BadTicketInfo } from './bad-ticket-info.js';

export const XML_LIMITS = {
  bytes: 192 * 1024,
  elements: 20_000,
  depth: 32,
  attributes: 64,
  textBytes: 64 * 1024,
  references: 20_000,
} as const;

/** An element: its text, trimmed and decoded, and its children by name in the order they came. Attributes are dropped. */
export interface XmlElement {
  readonly text: string;
  readonly children: ReadonlyMap<string, readonly XmlElement[]>;
}

const ATTRIBUTE = '@';
const TEXT = '#text';

/** Numbers stay text, and entities stay as written: they are decoded once, in `decode`. */
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: ATTRIBUTE,
  textNodeName: TEXT,
  alwaysCreateTextNode: true,
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: false,
  ignoreDeclaration: true,
  maxNestedTags: XML_LIMITS.depth,
  // Paths are for callbacks we do not have; without them a hostile document costs half.
  jPath: false,
});

/**
 * Reads one document from a stranger: UTF-8 only, no DOCTYPE, no entity but the five of XML and numeric ones, within
 * `XML_LIMITS`. Throws `BadTicketInfo`; its texts never repeat input.
 */
export function readXml(input: Buffer | string): { readonly name: string; readonly root: XmlElement } {
  const text = withoutSections(decodeUtf8(input));
  const parsed = parse(text);
  const budget = { elements: XML_LIMITS.elements, references: XML_LIMITS.references };
  const roots = Object.entries(parsed).filter(([name]) => name !== TEXT);
  const [root] = roots;
  if (root === undefined || roots.length > 1 || Array.isArray(root[1])) {
    throw new BadTicketInfo('event.xml_malformed', 'the XML does not have exactly one root element');
  }
  return { name: root[0], root: toElement(root[1], budget) };
}

/** The same text for the same content: children sorted by name, no attributes, comments or blanks between elements. */
export function canonicalXml(element: XmlElement): string {
  const children = [...element.children].sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([
    element.text,
    children.map(([name, elements]) => [name, elements.map((child) => canonicalXml(child))]),
  ]);
}

function decodeUtf8(input: Buffer | string): string {
  const size = typeof input === 'string' ? Buffer.byteLength(input, 'utf8') : input.length;
  if (size > XML_LIMITS.bytes) {
    throw new BadTicketInfo('event.xml_too_large', `the XML is larger than ${XML_LIMITS.bytes} bytes`);
  }
  let text: string;
  try {
    text = typeof input === 'string' ? input.replace(/^\uFEFF/, '') : STRICT_UTF8.decode(input);
  } catch {
    throw new BadTicketInfo('event.xml_not_utf8', 'the XML is not UTF-8');
  }
  if (NOT_XML.test(text)) throw new BadTicketInfo('event.xml_malformed', 'the XML holds control characters');
  return withoutDeclaration(text).trim();
}

const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true });
// eslint-disable-next-line no-control-regex -- these are what XML forbids
const NOT_XML = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/;

function withoutDeclaration(text: string): string {
  const declaration = /^\s*<\?xml\s([^<>?]*)\?>/.exec(text);
  if (declaration === null) return text;
  const encoding = /encoding\s*=\s*["']([^"']*)["']/.exec(declaration[1] ?? '')?.[1] ?? 'utf-8';
  if (!/^utf-?8$/i.test(encoding)) {
    throw new BadTicketInfo('event.xml_not_utf8', 'the XML declares another encoding than UTF-8');
  }
  return text.slice(declaration[0].length);
}

/**
 * Drops comments and writes CDATA as escaped text, so that every other `<!` and `<?` is something we refuse: a DOCTYPE or
 * ENTITY never reaches the parser. One pass, so that no input makes it slow.
 */
function withoutSections(text: string): string {
  let plain = '';
  let at = 0;
  for (let open = text.indexOf('<!'); open >= 0; open = text.indexOf('<!', at)) {
    plain += text.slice(at, open);
    const section = SECTIONS.find(({ begin }) => text.startsWith(begin, open));
    const close = section === undefined ? -1 : text.indexOf(section.end, open + section.begin.length);
    if (section === undefined || close < 0) {
      throw new BadTicketInfo(
        'event.xml_doctype',
        'the XML holds a DOCTYPE, an ENTITY or another declaration',
      );
    }
    if (section.keep) plain += escapeText(text.slice(open + section.begin.length, close));
    at = close + section.end.length;
  }
  plain += text.slice(at);
  if (plain.includes('<?')) {
    throw new BadTicketInfo('event.xml_malformed', 'the XML holds a processing instruction');
  }
  return plain;
}

const SECTIONS = [
  { begin: '<!--', end: '-->', keep: false },
  { begin: '<![CDATA[', end: ']]>', keep: true },
] as const;

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function parse(text: string): Record<string, unknown> {
  if (text === '') throw new BadTicketInfo('event.xml_empty', 'the XML is empty');
  // The parser alone accepts unclosed elements.
  if (XMLValidator.validate(text) !== true) {
    throw new BadTicketInfo('event.xml_malformed', 'the XML is not well-formed');
  }
  try {
    return parser.parse(text) as Record<string, unknown>;
  } catch {
    throw new BadTicketInfo('event.xml_refused', 'the XML is nested too deeply or uses forbidden names');
  }
}

interface Budget {
  elements: number;
  references: number;
}

/** Recursion is bounded by the parser's depth limit. */
function toElement(node: unknown, budget: Budget): XmlElement {
  budget.elements -= 1;
  if (budget.elements < 0) {
    throw new BadTicketInfo('event.xml_too_large', `the XML has more than ${XML_LIMITS.elements} elements`);
  }
  if (typeof node === 'string') return { text: decode(node, budget), children: new Map() };
  const children = new Map<string, readonly XmlElement[]>();
  let text = '';
  let attributes = 0;
  for (const [name, value] of Object.entries(node as Record<string, unknown>)) {
    if (name === TEXT) text = decode(String(value), budget);
    else if (name.startsWith(ATTRIBUTE)) attributes += 1;
    else {
      const elements: readonly unknown[] = Array.isArray(value) ? value : [value];
      children.set(
        name,
        elements.map((child) => toElement(child, budget)),
      );
    }
  }
  if (attributes > XML_LIMITS.attributes) {
    throw new BadTicketInfo(
      'event.xml_too_large',
      `an element has more than ${XML_LIMITS.attributes} attributes`,
    );
  }
  return { text, children };
}

const STANDARD: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The one place where references become characters, so that nothing is ever decoded twice. */
function decode(raw: string, budget: Budget): string {
  if (Buffer.byteLength(raw, 'utf8') > XML_LIMITS.textBytes) {
    throw new BadTicketInfo('event.xml_too_large', `a text is larger than ${XML_LIMITS.textBytes} bytes`);
  }
  const text = raw
    .trim()
    .replace(/&(?:#(\d{1,7});|#x([0-9a-fA-F]{1,6});|([a-z]{1,4});)?/g, (...match: unknown[]) => {
      const [, decimal, hex, name] = match as (string | undefined)[];
      budget.references -= 1;
      if (budget.references < 0) {
        throw new BadTicketInfo(
          'event.xml_too_large',
          `the XML has more than ${XML_LIMITS.references} references`,
        );
      }
      if (name !== undefined && Object.hasOwn(STANDARD, name)) return STANDARD[name] ?? '';
      const code =
        decimal !== undefined ? Number(decimal) : hex !== undefined ? Number.parseInt(hex, 16) : -1;
      if (!isXmlCharacter(code)) {
        throw new BadTicketInfo('event.xml_entity', 'the XML uses an entity that does not exist');
      }
      return String.fromCodePoint(code);
    });
  return text;
}

function isXmlCharacter(code: number): boolean {
  if (code === 9 || code === 10 || code === 13) return true;
  return (
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x10000 && code <= 0x10ffff)
  );
}
