/** One condition of an encoded query, such as `correlation_id=x` or `state!=7`. One that cannot be read holds. */
function holdsFor(row: Record<string, string>, condition: string): boolean {
  const parts = /^([\w.]+?)(!=|=|NOT IN|IN|LIKE|STARTSWITH|ISEMPTY|ISNOTEMPTY)(.*)$/s.exec(condition);
  if (!parts) return true;
  const [, name = '', operator = '', wanted = ''] = parts;
  const value = row[name] ?? '';
  if (operator === '=') return value === wanted;
  if (operator === '!=') return value !== wanted;
  if (operator === 'IN') return wanted.split(',').includes(value);
  if (operator === 'NOT IN') return !wanted.split(',').includes(value);
  if (operator === 'LIKE') return value.toLowerCase().includes(wanted.toLowerCase());
  if (operator === 'STARTSWITH') return value.startsWith(wanted);
  return operator === 'ISEMPTY' ? value === '' : value !== '';
}

const ORDER = /^ORDERBY(DESC)?(.+)$/;

/** The conditions of one query: `^` joins groups that must all hold, `^OR` adds to the group before it. */
function groupsOf(encoded: string): string[][] {
  const groups: string[][] = [];
  for (const part of encoded.split('^')) {
    if (part === '' || part === 'EQ' || ORDER.test(part)) continue;
    const previous = groups.at(-1);
    if (part.startsWith('OR') && previous) previous.push(part.slice(2));
    else groups.push([part]);
  }
  return groups;
}

/** True when a row meets an encoded query (`^` and, `^OR` or, `^NQ` or between whole queries). */
export function matchesQuery(row: Record<string, string>, encoded: string): boolean {
  return encoded
    .split('^NQ')
    .some((query) => groupsOf(query).every((group) => group.some((condition) => holdsFor(row, condition))));
}

/** Rows in the order that `^ORDERBY` and `^ORDERBYDESC` of an encoded query ask for, the first named counting most. */
export function inQueryOrder<T>(
  rows: readonly T[],
  encoded: string,
  fieldsOf: (row: T) => Record<string, string>,
): T[] {
  const sorted = [...rows];
  const orders = encoded.split('^').flatMap((part) => {
    const [, descending, name] = ORDER.exec(part) ?? [];
    return name === undefined ? [] : [{ name, sign: descending === undefined ? 1 : -1 }];
  });
  for (const { name, sign } of orders.reverse()) {
    sorted.sort(
      (left, right) => sign * (fieldsOf(left)[name] ?? '').localeCompare(fieldsOf(right)[name] ?? ''),
    );
  }
  return sorted;
}
