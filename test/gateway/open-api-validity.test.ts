import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';

type Json = Record<string, unknown>;

const committed = (): Json => JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as Json;

/** Where each schema of the document is, as a JSON pointer in a URI. */
function schemaPlaces(part: unknown, place = '#'): readonly string[] {
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([name, inner]) => {
    const here = `${place}/${encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))}`;
    return name === 'schema' || place === '#/components/schemas' ? [here] : schemaPlaces(inner, here);
  });
}

function schemaReader(document: Json): Ajv2020 {
  // `base64` is zod's name beside the standard `contentEncoding`.
  const ajv = new Ajv2020({ allowUnionTypes: true, formats: { base64: true, 'date-time': true } });
  // So that the whole document can be added, and references inside it are found.
  return ajv.addVocabulary(Object.keys(document)).addSchema(document, 'openapi');
}

describe('docs/openapi.json, read by the tools of others', () => {
  it('is OpenAPI 3.1, and each of its references leads somewhere', async () => {
    const validator = new Validator();

    expect(await validator.validate(committed())).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it.each<[string, (text: string) => string]>([
    ['a member that OpenAPI does not know', (text) => text.replace('"operationId"', '"operationID"')],
    ['a reference to what is not there', (text) => text.replace('schemas/Problem"', 'schemas/Gone"')],
  ])('would be refused with %s', async (_what, broken) => {
    const document = JSON.parse(broken(JSON.stringify(committed()))) as Json;

    expect(await new Validator().validate(document)).toMatchObject({ valid: false });
  });

  it('has only schemas that JSON Schema 2020-12 knows, without a word that is ignored', () => {
    const found = schemaPlaces(committed());
    const ajv = schemaReader(committed());

    expect(found.length).toBeGreaterThan(40);
    for (const place of found)
      expect([place, typeof ajv.getSchema(`openapi${place}`)]).toEqual([place, 'function']);
  });

  it('would be refused with a word in a schema that JSON Schema does not know', () => {
    const text = JSON.stringify(committed()).replace('"additionalProperties"', '"additionalProps"');
    const document = JSON.parse(text) as Json;
    const ajv = schemaReader(document);

    expect(() => schemaPlaces(document).forEach((place) => ajv.getSchema(`openapi${place}`))).toThrow(
      'unknown keyword: "additionalProps"',
    );
  });
});
