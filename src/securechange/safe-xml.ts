import { createHash } from 'node:crypto';

import { BadTicketInfo } from './bad-ticket-info.js';

export const XML_LIMITS = {
  bytes: 192 * 1024,
  elements: 20_000,
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
 * Reads one document from a stranger: UTF-8, no DOCTYPE, no entity but the five of XML and numeric ones, within
 * `XML_LIMITS`. What XML cannot hold (control characters, also as references, and broken UTF-8) becomes U+FFFD: somebody
 * pasted a log into a comment, and its ticket is to be looked at all the same. One pass: the time grows with the length,
 * whatever is in it. Throws `BadTicketInfo`; its texts never repeat input.
 */
export function readXml(input: Buffer | string): XmlElement {
  return new XmlReader(decodeUtf8(input)).read();
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

/** An element that is not closed yet. */
interface OpenElement {
  readonly name: string;
  text: string;
  textLength: number;
  readonly children: XmlElement[];
}

/**
 * Sticky patterns whose neighbouring parts share no character: each looks at each character a fixed number of times.
 * White space is XML's, not JavaScript's, which overlaps with names.
 */
const DECLARATION = /[ \t\r\n]*<\?xml[ \t\r\n]([^<>?]{0,200})\?>/y;
const NAME = /[A-Za-z_:\u00C0-\uFFFC][-A-Za-z0-9_:.\u00B7-\uFFFC]*/y;
const ATTRIBUTE =
  /[ \t\r\n]+[A-Za-z_:\u00C0-\uFFFC][-A-Za-z0-9_:.\u00B7-\uFFFC]*[ \t\r\n]*=[ \t\r\n]*(?:"[^"<]*"|'[^'<]*')/y;
const TAG_END = /[ \t\r\n]*(\/?)>/y;

class XmlReader {
  private at = 0;
  private elements = 0;
  private references = 0;
  private readonly open: OpenElement[] = [];
  private root: XmlElement | null = null;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  read(): XmlElement {
    this.skipDeclaration();
    const { text } = this;
    while (this.at < text.length) {
      const next = text.indexOf('<', this.at);
      const end = next < 0 ? text.length : next;
      this.addText(text.slice(this.at, end), true);
      this.at = end;
      if (next >= 0) this.readMarkup();
    }
    if (this.open.length > 0) throw malformed('the XML is not well-formed');
    if (this.root !== null) return this.root;
    if (text.trim() === '') throw new BadTicketInfo('event.xml_empty', 'the XML is empty');
    throw malformed('the XML does not have exactly one root element');
  }

  private skipDeclaration(): void {
    const declaration = this.match(DECLARATION);
    if (declaration === null) return;
    const encoding = /encoding\s*=\s*["']([^"']*)["']/.exec(declaration[1] ?? '')?.[1] ?? 'utf-8';
    if (!/^utf-?8$/i.test(encoding)) {
      throw new BadTicketInfo('event.xml_not_utf8', 'the XML declares another encoding than UTF-8');
    }
  }

  /** At a `<`. */
  private readMarkup(): void {
    const following = this.text[this.at + 1];
    if (following === '!') this.readSection();
    else if (following === '?') throw malformed('the XML holds a processing instruction');
    else if (following === '/') this.closeElement();
    else this.openElement();
  }

  /** A comment is dropped, CDATA is text as it stands, any other `<!` declares something and is refused. */
  private readSection(): void {
    const { text, at } = this;
    const section = SECTIONS.find(({ begin }) => text.startsWith(begin, at));
    const close = section === undefined ? -1 : text.indexOf(section.end, at + section.begin.length);
    if (section === undefined || close < 0) {
      throw new BadTicketInfo(
        'event.xml_doctype',
        'the XML holds a DOCTYPE, an ENTITY or another declaration',
      );
    }
    if (section.keep) this.addText(text.slice(at + section.begin.length, close), false);
    this.at = close + section.end.length;
  }

  private openElement(): void {
    this.at += 1;
    const name = this.match(NAME)?.[0];
    if (name === undefined) throw malformed('the XML is not well-formed');
    if (this.open.length === 0 && this.root !== null) {
      throw malformed('the XML does not have exactly one root element');
    }
    if (this.open.length >= XML_LIMITS.depth) {
      throw new BadTicketInfo('event.xml_refused', 'the XML is nested too deeply');
    }
    this.elements += 1;
    if (this.elements > XML_LIMITS.elements) throw tooMany('elements', XML_LIMITS.elements);
    let attributes = 0;
    while (this.match(ATTRIBUTE) !== null) {
      attributes += 1;
      if (attributes > XML_LIMITS.attributes) throw tooMany('attributes', XML_LIMITS.attributes);
    }
    const end = this.match(TAG_END);
    if (end === null) throw malformed('the XML is not well-formed');
    this.open.push({ name, text: '', textLength: 0, children: [] });
    if (end[1] === '/') this.finishElement();
  }

  private closeElement(): void {
    this.at += 2;
    const name = this.match(NAME)?.[0];
    if (name === undefined || name !== this.open.at(-1)?.name || this.match(TAG_END)?.[1] !== '') {
      throw malformed('the XML is not well-formed');
    }
    this.finishElement();
  }

  private finishElement(): void {
    const element = this.open.pop();
    if (element === undefined) throw malformed('the XML is not well-formed');
    const { name, text, children } = element;
    const finished = { name, text: text.trim(), children };
    const parent = this.open.at(-1);
    if (parent === undefined) this.root = finished;
    else parent.children.push(finished);
  }

  private addText(raw: string, decoded: boolean): void {
    if (raw === '') return;
    const element = this.open.at(-1);
    if (element === undefined) {
      // A NUL behind the document is as meaningless as a line end there.
      if (!decoded || raw.replaceAll(REPLACEMENT, '').trim() !== '') {
        throw malformed('the XML holds text beside its root element');
      }
      return;
    }
    element.textLength += raw.length;
    if (element.textLength > XML_LIMITS.textLength) {
      throw new BadTicketInfo(
        'event.xml_too_large',
        `a text has more than ${XML_LIMITS.textLength} characters`,
      );
    }
    element.text += decoded ? this.decode(raw) : raw;
  }

  /** The one place where references become characters, so that nothing is ever decoded twice. */
  private decode(raw: string): string {
    if (!raw.includes('&')) return raw;
    return raw.replace(REFERENCE, (...match: unknown[]) => {
      const [, decimal, hex, name] = match as (string | undefined)[];
      this.references += 1;
      if (this.references > XML_LIMITS.references) throw tooMany('references', XML_LIMITS.references);
      if (decimal !== undefined) return characterOf(Number(decimal));
      if (hex !== undefined) return characterOf(Number.parseInt(hex, 16));
      const character = name === undefined ? undefined : STANDARD.get(name);
      if (character !== undefined) return character;
      throw new BadTicketInfo('event.xml_entity', 'the XML uses an entity that does not exist');
    });
  }

  /** What the sticky pattern finds exactly here; the place moves behind it. */
  private match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found !== null) this.at = pattern.lastIndex;
    return found;
  }
}

const SECTIONS = [
  { begin: '<!--', end: '-->', keep: false },
  { begin: '<![CDATA[', end: ']]>', keep: true },
] as const;

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
