import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';

type Json = Record<string, unknown>;

export function committedOpenApi(): Json {
  return JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as Json;
}

/** Reads the schemas of a whole document by their place: `openapi#/components/schemas/Ticket`. */
export function schemaReader(document: Json): Ajv2020 {
  // `base64` is zod's name beside the standard `contentEncoding`.
  const formats = { base64: true, 'date-time': true } as const;
  const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, formats });
  // So that the whole document can be added, and references inside it are found.
  return ajv.addVocabulary(Object.keys(document)).addSchema(document, 'openapi');
}

/** What of an answer does not fit its documented schema; a member that is not documented does not fit either. */
export function misfits(component: string, answer: unknown): readonly string[] {
  const fits = schemaReader(closed(committedOpenApi()) as Json).getSchema(
    `openapi#/components/schemas/${component}`,
  );
  if (fits === undefined) throw new Error(`docs/openapi.json has no schema ${component}`);
  void fits(answer);
  return (fits.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message ?? ''} ${JSON.stringify(params)}`,
  );
}

function closed(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(closed);
  if (typeof part !== 'object' || part === null) return part;
  const inner = Object.fromEntries(Object.entries(part).map(([name, value]) => [name, closed(value)]));
  const isObject = inner['type'] === 'object' && 'properties' in inner;
  return isObject ? { additionalProperties: false, ...inner } : inner;
}
