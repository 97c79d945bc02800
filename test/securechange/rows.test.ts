import * as fc from 'fast-check';
import { z } from 'zod';
import { wireId, wireName, wireOptionalId, wireTruth } from '../../src/securechange/normalise.js';
import { readPages, readRows, wireEvery, wireRows } from '../../src/securechange/rows.js';
import { historySchema, ticketListSchema } from '../../src/securechange/wire.js';
import { readJsonFixture } from './fixture.js';

const device = z.object({ id: wireId, parent_id: wireOptionalId });

describe('a list with odd rows', () => {
  it('of tickets gives the others, and names the odd one', () => {
    const { tickets } = ticketListSchema.parse(readJsonFixture('securechange', 'tickets.one-odd-row.json'));
    expect(tickets?.ticket.rows.map(({ id }) => id)).toEqual(['1', '3']);
    expect(tickets?.ticket.odd).toEqual([{ row: 'ticket 2', id: '2', why: 'workflow' }]);
  });

  it.each([
    ['an unknown status', { status: 'Sleeping' }, 'status'],
    ['no status', { status: undefined }, 'status'],
    ['a workflow without a name', { workflow: { id: 5 } }, 'workflow.name'],
    ['a current step that is a text', { current_step: 'Approval' }, 'current_step'],
  ])('of tickets leaves out a row with %s', (_what, change, why) => {
    const row = { id: 7, status: 'In Progress', workflow: { name: 'W' }, current_step: { id: 1 } };
    const read = (ticket: unknown) => ticketListSchema.parse({ tickets: { ticket } }).tickets?.ticket;
    expect(read([row, { ...row, id: 8, ...change }])).toMatchObject({
      rows: [{ id: '7' }],
      odd: [{ row: 'ticket 8', why }],
    });
  });

  it('says the place of a row whose id cannot be read', () => {
    expect(readRows('device', device, ['text', { id: {} }, { id: '' }, { id: 4 }])).toEqual({
      rows: [{ id: '4', parent_id: null }],
      odd: [
        { row: 'device at place 1', id: null, why: 'the row itself' },
        { row: 'device at place 2', id: null, why: 'id' },
        { row: 'device at place 3', id: null, why: 'id' },
      ],
    });
  });

  it('where no row may be left out is odd as a whole, and says which row it is', () => {
    const schema = z.object({ device: wireEvery('device', device) });
    const read = schema.safeParse({ device: [{ id: 4 }, { id: 5, parent_id: { id: 1 } }] });
    expect(read.error?.issues.map(({ path }) => path.join('.'))).toEqual(['device.(device 5: parent_id)']);
  });

  it('loses no row and never fails, whatever comes', () => {
    const list = wireRows('device', device);
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (entries) => {
        const present = entries.filter((entry) => entry !== null && entry !== '');
        const { rows, odd } = list.parse(entries);
        expect(rows.length + odd.length).toBe(present.length);
      }),
    );
  });

  it.each([
    ['[null]', [null]],
    ['""', ''],
    ['[""]', ['']],
    ['[]', []],
    ['nothing', undefined],
  ])('has no row at all in the recorded form %s', (_form, value) => {
    expect(wireRows('device', device).parse(value)).toEqual({ rows: [], odd: [] });
  });

  it('of the history keeps the place of an odd line', () => {
    const line = (description: unknown) => ({ description, performed_by: 'System', step_name: 'S' });
    const { ticket_history_activities: lines } = historySchema.parse({
      ticket_history_activities: { ticket_history_activity: [line('a'), line({}), 'text', line('b')] },
    });
    expect(lines?.map(({ description, odd }) => odd ?? description)).toEqual([
      'a',
      'history line at place 2: description',
      'history line at place 3: the row itself',
      'b',
    ]);
  });
});

describe('a member that a decision needs', () => {
  it.each([undefined, null, '', ' ', {}, []])(
    '%j says nothing: an id that may be absent is null',
    (value) => {
      expect(wireOptionalId.parse(value)).toBeNull();
      expect(wireTruth.parse(value)).toBeNull();
      expect(wireId.safeParse(value).success).toBe(false);
      expect(wireName.safeParse(value).success).toBe(false);
    },
  );

  it('that is there and of another kind is not taken for absent', () => {
    expect(wireOptionalId.safeParse({ id: 20 }).success).toBe(false);
    expect(wireOptionalId.safeParse([20]).success).toBe(false);
    expect(wireTruth.safeParse('perhaps').success).toBe(false);
    expect([wireOptionalId.parse(20), wireTruth.parse('TRUE')]).toEqual(['20', true]);
  });
});

describe('a list read page by page', () => {
  const all = Array.from({ length: 25 }, (_, at) => at);
  /** A server that gives at most `cap` rows a page. */
  const server =
    (cap: number, total: number | null, asked: number[] = []) =>
    async (start: number) => {
      asked.push(start);
      return await Promise.resolve({ rows: all.slice(start, start + cap), odd: [], total });
    };
  const pages = { perPage: 10, mostPages: 8 };

  it('is whole where a server gives fewer rows a page than it was asked for and says how many there are', async () => {
    expect(await readPages(pages, server(4, 25))).toEqual({ rows: all, odd: [], cut: false });
  });

  it('ends with a page that is not full where nothing says how many there are', async () => {
    const asked: number[] = [];
    expect(await readPages(pages, server(10, null, asked))).toEqual({ rows: all, odd: [], cut: false });
    expect(asked).toEqual([0, 10, 20]);
    expect(await readPages(pages, async () => Promise.resolve(null))).toEqual({
      rows: [],
      odd: [],
      cut: false,
    });
  });

  it('says that it is cut where rows stay away, or where there are more pages than are read', async () => {
    expect(await readPages(pages, server(10, 40))).toEqual({ rows: all, odd: [], cut: true });
    expect(await readPages({ ...pages, mostPages: 2 }, server(10, 25))).toMatchObject({ cut: true });
  });

  it('counts rows that cannot be read', async () => {
    const odd = [{ row: 'row at place 2', id: null, why: 'id' }];
    const asked: number[] = [];
    const read = async (start: number) => {
      asked.push(start);
      return await Promise.resolve(
        start === 0 ? { rows: [1], odd, total: 3 } : { rows: [3], odd: [], total: 3 },
      );
    };
    expect(await readPages(pages, read)).toEqual({ rows: [1, 3], odd, cut: false });
    expect(asked).toEqual([0, 2]);
  });
});
