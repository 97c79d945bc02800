import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parse } from 'yaml';
import { recordSchema, toRecordRules } from '../../src/config/record-schema.js';
import { CallFailure } from '../../src/domain/failure.js';
import { correlationId } from '../../src/domain/ids.js';
import type { OutboundServer } from '../../src/domain/outbound-server.js';
import { createHttp } from '../../src/http/http.js';
import { createItsm } from '../../src/integrations/create-itsm.js';
import { context, point } from '../placeholders/context.js';
import { startRecordedServer, type RecordedServer } from '../support/recorded-server.js';
import { noTokens, serviceNow } from './servers.js';

const OURS = correlationId('214', 'servicenow');
const JIRA = toRecordRules(
  recordSchema.parse(
    parse(readFileSync(join(__dirname, '../../config/integrations/jira/record.yaml'), 'utf8')),
  ),
);

/** Where each system keeps what, and the fields that are read. */
const SYSTEMS = {
  servicenow: {
    id: ['sys_id'],
    number: ['number'],
    correlation: ['correlation_id'],
    fields: ['state', 'approval'],
  },
  jira: {
    id: JIRA.id.split('/').slice(1),
    number: JIRA.number.split('/').slice(1),
    correlation: JIRA.correlation.replace(/\/-$/, '').split('/').slice(1),
    fields: ['key', 'id'],
  },
} as const;
type Name = keyof typeof SYSTEMS;

/** What look-ups are answered, and what everything else is. */
let found = '';
let answer = '';
let server: RecordedServer;
beforeAll(async () => {
  server = await startRecordedServer(({ path }) => ({
    body: /sysparm_query|search/.test(path) ? found : answer,
    headers: { 'content-type': 'application/json' },
  }));
});
afterAll(() => server.close());

const names = fc.constantFrom(
  ...['result', 'error', 'value', 'display_value', 'sys_id', 'number', 'correlation_id', 'state', 'approval'],
  ...[
    'work_notes',
    'issues',
    'fields',
    'labels',
    'id',
    'key',
    'comments',
    'length',
    'toString',
    'then',
    'toJSON',
  ],
  ...['__proto__', 'constructor', 'prototype', 'hasOwnProperty', '0', ''],
);
const object = (members: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc
    .array(fc.tuple(names, members), { maxLength: 5 })
    .map((entries) => Object.fromEntries(entries) as unknown);
const anything = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(OURS, 'CHG1', 'a1', '', 'x'.repeat(5_000)),
    fc.string(),
    fc.double({ noNaN: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('any'), { maxLength: 3 }),
    object(tie('any')),
  ),
})).any;

/** Close to right, so that it is read to the end: a record of ours whose other members may be anything. */
function record(name: Name): fc.Arbitrary<unknown> {
  const { id, number, correlation, fields } = SYSTEMS[name];
  const own =
    name === 'servicenow' ? fc.constantFrom(OURS, { value: OURS, display_value: OURS }) : fc.constant([OURS]);
  const cells = name === 'servicenow' ? [{ value: 'v1', display_value: 'd1' }] : [];
  const text = fc.oneof({ weight: 4, arbitrary: fc.constantFrom('CHG1', 'a1', ...cells) }, anything);
  return fc
    .tuple(text, text, fc.oneof({ weight: 3, arbitrary: own }, anything), text, text, object(anything))
    .map(([idValue, numberValue, ours, first, second, more]) => {
      const made = { ...(more as object), [fields[0]]: first, [fields[1]]: second };
      return [
        [id, idValue],
        [number, numberValue],
        [correlation, ours],
      ].reduce<unknown>((at, [path, value]) => put(at, path as readonly string[], value), made);
    });
}

function put(at: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  const entries = typeof at === 'object' && at !== null && !Array.isArray(at) ? Object.entries(at) : [];
  const inner = entries.find(([name]) => name === key)?.[1] as unknown;
  return Object.fromEntries([...entries.filter(([name]) => name !== key), [key, put(inner, rest, value)]]);
}

/** To a look-up, and to everything else: mostly of the right shape. */
function answers(name: Name): readonly [fc.Arbitrary<unknown>, fc.Arbitrary<unknown>] {
  const one = record(name);
  const list = fc.array(fc.oneof({ weight: 4, arbitrary: one }, object(anything)), { maxLength: 3 });
  const mostly = (arbitrary: fc.Arbitrary<unknown>) => fc.oneof({ weight: 5, arbitrary }, anything);
  return name === 'servicenow'
    ? [mostly(list.map((result) => ({ result }))), mostly(one.map((result) => ({ result })))]
    : [mostly(list.map((issues) => ({ issues }))), mostly(one)];
}

