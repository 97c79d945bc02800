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

/** With each object as it is documented, and nothing more; compiled once. */
let strict: Ajv2020 | undefined;

/** What of an answer does not fit its documented schema; a member that is not documented does not fit either. */
export function misfits(component: string, answer: unknown): readonly string[] {
  return misfitsAt(['components', 'schemas', component], answer);
}

/** The same for a whole answer, by its status and content type; and whether the document has such a call at all. */
export async function misfitsOf(response: Response, method: string): Promise<readonly string[]> {
  const { paths } = committedOpenApi() as { paths: Readonly<Record<string, object>> };
  const { pathname } = new URL(response.url);
  const path = Object.keys(paths).find((template) =>
    new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
  );
  const place = ['paths', path ?? pathname, method.toLowerCase(), 'responses'];
  const status = [String(response.status), 'default'].find((each) => at([...place, each]) !== undefined);
  const type = response.headers.get('content-type')?.split(';')[0] ?? 'none';
  if (path === undefined || status === undefined) return [`no answer ${response.status} of ${pathname}`];
  const content = [...place, status, 'content', type, 'schema'];
  if (at(content) === undefined) return [`no ${type} with ${response.status} of ${path}`];
  return misfitsAt(content, await response.json());
}

function at(place: readonly string[]): unknown {
  return place.reduce<unknown>((part, name) => (part as Json | undefined)?.[name], committedOpenApi());
}

function misfitsAt(place: readonly string[], answer: unknown): readonly string[] {
  const pointer = place.map((name) => encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1')));
  strict ??= schemaReader(closed(committedOpenApi()) as Json);
  const fits = strict.getSchema(`openapi#/${pointer.join('/')}`);
  if (fits === undefined) throw new Error(`docs/openapi.json has no schema at ${place.join(' ')}`);
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
