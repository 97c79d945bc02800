import { canonicalText } from '../../src/securechange/canonical.js';
import {
  clip,
  toList,
  toObject,
  toText,
  toTruth,
  toWrappedList,
  wireId,
  wireOptionalId,
  wireTicketId,
} from '../../src/securechange/normalise.js';

describe('lists', () => {
  it.each([
    [undefined, []],
    [null, []],
    ['', []],
    [[], []],
    [{ id: 1 }, [{ id: 1 }]],
    ['one', ['one']],
    [0, [0]],
    [
      [1, 2],
      [1, 2],
    ],
  ])('%j is %j', (wire, list) => {
    expect(toList(wire)).toEqual(list);
  });

  it.each([
    ['', []],
    [undefined, []],
    [{ step: '' }, []],
    [{ step: { id: 1 } }, [{ id: 1 }]],
    [{ step: [{ id: 1 }, { id: 2 }] }, [{ id: 1 }, { id: 2 }]],
    [[{ id: 1 }], [{ id: 1 }]],
    [{ other: 1 }, []],
  ])('the wrapper %j holds %j', (wire, list) => {
    expect(toWrappedList(wire, 'step')).toEqual(list);
  });
});

describe('scalars', () => {
  it('read as text, blank as nothing', () => {
    expect([7, '7', true, '', '  ', null, undefined, {}, []].map(toText)).toEqual([
      '7',
      '7',
      'true',
      null,
      null,
      null,
      null,
      null,
      null,
    ]);
  });

  it('read as truth values', () => {
    expect([true, 'true', 'False', '', 'yes', 1, null].map(toTruth)).toEqual([
      true,
      true,
      false,
      null,
      null,
      null,
      null,
    ]);
  });

  it('an object is an object, "" is absent', () => {
    expect(['', null, [], 'x', 5].map(toObject)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(toObject({ a: 1 })).toEqual({ a: 1 });
  });

  it('are clipped at a whole character', () => {
    expect(clip('abc', 3)).toBe('abc');
    expect(clip('🔥'.repeat(5), 3)).toBe('🔥🔥…');
  });
});

describe('the canonical text', () => {
  const all = { leaveOut: () => false };

  it('is the same for the same meaning', () => {
    const one = { b: [{ x: 1 }], a: 'A', e: '', n: null, l: [], o: {} };
    const two = { a: 'A', b: { x: '1' } };
    expect(canonicalText(one, all)).toBe(canonicalText(two, all));
  });

  it('keeps the order of lists unless an option says otherwise', () => {
    expect(canonicalText([1, 2], all)).not.toBe(canonicalText([2, 1], all));
    expect(canonicalText([1, 2], { ...all, keepOrder: false })).toBe(
      canonicalText([2, 1], { ...all, keepOrder: false }),
    );
  });

  it('leaves out the given names at every depth', () => {
    const leaveOut = (key: string) => key === 'id';
    expect(canonicalText({ id: 1, a: { id: 2, b: 3 } }, { leaveOut })).toBe(
      canonicalText({ a: { b: 3 } }, { leaveOut }),
    );
  });

  it('grows with what is in it, not with how deep it lies', () => {
    let nested: unknown = '"\\'.repeat(50);
    for (let depth = 0; depth < 64; depth += 1) nested = depth % 2 === 0 ? { a: nested } : [nested, 1];
    expect(canonicalText(nested, { leaveOut: () => false }).length).toBeLessThan(2_000);
  });

  it('of nothing is that of nothing, and text is not confused with structure', () => {
    expect(canonicalText('', all)).toBe('null');
    expect(canonicalText({ a: '["x"]' }, all)).not.toBe(canonicalText({ a: ['["x"]', 'y'] }, all));
    expect(canonicalText({ a: 'x"y' }, all)).not.toBe(canonicalText({ a: 'xy' }, all));
  });
});

describe('an id on the wire', () => {
  it('of a device, step, task or user is one text: two would be two lanes of one manager', () => {
    for (const schema of [wireId, wireOptionalId]) {
      expect(['020', 20, ' 20 ', '20'].map((id) => schema.parse(id))).toEqual(['20', '20', '20', '20']);
      expect(schema.parse('DG-B')).toBe('DG-B');
      // Rounded when it was read: it may be the id of something else.
      expect(schema.safeParse(2 ** 53 + 2).success).toBe(false);
      expect(schema.safeParse({ id: 20 }).success).toBe(false);
    }
    expect([null, '', {}].map((id) => wireOptionalId.parse(id))).toEqual([null, null, null]);
    expect(wireId.safeParse('').success).toBe(false);
  });

  it('of a ticket is a positive number and nothing else', () => {
    expect(['004', 4].map((id) => wireTicketId.parse(id))).toEqual(['4', '4']);
    for (const id of ['0', 'x', '', null, -4, 4.5, ['4']])
      expect(wireTicketId.safeParse(id).success).toBe(false);
  });
});
