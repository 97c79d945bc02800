import { jsonSchemas } from '../../src/config/json-schemas.js';

type Schema = Readonly<Record<string, unknown>>;

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every property of every object in it, by its path; also those of alternatives and of values of records. */
function propertiesOf(schema: unknown, path: string): [path: string, property: Schema][] {
  if (Array.isArray(schema)) return schema.flatMap((one, index) => propertiesOf(one, `${path}[${index}]`));
  if (!isSchema(schema)) return [];
  return Object.entries(schema).flatMap(([key, value]) => {
    if (key !== 'properties' || !isSchema(value)) return propertiesOf(value, `${path}/${key}`);
    return Object.entries(value).flatMap(([name, property]) => [
      [`${path}.${name}`, isSchema(property) ? property : {}] as [string, Schema],
      ...propertiesOf(property, `${path}.${name}`),
    ]);
  });
}

const schemas = [...jsonSchemas()];
const all = schemas.flatMap(([name, schema]) => propertiesOf(schema, name));

describe('the schemas that editors check operators’ files by', () => {
  it('describe every property', () => {
    expect(all.length).toBeGreaterThan(180);
    const bare = all.filter(([, property]) => typeof property['description'] !== 'string');
    expect(bare.map(([path]) => path)).toEqual([]);
  });

  it('describe them in sentences', () => {
    const odd = all.filter(([, { description }]) => !/^[A-Za-z][^\n]{8,}[.]$/.test(String(description)));
    expect(odd.map(([path, { description }]) => `${path}: ${String(description)}`)).toEqual([]);
  });
});