/** By own members only; undefined where a step of the path is missing. */
function at(node: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null && Object.getOwnPropertyDescriptor(inner, key) !== undefined
        ? (inner as Record<string, unknown>)[key]
        : undefined,
    node,
  );
}

function nodesOf(value: unknown): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value, ...Object.values(value).flatMap(nodesOf)];
}

/** A cell of ServiceNow may be a value with its display value. */
const plain = (cell: unknown): unknown =>
  typeof cell === 'object' && cell !== null && !Array.isArray(cell) ? at(cell, ['value']) : cell;

function serverOf(name: Name): OutboundServer {
  return name === 'servicenow'
    ? serviceNow({ url: server.url })
    : serviceNow({ url: server.url, kind: 'http', records: JIRA });
}

/** The value, or null after a `CallFailure`; any other throw is the test's failure. */
async function orFailure<T>(promise: Promise<T>): Promise<T | null> {
  try {
    return await promise;
  } catch (error) {
    expect(error).toBeInstanceOf(CallFailure);
    return null;
  }
}

const prototypes = (): string =>
  [Object, Array, String, Function]
    .map(({ prototype }) => Object.getOwnPropertyNames(prototype).join())
    .join(';');

describe.each(['servicenow', 'jira'] as const)('whatever %s answers', (name) => {
  const open = () => createItsm({ server: () => serverOf(name), http: createHttp, tokens: noTokens });
  const { id, number, correlation, fields } = SYSTEMS[name];
  let adopted = 0;
  let read = 0;

  it('a change is taken from one record of ours, a field from its own place, and nothing else throws than a CallFailure', async () => {
    const itsm = open();
    const before = prototypes();
    const message = itsm.render(point({ body: { state: '3' } }), context());
    await fc.assert(
      fc.asyncProperty(...answers(name), async (first, second) => {
        found = JSON.stringify(first);
        answer = JSON.stringify(second);
        const nodes = [found, answer].flatMap((text) => nodesOf(JSON.parse(text)));
        const change = await orFailure(itsm.send(message, null));
        if (change !== null) {
          adopted += 1;
          expect(
            nodes.some(
              (node) =>
                String(plain(at(node, id))) === change.id &&
                String(plain(at(node, number))) === change.number &&
                [at(node, correlation)].flat().map(plain).includes(OURS),
            ),
          ).toBe(true);
        }
        const values = await orFailure(itsm.readFields('servicenow', '214', fields));
        if (values !== null) {
          read += 1;
          expect(Object.keys(values)).toEqual([...fields]);
          for (const field of fields) {
            const places = nodes.map((node) => plain(at(node, [field])));
            const texts = places.map((value) =>
              typeof value === 'string' || typeof value === 'number' ? String(value) : '',
            );
            expect(texts).toContain(values[field]);
          }
        }
        const known = { server: 'servicenow', number: 'CHG1', id: 'a1' };
        const updated = await orFailure(itsm.send({ ...message, action: 'update' }, known));
        expect([null, known]).toContainEqual(updated);
        expect(prototypes()).toBe(before);
        expect(({} as Record<string, unknown>)['state']).toBeUndefined();
      }),
      { numRuns: 300, seed: 20261127 },
    );
    // The records came close enough to be read to their end.
    expect(adopted).toBeGreaterThan(5);
    expect(read).toBeGreaterThan(5);
    await itsm.close();
  }, 60_000);

  it.each([
    ['lists', '[', ']'],
    ['errors', '{"error":', '}'],
    ['results', '{"result":', '}'],
    ['messages', '{"message":[', ']}'],
  ])('%s nested without end are a CallFailure', async (_what, before, after) => {
    const itsm = open();
    const message = itsm.render(point({ body: { state: '3' } }), context());
    const deep = `${before.repeat(20_000)}1${after.repeat(20_000)}`;
    for (const text of [
      deep,
      `{"result":{"state":${deep},"sys_id":"a1","number":"CHG1","correlation_id":"${OURS}"}}`,
    ]) {
      found = text;
      answer = text;
      expect(await orFailure(itsm.send(message, null))).toBeNull();
      const known = { server: 'servicenow', number: 'CHG1', id: 'a1' };
      expect(await orFailure(itsm.send({ ...message, action: 'update' }, known))).toBeNull();
    }
    await itsm.close();
  });
});
