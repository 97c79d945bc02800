import { Validator } from '@seriousme/openapi-schema-validator';

import { committedOpenApi, misfits, schemaReader } from '../support/open-api-reader.js';
import { ticketViewOf } from '../support/ticket-view.js';

type Json = Record<string, unknown>;

/** Where each schema of the document is, as a JSON pointer in a URI. */
function schemaPlaces(part: unknown, place = '#'): readonly string[] {
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([name, inner]) => {
    const here = `${place}/${encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))}`;
    return name === 'schema' || place === '#/components/schemas' ? [here] : schemaPlaces(inner, here);
  });
}

describe('docs/openapi.json, read by the tools of others', () => {
  it('is OpenAPI 3.1, and each of its references leads somewhere', async () => {
    const validator = new Validator();

    expect(await validator.validate(committedOpenApi())).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it.each<[string, (text: string) => string]>([
    ['a member that OpenAPI does not know', (text) => text.replace('"operationId"', '"operationID"')],
    ['a reference to what is not there', (text) => text.replace('schemas/Problem"', 'schemas/Gone"')],
  ])('would be refused with %s', async (_what, broken) => {
    const document = JSON.parse(broken(JSON.stringify(committedOpenApi()))) as Json;

    expect(await new Validator().validate(document)).toMatchObject({ valid: false });
  });

  it('has only schemas that JSON Schema 2020-12 knows, without a word that is ignored', () => {
    const found = schemaPlaces(committedOpenApi());
    const ajv = schemaReader(committedOpenApi());

    expect(found.length).toBeGreaterThan(40);
    for (const place of found)
      expect([place, typeof ajv.getSchema(`openapi${place}`)]).toEqual([place, 'function']);
  });

  it('would be refused with a word in a schema that JSON Schema does not know', () => {
    const text = JSON.stringify(committedOpenApi()).replace('"additionalProperties"', '"additionalProps"');
    const document = JSON.parse(text) as Json;
    const ajv = schemaReader(document);

    expect(() => schemaPlaces(document).forEach((place) => ajv.getSchema(`openapi${place}`))).toThrow(
      'unknown keyword: "additionalProps"',
    );
  });

  it('has a schema with members for each answer in JSON to a read', () => {
    const { paths } = committedOpenApi() as { paths: Record<string, { get?: Json }> };
    const bare = Object.entries(paths).flatMap(([path, { get }]) => {
      const content = (get as { responses: { 200: { content: Json } } } | undefined)?.responses[200].content;
      const json = content?.['application/json'] as { schema?: { $ref?: string } } | undefined;
      return json !== undefined && json.schema?.$ref === undefined ? [path] : [];
    });

    expect(bare).toEqual(['/v1/openapi.json']);
  });

  it('finds what does not fit: a member too few, one too many, one of another kind', () => {
    const { subject: _subject, ...ticket } = { ...ticketViewOf(), epoch: '1', more: 1 };

    expect(misfits('Ticket', ticketViewOf())).toEqual([]);
    expect(misfits('Ticket', ticket)).toEqual([
      expect.stringContaining("must have required property 'subject'"),
      expect.stringContaining('must NOT have additional properties {"additionalProperty":"more"}'),
      expect.stringContaining('/epoch must be number'),
    ]);
  });
});
