import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Json } from '../../src/domain/ticket-content.js';
import { customValues } from '../../src/integrations/custom-functions.js';
import { messageResolver, needsContent } from '../../src/integrations/message-placeholders.js';
import { fillIn } from '../../src/integrations/placeholders.js';
import { content, context, facts } from './context.js';

const folder = mkdtempSync(join(tmpdir(), 'sco-functions-'));
afterAll(() => rmSync(folder, { recursive: true }));
let modules = 0;

/** A module with this text. */
function module(text: string): string {
  modules += 1;
  const file = join(folder, `functions-${modules}.mjs`);
  writeFileSync(file, text);
  return file;
}

async function render(
  template: unknown,
  files: readonly string[],
  changes: Parameters<typeof context>[0] = {},
  timeoutMs = 20_000,
): Promise<Json> {
  const plain = context(changes);
  const custom = await customValues([template], plain, messageResolver(plain), { modules: files, timeoutMs });
  return fillIn(template, messageResolver({ ...plain, custom }));
}

const SHARED = module(`
  export const upper = (value) => value.toUpperCase();
  export const list = (value) => [value, 1, true, null];
  export const own = (value, ticket) => ({ given: value, ticket });
  export const later = async (value) => 'later ' + value;
  export const ticket_id = () => 'custom';
  export const zone = () => 'custom zone';
  export const nothing = () => undefined;
  export const fails = () => { throw new Error('no such cost centre'); };
  export const environment = () => Object.keys(process.env);
  export const proto = () => JSON.parse('{"__proto__": {"polluted": true}}');
  export const notFunction = 7;
`);

describe('checklist point 7: a custom function', () => {
  it('gets the value before the bar, and gives one with its type', async () => {
    expect(
      await render(
        {
          text: 'x #ticket_subject|upper# y',
          whole: '#ticket_subject|LIST#',
          later: '#workflow_name|later#',
        },
        [SHARED],
      ),
    ).toEqual({
      text: 'x WEB "SHOP" TO DB y',
      whole: ['Web "shop" to DB', 1, true, null],
      later: 'later Firewall change',
    });
  });

  it('alone makes a value of the ticket', async () => {
    expect(await render('#own#', [SHARED])).toMatchObject({
      ticket: {
        id: '214',
        requester: 'j.meier',
        step: 'Approval',
        event: 'ADVANCE',
        itsm: null,
        fields: { Urgent: true, Zone: 'DMZ', 'Cost centre': '0815' },
      },
    });
  });

  it('comes before a known name, and a known name before a field', async () => {
    expect(await render('#ticket_id# #Zone# #Urgent#', [SHARED])).toBe('custom custom zone [V]');
    expect(await render('#ticket_id|upper#', [SHARED])).toBe('CUSTOM');
    expect(await render('#ticket_id# #Zone#', [])).toBe('214 DMZ');
  });

  it.each([
    ['#ticket_subject|fails#', 'no such cost centre'],
    ['#ticket_subject|nothing#', 'it gave no value'],
    ['#ticket_subject|notfunction#', 'names the function notfunction, which no module of functions.yaml has'],
    ['#nowhere|upper#', 'is neither a known name'],
    ['#ticket_subject|constructor#', 'names the function constructor'],
    ['#ticket_subject|__proto__#', 'names the function __proto__'],
  ])('that gives nothing refuses the message: %s', async (template, why) => {
    await expect(render({ a: [template] }, [SHARED])).rejects.toThrow(why);
  });

  it('without any module says where to name one', async () => {
    await expect(render('#ticket_subject|upper#', [])).rejects.toThrow('functions.yaml');
  });

  it('in a module that cannot be loaded says why, and other names are filled in', async () => {
    const broken = module('export const upper = (');
    await expect(render('#ticket_subject|upper#', [broken])).rejects.toThrow('needs the function upper');
    expect(await render('#ticket_id#', [broken])).toBe('214');
  });

  it('that hangs is stopped, and one that ends its thread ends nothing else', async () => {
    const hanging = module('export const hang = () => { for (;;); };');
    await expect(render('#ticket_id|hang#', [hanging], {}, 400)).rejects.toThrow('did not end within 0.4 s');
    const ending = module('export const end = () => process.exit(0);');
    await expect(render('#ticket_id|end#', [ending])).rejects.toThrow('needs the function end');
  });

  it('sees no variable of our environment', async () => {
    process.env['SCO_CANARY'] = 'canary-7f3a';
    try {
      expect(await render('#environment#', [SHARED])).toEqual([]);
    } finally {
      delete process.env['SCO_CANARY'];
    }
  });

  it('reaches no prototype', async () => {
    const filled = await render({ a: '#proto#' }, [SHARED]);
    expect(JSON.stringify(filled)).toBe('{"a":{"__proto__":{"polluted":true}}}');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('counts as edited from the next message on', async () => {
    const file = module('export const edited = () => 1;');
    expect(await render('#edited#', [file])).toBe(1);
    writeFileSync(file, 'export const edited = () => 2;');
    expect(await render('#edited#', [file])).toBe(2);
  });

  it('may ask for any field: they are read when a template names a function', () => {
    expect(needsContent('#ticket_id#')).toBe(false);
    expect(needsContent('#ticket_id|upper#')).toBe(true);
  });

  it('leaves the body valid JSON with its keys, whatever it gives', async () => {
    const echo = module('export const echo = (value) => value;');
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 3 }), fc.string(), async (value, other) => {
        const fields = [
          { name: 'any', type: 'text_field', value: value as Json, text: 'any' },
          { name: 'other', type: 'text_field', value: other, text: other },
        ];
        const steps = [{ name: 'Approval', tasks: [{ assignee: null, fields }] }];
        const filled = await render({ a: '#any|echo#', b: ['#other#', 'x'], c: 'y #any|echo# z' }, [echo], {
          facts,
          content: { ...content, steps },
        });
        const parsed = JSON.parse(JSON.stringify(filled)) as Record<string, Json[]>;
        expect(Object.keys(parsed)).toEqual(['a', 'b', 'c']);
        expect(parsed['b']).toHaveLength(2);
        expect(parsed['b']![1]).toBe('x');
        expect(typeof parsed['c']).toBe('string');
      }),
      { numRuns: 25 },
    );
  });
});

it('the example of the documents does what it says', async () => {
  const page = readFileSync(join(__dirname, '../../docs/placeholders.md'), 'utf8');
  const [, example = ''] = /```js\n(.*?)```/s.exec(page) ?? [];
  expect(example).toContain('export');
  const long = { ...facts, subject: 'a'.repeat(60) };
  expect(
    await render({ a: '#ticket_subject|short#', b: '#urgency#' }, [module(example)], { facts: long }),
  ).toEqual({ a: 'a'.repeat(40), b: 1 });
});
