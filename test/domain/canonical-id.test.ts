import fc from 'fast-check';

import { canonicalId, canonicalTicketId, isTicketId } from '../../src/domain/canonical-id.js';
import { ticketIdOf, ticketWorkflowId } from '../../src/domain/ids.js';

describe('the id of a ticket', () => {
  it.each<[unknown, string | null]>([
    ['4', '4'],
    ['004', '4'],
    [4, '4'],
    [' 4\n', '4'],
    ['999999999999999999', '999999999999999999'],
    ['0000000000000000000000004', '4'],
    ['9999999999999999999', null],
    [2 ** 53, null],
    [4.5, null],
    [Number.NaN, null],
    [-4, null],
    [0, null],
    ['0', null],
    ['000', null],
    ['', null],
    [' ', null],
    ['-4', null],
    ['+4', null],
    ['4.0', null],
    ['4e1', null],
    ['0x4', null],
    ['4 5', null],
    ['4\u0000', null],
    ['\u0664', null],
    ['４', null],
    ['4/../5', null],
    ['../4', null],
    [null, null],
    [undefined, null],
    [true, null],
    [['4'], null],
    [{ id: 4 }, null],
  ])('written as %j is %j', (written, id) => {
    expect(canonicalTicketId(written)).toBe(id);
  });

  it('is one text, whoever writes it and however often it is read', () => {
    const zeros = fc.nat({ max: 5 }).map((count) => '0'.repeat(count));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), zeros, (number, before) => {
        const id = canonicalTicketId(before + String(number)) ?? '';
        expect(id).toBe(canonicalTicketId(number));
        expect(canonicalTicketId(id)).toBe(id);
        expect(isTicketId(id)).toBe(true);
        expect(ticketIdOf(ticketWorkflowId(id))).toBe(id);
      }),
    );
  });

  it('makes one workflow id; no other text makes one', () => {
    for (const id of ['004', '', '0', ' 4', 'x', '4/1', '-4']) {
      expect(() => ticketWorkflowId(id)).toThrow(RangeError);
      expect(ticketIdOf(`ticket/${id}`)).toBeUndefined();
    }
  });

  it('of a text of zeros costs no more than its length', () => {
    const before = process.cpuUsage();
    expect(canonicalTicketId(`${'0'.repeat(1_000_000)}x`)).toBeNull();
    expect(canonicalTicketId(`${'0'.repeat(1_000_000)}7`)).toBe('7');
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(1_000);
  });
});

describe('any other id', () => {
  it.each<[unknown, string | null]>([
    ['020', '20'],
    [20, '20'],
    [0, '0'],
    ['000', '0'],
    ['DG-B', 'DG-B'],
    [' 2e6f ', '2e6f'],
    [2 ** 53 + 2, null],
    ['', null],
  ])('written as %j is %j', (written, id) => {
    expect(canonicalId(written)).toBe(id);
  });
});
