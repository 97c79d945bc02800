import type { Connection } from '@temporalio/client';

/** One custom search attribute in the words of the SDK: `KEYWORD`, `KEYWORD_LIST`, `DATETIME`, `BOOL`, … */
export interface SearchAttributeSpec {
  readonly name: string;
  readonly type: string;
}

/** Numbers of temporal.api.enums.v1.IndexedValueType, which the client package does not export. */
const TYPE_NUMBERS: Readonly<Record<string, number>> = {
  TEXT: 1,
  KEYWORD: 2,
  INT: 3,
  DOUBLE: 4,
  BOOL: 5,
  DATETIME: 6,
  KEYWORD_LIST: 7,
};

type OperatorConnection = Pick<Connection, 'operatorService'>;

/**
 * Names of the table that the namespace does not have, or has with another type (then as `Name (other type)`).
 * A worker that upserts an unregistered attribute fails its workflow task, so it must not start before this is empty.
 */
export async function missingSearchAttributes(
  connection: OperatorConnection,
  namespace: string,
  table: readonly SearchAttributeSpec[],
): Promise<readonly string[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return table.flatMap(({ name, type }) => {
    const found: number | undefined = customAttributes[name];
    if (found === undefined) return [name];
    return found === typeNumber(type) ? [] : [`${name} (other type)`];
  });
}

/**
 * Registers what is missing, also on an existing database; returns the names it added.
 * Throws when one exists with another type: only an operator can decide what happens to its data.
 */
export async function ensureSearchAttributes(
  connection: OperatorConnection,
  namespace: string,
  table: readonly SearchAttributeSpec[],
): Promise<readonly string[]> {
  const missing = await missingSearchAttributes(connection, namespace, table);
  const mistyped = missing.filter((name) => name.endsWith('(other type)'));
  if (mistyped.length > 0) {
    throw new Error(
      `Temporal: search attributes of namespace ${namespace}: ${mistyped.join(', ')}; ` +
        'remove them with `temporal operator search-attribute remove` or use another namespace',
    );
  }
  const added = table.filter(({ name }) => missing.includes(name));
  if (added.length === 0) return [];
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(added.map(({ name, type }) => [name, typeNumber(type)])),
  });
  return added.map(({ name }) => name);
}

function typeNumber(type: string): number {
  const number = TYPE_NUMBERS[type];
  if (number === undefined) throw new Error(`search attribute type ${type} is unknown`);
  return number;
}
