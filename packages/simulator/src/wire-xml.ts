import { XMLParser } from 'fast-xml-parser';
import { ApiError } from './api-error.js';
import { isObject, type Json, type JsonObject } from './json.js';

const XSI = 'http://www.w3.org/2001/XMLSchema-instance';

/** Escapes text for XML content and attribute values; characters XML 1.0 forbids are dropped. */
export function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replace(/[&<>"]/g, (character) => `&#${String(character.charCodeAt(0))};`)
    .replaceAll('&#38;', '&amp;')
    .replaceAll('&#60;', '&lt;')
    .replaceAll('&#62;', '&gt;')
    .replaceAll('&#34;', '&quot;');
}

function attributes(element: JsonObject): string {
  let text = '';
  for (const [key, value] of Object.entries(element)) {
    if (!key.startsWith('@') || value === undefined || value === null || typeof value === 'object') continue;
    const shown = escapeXml(String(value));
    if (key !== '@xsi.type') text += ` ${key.slice(1).replace('.', ':')}="${shown}"`;
    else text += ` xmlns:xsi="${XSI}" xsi:type="${shown}"`;
  }
  return text;
}

function element(name: string, value: Json | undefined): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map((entry) => element(name, entry)).join('');
  if (value === null || value === '') return `<${name}/>`;
  if (!isObject(value)) return `<${name}>${escapeXml(String(value))}</${name}>`;
  const children = Object.entries(value)
    .filter(([key]) => !key.startsWith('@') && key !== '#text')
    .map(([key, inner]) => element(key, inner))
    .join('');
  const text = value['#text'];
  const inside =
    children +
    (text === undefined || text === null || typeof text === 'object' ? '' : escapeXml(String(text)));
  return inside === ''
    ? `<${name}${attributes(value)}/>`
    : `<${name}${attributes(value)}>${inside}</${name}>`;
}

/** Writes a tree with one root member as an XML document; `@` members become attributes, arrays repeated elements. */
export function writeXml(tree: JsonObject): string {
  const body = Object.entries(tree)
    .map(([name, value]) => element(name, value))
    .join('');
  return `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n${body}`;
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  processEntities: true,
});

function renamed(value: Json): Json {
  if (Array.isArray(value)) return value.map(renamed);
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  for (const [key, inner] of Object.entries(value)) {
    if (key.startsWith('@xmlns') || inner === undefined) continue;
    result[key.startsWith('@') ? key.replace(':', '.') : key] = renamed(inner);
  }
  return result;
}

/** True when every element is closed in order and exactly one stands at the top. */
function isWellFormed(text: string): boolean {
  const bare = text.replace(/<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<\?[\s\S]*?\?>/g, '').trim();
  const open: string[] = [];
  let end = 0;
  for (const tag of bare.matchAll(
    /<(\/?)([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/g,
  )) {
    if (/</.test(bare.slice(end, tag.index)) || (open.length === 0 && tag.index > 0)) return false;
    const [whole, closing, name = '', , empty] = tag;
    if (closing === '/' && open.pop() !== name) return false;
    if (closing === '' && empty === '') open.push(name);
    end = tag.index + whole.length;
  }
  return end > 0 && end === bare.length && open.length === 0;
}

/** Reads an XML body into the tree form. Throws the vendor's 406 when it does not parse or carries a DOCTYPE. */
export function readXml(text: string): JsonObject {
  const tree = isWellFormed(text) ? renamed(parser.parse(text) as Json) : null;
  if (isObject(tree)) return tree;
  throw new ApiError(406, 'BAD_REQUEST_ERROR', 'Invalid format detected: the body is no well-formed XML');
}
