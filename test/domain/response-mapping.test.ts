import fc from 'fast-check';
import { mapResponse, mappedFields } from '../../src/domain/response-mapping.js';

const template = { result: { number: '#ITSM number#', state: '#ITSM state#', sys_id: 'not mapped' } };

describe('the mapping of an answer into fields', () => {
  it('takes the values that the template names, and no other', () => {
    const answer = { result: { number: 'CHG1', state: 3, sys_id: 'a1', more: 'x' } };
    expect(mapResponse(template, answer)).toEqual({
      values: [
        { field: 'ITSM number', text: 'CHG1' },
        { field: 'ITSM state', text: '3' },
      ],
      problems: [],
    });
  });

  it.each([
    ['an answer without the member', { result: { number: 'CHG1' } }],
    ['an object where a text is expected', { result: { number: 'CHG1', state: { value: 3 } } }],
    ['no JSON', undefined],
    ['a list where an object is expected', { result: ['CHG1', 3] }],
    ['a text that no field takes', { result: { number: 'CHG1', state: 'x'.repeat(4_001) } }],
  ])('names %s as a problem and takes no value for it', (_what, answer) => {
    const { values, problems } = mapResponse(template, answer);
    expect(problems.join()).toContain('state');
    expect(values.map(({ field }) => field)).not.toContain('ITSM state');
  });

  it('reads entries of a list by their place, and joins plain lists', () => {
    const mapped = mapResponse(
      { items: [{ id: '#First#' }], tags: '#Tags#' },
      { items: [{ id: 7 }], tags: ['a', 'b'] },
    );
    expect(mapped.values).toEqual([
      { field: 'First', text: '7' },
      { field: 'Tags', text: 'a, b' },
    ]);
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length'])(
    'reads own members only: %s of an answer without it is a problem',
    (key) => {
      const asked = JSON.parse(`{"${key}": "#Field#", "a": {"${key}": {"name": "#Other#"}}}`) as unknown;
      expect(mappedFields(asked)).toHaveLength(2);
      expect(mapResponse(asked, { a: {} }).values).toEqual([]);
      const own = JSON.parse(`{"${key}": "own", "a": {"${key}": {"name": "too"}}}`) as unknown;
      expect(mapResponse(asked, own).values.map(({ text }) => text)).toEqual(['own', 'too']);
    },
  );

  it('whatever the answer is, gives each field the value at its own place or none, and changes no prototype', () => {
    const keys = fc.constantFrom('a', 'b', '__proto__', 'constructor', 'prototype', 'toString', '0');
    const json = fc.letrec<{ any: unknown }>((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.string(),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.array(fc.tuple(keys, tie('any')), { maxLength: 4 }).map(Object.fromEntries),
      ),
    })).any;
    const path = fc.array(keys, { minLength: 1, maxLength: 4 });
    const paths = fc.uniqueArray(path, { minLength: 1, maxLength: 4, selector: (one) => one.join('/') });
    const before = Object.getOwnPropertyNames(Object.prototype).length;
    fc.assert(
      fc.property(paths, json, (asked, answer) => {
        for (const one of asked) {
          const shaped = one.reduceRight<unknown>((inner, key) => Object.fromEntries([[key, inner]]), '#F#');
          const { values, problems } = mapResponse(shaped, answer);
          expect(values.length + problems.length).toBe(1);
          const text = JSON.stringify(answer);
          for (const value of values) {
            // What was taken stands in the answer itself; nothing is inherited.
            const parts = value.text === '' ? [] : [value.text.split(', ')[0]!];
            for (const part of parts)
              expect(text.includes(JSON.stringify(part)) || text.includes(part)).toBe(true);
          }
        }
        expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(before);
        expect(({} as Record<string, unknown>)['a']).toBeUndefined();
      }),
    );
  });

  it('of many fields at once gives none the value of another, whatever stands beside it', () => {
    const keys = ['a', '__proto__', 'constructor', 'toString', 'then', 'length'] as const;
    const leaf = fc.oneof(fc.string(), fc.constant('x'.repeat(4_001)), fc.integer(), fc.constant({}));
    const answer = fc.dictionary(fc.constantFrom(...keys), leaf, { noNullPrototype: true });
    fc.assert(
      fc.property(answer, answer, (outer, inner) => {
        const own = Object.fromEntries([...Object.entries(outer), ['in', inner]]);
        const asked = Object.fromEntries([
          ...keys.map((key) => [key, `#${key}#`]),
          ['in', Object.fromEntries(keys.map((key) => [key, `#in ${key}#`]))],
        ]) as unknown;
        const { values, problems } = mapResponse(asked, own);
        const expected = (part: object, before: string) =>
          keys.flatMap((key) => {
            const value = Object.entries(part).find(([name]) => name === key)?.[1] as unknown;
            const isText = (typeof value === 'string' && value.length <= 4_000) || typeof value === 'number';
            return isText ? [{ field: `${before}${key}`, text: String(value) }] : [];
          });
        expect(values).toEqual([...expected(outer, ''), ...expected(inner, 'in ')]);
        expect(problems).toHaveLength(Math.min(10, keys.length * 2 - values.length));
      }),
    );
  });
});
