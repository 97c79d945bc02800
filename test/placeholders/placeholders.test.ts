import fc from 'fast-check';
import { cleanLines } from '../../src/domain/clean-text.js';
import { messageResolver } from '../../src/integrations/message-placeholders.js';
import { fillIn, placeholderNames } from '../../src/integrations/placeholders.js';
import type { Json } from '../../src/domain/ticket-content.js';
import { documentedPlaceholders } from '../support/documented-placeholders.js';
import { content, context, facts, request } from './context.js';

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
    expect(render({ list: '#devices#', text: 'to #devices#' })).toEqual({
      list: ['DG-B'],
      text: 'to DG-B',
    });
    expect(render('#firewall_list#')).toEqual({ AR1: ['DG-B'] });
    expect(render('#risk_results#')).toEqual([{ request: 'AR1', status: 'has risk', violations: [] }]);
    expect(render({ alone: '#Urgent#', text: 'urgent: #Urgent#' })).toEqual({
      alone: true,
      text: 'urgent: [V]',
    });
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
    ['#no_such_name#', 'is neither a known name nor a field of the ticket (it has: Business justification'],
    ['#designer_commands#', 'is not available in this release'],
    ['#planned_start#', 'no window is planned yet'],
    ['x #itsm_number# y', 'has no value before the change was created'],
    ['#redo_reason#', 'only with the event REDO'],
    ['#ticket_id|upper#', 'names a custom function'],
    ['x #ticket_id|upper# y', 'names a custom function'],
    ['#constructor#', 'is neither a known name'],
    ['#__proto__#', 'is neither a known name'],
    ['#hasOwnProperty#', 'is neither a known name'],
    ['#toString#', 'is neither a known name'],
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

describe('checklist point 7: names', () => {
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

  it('are found once each in a template', () => {
    expect(placeholderNames({ a: ['#One# #two# ##'], b: '#ONE#' })).toEqual(['one', 'two']);
  });

  it.each(documentedPlaceholders())('that docs/placeholders.md names are known: %s', (name) => {
    const found = messageResolver(context())(name);
    expect('absent' in found ? found.absent : '').not.toContain('neither a known name nor a field');
  });

  it('of the planned window have its instants, and no end where the calendar is always open', () => {
    const opensAtMs = Date.parse('2026-11-24T21:00:00Z');
    const window = { opensAtMs, closesAtMs: opensAtMs + 3_600_000 };
    expect(render('#planned_start#/#planned_end#', { window })).toBe(
      '2026-11-24T21:00:00Z/2026-11-24T22:00:00Z',
    );
    expect(() => render('#planned_end#', { window: { opensAtMs, closesAtMs: null } })).toThrow(
      'no window with an end',
    );
  });

  it.each([
    ['#ticket_comments#', [{ by: 'a.kaya', at: '2026-11-22T07:00:00.000+01:00', text: 'not today' }]],
    ['#ticket_requester_full_name#', 'Jana Meier'],
    ['#ticket_end_time#', '2026-11-23T20:00:00Z'],
    ['#domain_name#', 'Default'],
    ['#ticket_task_url#', content.link],
    ['#ticket_link#', content.link],
    ['#assignee#', 'a.kaya'],
    ['#selected_plus_options#', ['DMZ']],
    ['#ar_as_string#', 'AR1: Accept from Any to 10.0.0.1/32, service TCP 443, targets DG-B'],
    ['#gm_as_string#', ''],
    ['#workflow_id# #run_id#', 'ticket/214 run-1'],
    ['#idempotency_key#', '214/1/Approval/itsmSync/create-change%2F1'],
  ])('of WFI and ours: %s', (template, value) => {
    expect(render(template)).toEqual(value);
  });

  it('of a rejected ticket say so also without an answer in a field', () => {
    expect(render('#approve_reject_status#: #approve_reject_reason#', { event: 'REJECT' })).toBe(
      'Rejected: not today',
    );
  });
});

