import fc from 'fast-check';
import { cleanLines } from '../../src/domain/clean-text.js';
import { lintTemplate, messageResolver } from '../../src/integrations/message-placeholders.js';
import { fillIn, placeholderNames } from '../../src/integrations/placeholders.js';
import type { Json } from '../../src/integrations/placeholders.js';
import { context, facts, request } from './context.js';

const render = (template: unknown, changes: Parameters<typeof context>[0] = {}): Json =>
  fillIn(template, messageResolver(context(changes)));

/** Any but half surrogate pairs; `unit: 'binary'` is the same, and lists them all before it begins. */
const codePoint = fc.integer({ min: 0, max: 0x10f7ff }).map(
  (index) => String.fromCodePoint(index < 0xd800 ? index : index + 0x800),
  (text) => {
    const point = (text as string).codePointAt(0)!;
    return point < 0xd800 ? point : point - 0x800;
  },
);

describe('a template', () => {
  it('keeps its shape whatever a value contains', () => {
    expect(render({ a: ['#ticket_subject#', { b: 'x #ticket_subject# y' }] })).toEqual({
      a: ['Web "shop" to DB', { b: 'x Web "shop" to DB y' }],
    });
  });

  it('does not fill in what a value brings along', () => {
    const subject = 'please #ticket_id# and #unknown_name#';
    expect(render('#ticket_subject#!', { facts: { ...facts, subject } })).toBe(`${subject}!`);
  });

  it('leaves keys, numbers, booleans and null as they are', () => {
    const template = { '#ticket_id#': 1, b: true, c: null };
    expect(render(template)).toEqual(template);
  });

  it('keeps the type of a value that stands alone, and writes it as text inside text', () => {
    expect(render({ list: '#firewall_list#', text: 'to #firewall_list#' })).toEqual({
      list: ['DG-B'],
      text: 'to DG-B',
    });
    expect(render('#risk_results#')).toEqual([{ request: 'AR1', status: 'hasRisk', severity: 'medium' }]);
  });

  it('finds names in any letter case', () => {
    expect(render('#Ticket_ID#')).toBe('214');
  });

  it.each(['#1 of 2', 'rule #7, ticket #9', 'a # b # c', 'a##b', '####'])(
    'leaves text with a plain # alone: %s',
    (text) => {
      expect(render(text)).toBe(text.replaceAll('##', '#'));
    },
  );

  it.each([
    ['#no_such_name#', 'is not known'],
    ['#Business justification#', 'ticket fields are not available in this release'],
    ['#ticket_task_url#', 'is not available in this release'],
    ['x #itsm_number# y', 'has no value before the change was created'],
    ['#redo_reason#', 'only with the event REDO'],
    ['#ticket_id|upper#', 'custom function'],
    ['x #ticket_id|upper# y', 'custom function'],
    ['#constructor#', 'is not known'],
    ['#__proto__#', 'is not known'],
  ])('with %s is refused: %s', (template, why) => {
    expect(() => render({ deep: [template] })).toThrow(why);
  });

  it('treats __proto__ as a key like any other', () => {
    const filled = render(JSON.parse('{"__proto__": {"polluted": "#ticket_id#"}}'));
    expect(Object.keys(filled as object)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(JSON.stringify(filled)).toBe('{"__proto__":{"polluted":"214"}}');
  });

  it('without placeholders comes out as it went in', () => {
    const plain = fc.jsonValue({ stringUnit: fc.constantFrom('a', '"', '\\', '\n', 'é', ' ', '{') });
    fc.assert(
      fc.property(plain, (template) => {
        expect(JSON.stringify(render(template))).toBe(JSON.stringify(template));
      }),
    );
  });

  it('stays valid JSON with the same keys for any subject', () => {
    fc.assert(
      fc.property(fc.string({ unit: codePoint }), (subject) => {
        const filled = render({ a: 'x #ticket_subject# y' }, { facts: { ...facts, subject } });
        expect(JSON.parse(JSON.stringify(filled))).toEqual({ a: `x ${cleanLines(subject)} y` });
      }),
    );
  });
});

describe('names', () => {
  it('of times carry their zone', () => {
    expect(render('#ticket_start_time# #current_time# #date_only#')).toBe(
      '2026-11-22T06:30:00Z 2026-11-23T21:00:00Z 2026-11-23',
    );
  });

  it('of reasons have a value with their own event', () => {
    expect(render('#redo_reason#', { event: 'REDO' })).toBe('not today');
    expect(render('#reject_reason#', { event: 'REJECT' })).toBe('not today');
  });

  it('of the approval show the last answer that still counts', () => {
    const field = {
      stepId: '31',
      stepName: 'Approval',
      taskId: '11',
      taskStatus: 'DONE',
      fieldName: 'Approve',
      approved: true,
      reason: 'fine',
      by: 'a.kaya',
      skipped: false,
      redone: false,
      inEpoch: true,
    } as const;
    const approvals = [field, { ...field, approved: false, reason: 'redone since', redone: true }];
    expect(
      render('#approve_reject_status#: #approve_reject_reason#', { facts: { ...facts, approvals } }),
    ).toBe('Approved: fine');
  });

  it.each([
    ['YES', [{ order: 'AR1', status: 'hasRisk', severity: 'low' }]],
    ['NO', [{ order: 'AR1', status: 'noRisk', severity: null }]],
    ['UNKNOWN', [{ order: 'AR1', status: 'notAvailable', severity: null }]],
    ['UNKNOWN', []],
  ] as const)('of the risk say %s, and never NO when nothing is known', (text, risks) => {
    const step = { ...facts.step!, request: { ...request, risks } };
    expect(render('#risk_status#', { facts: { ...facts, step } })).toBe(text);
  });

  it('of devices show update and commit of each', () => {
    expect(render('#device_states#')).toBe('DG-B [PaloAltoNetworks]: update done, commit todo');
    expect(render('#device_states#', { targets: [] })).toBe('No devices.');
  });

  it('of the change have a value once it exists', () => {
    const itsm = { server: 'servicenow', number: 'CHG0030001', id: 'abc' };
    expect(render('#itsm_number# #itsm_id#', { itsm })).toBe('CHG0030001 abc');
  });

  it('that nothing can resolve are found before anything is sent', () => {
    expect(placeholderNames({ a: ['#One# #two# ##'], b: '#ONE#' })).toEqual(['one', 'two']);
    expect(lintTemplate({ a: '#ticket_id# #tiket_id#' })).toEqual([
      expect.stringContaining('#tiket_id# is not known'),
    ]);
  });
});