describe('a field of the ticket', () => {
  it('has a value by its name, in any letter case', () => {
    expect(render('#BUSINESS justification#')).toBe('Release 14');
  });

  it('is taken from the step of the event, then from the newest step that has it', () => {
    expect(render('#Cost centre#', { stepName: 'Approval' })).toBe('0815');
    expect(render('#Cost centre#', { stepName: 'Open Request' })).toBe('4711');
  });

  it('that several tasks of a step have is joined', () => {
    expect(render('#Reviewer#')).toBe('x.one, y.two');
  });

  it('does not hide a known name', () => {
    const field = { name: 'ticket_id', type: 'text_field', value: 'other', text: 'other' };
    const steps = [{ name: 'Approval', tasks: [{ assignee: null, fields: [field] }] }];
    expect(render('#ticket_id#', { content: { ...content, steps } })).toBe('214');
  });

  it('may have a name in any script', () => {
    const field = { name: 'Änderungsgrund', type: 'text_field', value: 'neu', text: 'neu' };
    const steps = [{ name: 'Approval', tasks: [{ assignee: null, fields: [field] }] }];
    expect(render('#Änderungsgrund#', { content: { ...content, steps } })).toBe('neu');
  });
});

describe('a name without a value', () => {
  it('is sent as it stands only where a literal was asked for', () => {
    const template = { a: '#nowhere#', b: 'x #nowhere# #ticket_id#', c: '#ticket_id|upper#' };
    expect(fillIn(template, messageResolver(context()), 'literal')).toEqual({
      a: '#nowhere#',
      b: 'x #nowhere# 214',
      c: '#ticket_id|upper#',
    });
  });
});

describe('any template with any values', () => {
  const text = fc.string({ unit: fc.oneof(codePoint, fc.constantFrom('#', '"', '\\', '{', '}', '|', '\n')) });
  const leaf = fc.constantFrom(
    '#Subject#',
    'a #Subject# b',
    '#Note#',
    'plain',
    '#Note##Subject#',
    '"#Note#"',
  );
  const key = fc.constantFrom('a', '__proto__', 'constructor', 'toString', '#Subject#');
  const template = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(key, tie('node'), { maxKeys: 3, noNullPrototype: true }),
    ),
  })).node;
  const fieldsWith = (subject: string, note: string) => {
    const fields = [
      { name: 'Subject', type: 'text_field', value: subject, text: subject },
      { name: 'Note', type: 'text_area', value: note, text: note },
    ];
    return { ...content, steps: [{ name: 'Approval', tasks: [{ assignee: null, fields }] }] };
  };
  /** Keys and kinds, without the texts. */
  const shapeOf = (json: unknown): unknown => {
    if (Array.isArray(json)) return json.map(shapeOf);
    if (typeof json !== 'object' || json === null) return typeof json;
    return Object.entries(json).map(([name, inner]) => [name, shapeOf(inner)]);
  };

  it('gives valid JSON of the same shape, and no value reaches another place or a prototype', () => {
    fc.assert(
      fc.property(template, text, text, (given, subject, note) => {
        const filled = render(given, { content: fieldsWith(subject, note) });
        const parsed: unknown = JSON.parse(JSON.stringify(filled));
        expect(shapeOf(parsed)).toEqual(shapeOf(given));
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
    );
  });

  it('leaves every leaf without the changed field as it was', () => {
    fc.assert(
      fc.property(template, text, text, (given, one, two) => {
        const [left, right] = [one, two].map((subject) =>
          leavesOf(render(given, { content: fieldsWith(subject, 'note') })),
        );
        leavesOf(given).forEach((written, at) => {
          if (!written.includes('#Subject#')) expect(left?.[at]).toEqual(right?.[at]);
        });
      }),
    );
  });

  function leavesOf(json: unknown): string[] {
    if (typeof json === 'string') return [json];
    return typeof json === 'object' && json !== null ? Object.values(json).flatMap(leavesOf) : [];
  }
});
