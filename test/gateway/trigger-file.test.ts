import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { digestOfXml, signatureMatches } from '../../packages/client/src/sign.js';
import { canonicalReport } from '../../src/domain/report.js';
import type { TicketEvent } from '../../src/domain/event.js';
import { eventually } from '../support/eventually.js';
import {
  ACTOR_KEY,
  base64,
  basic,
  MEDIATOR,
  NOW_MS,
  scriptEntry,
  startGateway,
  type GatewayOptions,
  type RunningGateway,
} from '../support/running-gateway.js';

const ADVANCE = readFileSync(join(__dirname, '../fixtures/script/ticket_info.ADVANCE.xml'), 'utf8').trim();
const SAMPLE = scriptEntry({
  name: 'mediator-test',
  executable: '/opt/scripts/mediator-test.mjs',
  legacyPaths: ['/opt/trigger-service/test.py'],
  events: ['ADVANCE'],
  steps: ['Approval'],
});

let gateway: RunningGateway;
async function start(options: GatewayOptions = {}): Promise<void> {
  gateway = await startGateway({ scripts: [scriptEntry({ name: 'ticket-events' }), SAMPLE], ...options });
}
afterEach(() => gateway.close());

function post(body: string | Buffer<ArrayBuffer>, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${gateway.url}/trigger_file`, {
    method: 'POST',
    headers: {
      authorization: basic(MEDIATOR.user, MEDIATOR.password),
      'content-type': 'application/json',
      ...headers,
    },
    body,
  });
}

function trigger(payload: object = {}): Promise<Response> {
  return post(
    JSON.stringify({
      ticket_info: base64(ADVANCE),
      event: 'ADVANCE',
      args: '',
      script: 'ticket-events',
      ...payload,
    }),
  );
}

async function refusal(response: Response): Promise<{ status: number; code: string; detail: string }> {
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const body = (await response.json()) as { status: number; code: string; detail: string };
  expect(body.status).toBe(response.status);
  return body;
}

describe('checklist point 1: an event at the gateway', () => {
  it('is stored as a typed event and answered as the vendor’s mediator expects', async () => {
    await start();
    const response = await trigger();
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ output: 'accepted for ticket 1201\n', error: null });
    expect(gateway.temporal.reports).toHaveLength(1);
    expect(gateway.temporal.reports[0]).toMatchObject({
      name: 'ADVANCE',
      ticketId: '1201',
      source: 'mediator',
      receivedAtMs: NOW_MS,
      info: { id: '1201', stage: { name: 'Approval' } },
      key: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
    });
    expect(gateway.temporal.reports[0]).not.toHaveProperty('script');
  });

  it('is acknowledged only after Temporal has stored it', async () => {
    await start();
    let stored: () => void = () => {};
    gateway.temporal.report = () => new Promise((resolve) => (stored = resolve));
    let answered = false;
    const answer = trigger().then((response) => {
      answered = true;
      return response;
    });
    while (gateway.temporal.reports.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
    stored();
    expect((await answer).status).toBe(200);
  });

  it('is refused with 503 and Retry-After inside 2 s when Temporal hangs', async () => {
    await start();
    gateway.temporal.report = () => new Promise(() => {});
    const before = Date.now();
    const response = await trigger();
    expect(Date.now() - before).toBeLessThan(2_000);
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await refusal(response)).code).toBe('temporal_away');
  });

  it('is refused with 503 when Temporal refuses it', async () => {
    await start();
    gateway.temporal.report = () => Promise.reject(new Error('14 UNAVAILABLE'));
    expect((await trigger()).status).toBe(503);
  });

  it('gets the same key when it is delivered twice, and another one for another event', async () => {
    await start();
    await trigger();
    await trigger();
    await trigger({ event: 'REDO' });
    const [first, again, other] = gateway.temporal.reports.map((event) => event.key);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it('of an unknown kind is kept as it came', async () => {
    await start();
    expect((await trigger({ event: 'FROM_A_LATER_RELEASE' })).status).toBe(200);
    expect((await trigger({ event: '' })).status).toBe(200);
    expect(gateway.temporal.reports.map((event) => event.name)).toEqual(['FROM_A_LATER_RELEASE', 'UNKNOWN']);
  });
});

it('is signed with the key that signs commands, script, arguments and XML with it', async () => {
  await start();
  await trigger({ script: 'mediator-test', args: ['one'] });
  const [event] = gateway.temporal.reports;
  const signed = (other: Partial<TicketEvent> = {}): boolean =>
    signatureMatches(event?.signature ?? '', canonicalReport({ ...event!, ...other }), [ACTOR_KEY]);
  expect(signed()).toBe(true);
  expect(signed({ ticketId: '1' })).toBe(false);
  expect(signed({ script: { ...event!.script!, args: ['two'] } })).toBe(false);
  expect(signed({ script: { ...event!.script!, ticketInfoSha256: digestOfXml('<a/>') } })).toBe(false);
});

describe('the script an event names', () => {
  it('goes along, found by its legacy path, when the entry runs something for this event and step', async () => {
    await start();
    await trigger({ script: '/opt/trigger-service/test.py', args: 'one  two' });
    expect(gateway.temporal.reports[0]?.script).toEqual({
      name: 'mediator-test',
      args: ['one', 'two'],
      ticketInfoXml: ADVANCE,
      ticketInfoSha256: digestOfXml(ADVANCE),
    });
  });

  it('takes arguments as separate elements too, blanks kept', async () => {
    await start();
    await trigger({ script: 'mediator-test', args: ['one two', 'three'] });
    expect(gateway.temporal.reports[0]?.script?.args).toEqual(['one two', 'three']);
  });

  it('stays away from events and steps it is not registered for, while the event is stored', async () => {
    await start();
    await trigger({ script: 'mediator-test', event: 'REDO' });
    await trigger({
      script: 'mediator-test',
      ticket_info: base64(
        '<ticket_info><id>9</id><current_stage><name>Other</name></current_stage></ticket_info>',
      ),
    });
    expect(gateway.temporal.reports).toHaveLength(2);
    for (const event of gateway.temporal.reports) expect(event).not.toHaveProperty('script');
  });

  it('is refused visibly when it is not registered, also as a path that exists', async () => {
    await start();
    for (const script of ['/bin/sh', 'mediator-tes', '__proto__', '']) {
      const response = await trigger({ script });
      expect(response.status).toBe(422);
      expect((await refusal(response)).code).toBe('unknown_script');
    }
    expect(gateway.temporal.reports).toHaveLength(0);
  });

  it('gets arguments that begin with a dash: the script knows its options', async () => {
    await start();
    const args = ['--verbose', '-n', '-'];
    expect((await trigger({ script: 'mediator-test', args })).status).toBe(200);
    expect(gateway.temporal.reports[0]?.script?.args).toEqual(args);
  });

  it.each([
    ['null', null],
    ['nothing', undefined],
    ['an empty text', ''],
    ['an empty list', []],
  ])('runs without arguments for %s', async (_what, args) => {
    await start();
    expect((await trigger({ script: 'mediator-test', args })).status).toBe(200);
    expect(gateway.temporal.reports[0]?.script?.args).toEqual([]);
  });

  it.each([
    ['one that is too long', ['x'.repeat(257)], /more than 256 characters/],
    ['too many', Array(40).fill('x'), /more than 32/],
    ['very many', Array(10_000).fill('x'), /more than 32/],
    ['too many words', 'x '.repeat(100), /more than 32/],
    ['a NUL', ['a\0b'], /NUL/],
    ['a number', 5, /neither a text nor a list of texts/],
    ['an object in the list', [{ a: 1 }], /neither a text nor a list of texts/],
    ['null in the list', ['a', null], /neither a text nor a list of texts/],
    ['a list in the list', [['a']], /neither a text nor a list of texts/],
  ])('is refused for arguments with %s, and the event is stored', async (_what, args, reason) => {
    await start();
    const response = await trigger({ script: 'mediator-test', args });
    expect(response.status).toBe(200);
    const { output, error } = (await response.json()) as { output: string; error: unknown };
    expect(error).toBeNull();
    expect(output).toMatch(/^accepted for ticket 1201\nThe script mediator-test is NOT run: /);
    expect(output).toMatch(reason);
    const [event] = gateway.temporal.reports;
    expect(event).not.toHaveProperty('script');
    expect(event?.scriptRefused).toEqual({
      name: 'mediator-test',
      reason: expect.stringMatching(reason) as string,
    });
    expect(gateway.logged.join('\n')).toMatch(/script refused.*mediator-test/);
  });

  it('is refused when the arguments are not UTF-8, and the event is stored', async () => {
    await start();
    const body = JSON.stringify({
      ticket_info: base64(ADVANCE),
      event: 'ADVANCE',
      args: ['Z#rich'],
      script: 'mediator-test',
    });
    const response = await post(Buffer.from(body.replace('#', '\u00fc'), 'latin1'));
    expect(response.status).toBe(200);
    expect(gateway.temporal.reports[0]?.scriptRefused?.reason).toMatch(/not UTF-8/);
  });

  it('is not spoken of for an entry that runs nothing, whatever the arguments are', async () => {
    await start();
    const response = await trigger({ args: [{}] });
    expect(await response.json()).toEqual({ output: 'accepted for ticket 1201\n', error: null });
    expect(gateway.temporal.reports[0]).not.toHaveProperty('scriptRefused');
  });
});

describe('a test', () => {
  it.each([
    ['the event TEST', { event: 'TEST' }],
    ['the event TEST without a body', { event: 'TEST', ticket_info: '' }],
    ['an empty ticket_info', { event: 'ADVANCE', ticket_info: base64('<ticket_info/>') }],
    ['the word test without a ticket', { event: '', ticket_info: '', args: 'test' }],
  ])('by %s is answered at once and touches nothing', async (_what, payload) => {
    await start();
    gateway.temporal.report = () => new Promise(() => {});
    const response = await trigger(payload);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ error: null });
    expect(gateway.temporal.reports).toHaveLength(0);
  });

  it('says when the script is not registered, because real events would be refused', async () => {
    await start();
    const { output } = (await (await trigger({ event: 'TEST', script: '/opt/other.py' })).json()) as {
      output: string;
    };
    expect(output).toMatch(/NOT registered/);
  });

  it('is not made of a real ticket by the argument test alone: its event would be lost', async () => {
    await start();
    expect((await trigger({ args: 'test' })).status).toBe(200);
    expect(gateway.temporal.reports).toHaveLength(1);
  });
});

describe('a body', () => {
  it('from the vendor’s example mediator is understood although a quote in its arguments breaks the JSON', async () => {
    await start();
    const pasted = `{ "ticket_info":"${base64(ADVANCE)}",\n"event":"ADVANCE",\n"args":"say "hi" now",\n"script":"mediator-test"\n}`;
    expect(() => JSON.parse(pasted) as unknown).toThrow();
    expect((await post(pasted)).status).toBe(200);
    expect(gateway.temporal.reports[0]?.script?.args).toEqual(['say', '"hi"', 'now']);
  });

  const WRAPPED = readFileSync(join(__dirname, '../fixtures/script/odd.wrapped-base64.txt'), 'utf8');
  it.each([
    ['as another base64 writes it', WRAPPED],
    ['with the line ends of another system', WRAPPED.replaceAll('\n', '\r\n')],
    ['with a line end behind it', `${base64('<ticket_info><id>7</id></ticket_info>')}\n`],
    ['without padding', base64('<ticket_info><id>7</id></ticket_info>').replaceAll('=', '')],
    ['wrapped and without padding', WRAPPED.replaceAll('=', '')],
  ])('with base64 %s is understood', async (_what, ticket_info) => {
    await start();
    expect((await trigger({ ticket_info })).status).toBe(200);
    expect(gateway.temporal.reports[0]?.ticketId).toBe('7');
  });

  it('from the vendor’s example mediator is understood where base64 wraps its lines inside the JSON', async () => {
    await start();
    const pasted = `{ "ticket_info":"${WRAPPED.trim()}",\n"event":"ADVANCE",\n"args":"-a one",\n"script":"ticket-events"\n}`;
    expect(() => JSON.parse(pasted) as unknown).toThrow();
    expect((await post(pasted)).status).toBe(200);
    expect(gateway.temporal.reports[0]?.ticketId).toBe('7');
  });

  it.each(['control-reference', 'vertical-tab'])('with a %s in a comment counts', async (name) => {
    await start();
    const xml = readFileSync(join(__dirname, '../fixtures/script', `odd.${name}.xml`));
    expect((await trigger({ ticket_info: xml.toString('base64') })).status).toBe(200);
    expect(gateway.temporal.reports[0]).toMatchObject({ ticketId: '4711' });
    expect(gateway.temporal.reports[0]?.info?.comment).toContain('\ufffd');
  });

  it('that names one ticket in two ways reaches one workflow', async () => {
    await start();
    for (const id of ['4', '004', ' 4 ']) {
      const ticket_info = base64(`<ticket_info><id>${id}</id></ticket_info>`);
      expect((await trigger({ ticket_info })).status).toBe(200);
    }
    expect(gateway.temporal.reports.map((event) => event.ticketId)).toEqual(['4', '4', '4']);
    expect(new Set(gateway.temporal.reports.map((event) => event.info?.id))).toEqual(new Set(['4']));
  });

  it.each([
    ['not JSON', 'hello', 400, 'bad_json'],
    ['a list', '[]', 400, 'bad_json'],
    ['a number as event', '{"event":5}', 400, 'bad_json'],
    ['a list as script', '{"script":[]}', 400, 'bad_json'],
    [
      'base64 with other characters',
      JSON.stringify({ ticket_info: 'PHRp*Y2tl', event: 'ADVANCE' }),
      400,
      'bad_base64',
    ],
    [
      'base64 of the URL alphabet',
      JSON.stringify({ ticket_info: '_-__', event: 'ADVANCE' }),
      400,
      'bad_base64',
    ],
    [
      'base64 that is cut off inside a byte',
      JSON.stringify({ ticket_info: 'PHRpY', event: 'ADVANCE' }),
      400,
      'bad_base64',
    ],
    ['no ticket_info', JSON.stringify({ event: 'ADVANCE', script: 'ticket-events' }), 400, 'bad_xml'],
    [
      'a DOCTYPE',
      JSON.stringify({
        ticket_info: base64('<!DOCTYPE ticket_info [<!ENTITY x "y">]><ticket_info><id>1</id></ticket_info>'),
        event: 'ADVANCE',
        script: 'ticket-events',
      }),
      400,
      'bad_xml',
    ],
    [
      'another document',
      JSON.stringify({
        ticket_info: base64('<html><id>1</id></html>'),
        event: 'ADVANCE',
        script: 'ticket-events',
      }),
      400,
      'bad_xml',
    ],
    [
      'more than 192 KiB of XML',
      JSON.stringify({ ticket_info: base64('x'.repeat(192 * 1024 + 1)), event: 'A' }).slice(
        0,
        256 * 1024 + 200,
      ),
      413,
      'too_large',
    ],
    ['more than 256 KiB', JSON.stringify({ args: 'x'.repeat(256 * 1024) }), 413, 'too_large'],
  ])('with %s is refused', async (_what, body, status, code) => {
    await start();
    const response = await post(body);
    expect(response.status).toBe(status);
    expect((await refusal(response)).code).toBe(code);
    expect(gateway.temporal.reports).toHaveLength(0);
  });

  it('of exactly the allowed size passes', async () => {
    await start();
    const xml = `<ticket_info><id>7</id><comment>${'c'.repeat(60_000)}</comment></ticket_info>`;
    expect((await trigger({ ticket_info: base64(xml) })).status).toBe(200);
  });

  it.each([
    ['text/plain', 415],
    ['application/x-www-form-urlencoded', 415],
    ['application/json; charset=latin1', 415],
    ['application/jsonp', 415],
    ['application/json; charset=utf-8', 200],
  ])('of type %s is answered %i', async (type, status) => {
    await start();
    const body = JSON.stringify({ ticket_info: base64(ADVANCE), event: 'ADVANCE', script: 'ticket-events' });
    expect((await post(body, { 'content-type': type })).status).toBe(status);
  });

  it('that is compressed is refused unread', async () => {
    await start();
    expect((await post('{}', { 'content-encoding': 'gzip' })).status).toBe(415);
  });
});

describe('a script whose result the mediator waits for', () => {
  const AWAITED = { ...SAMPLE, reply: 'result', replyWithinMs: 3_000 } as const;
  const named = { script: '/opt/trigger-service/test.py' };
  const begin = (): Promise<void> => start({ scripts: [AWAITED] });

  it('is answered with its output and exit code, after the event is stored', async () => {
    await begin();
    const answer = { output: 'looked\n', error: { output: 'no route\n', returnCode: 3 } };
    gateway.temporal.scriptReply = async () => {
      expect(gateway.temporal.reports).toHaveLength(1);
      return { kind: 'ended', answer };
    };
    const response = await trigger(named);
    expect([response.status, await response.json()]).toEqual([200, answer]);
    const [event] = gateway.temporal.reports;
    expect(event?.script).toMatchObject({ name: 'mediator-test', reply: 'result' });
    expect(gateway.temporal.awaited).toEqual([
      {
        ticketId: '1201',
        runId: 'run',
        eventKey: event!.key,
        receivedAtMs: NOW_MS,
        script: 'mediator-test',
        deadlineMs: 3_000,
      },
    ]);
  });

  it.each([
    [
      { kind: 'running' },
      /^accepted for ticket 1201\nThe script mediator-test has not ended yet.*sco ticket history 1201\n$/,
    ],
    [{ kind: 'unknown' }, /^accepted for ticket 1201\nThe script mediator-test has not ended yet/],
    [
      { kind: 'notRun', why: 'the ticket is not driven' },
      /^accepted for ticket 1201\n.*not run: the ticket is not driven\.\n$/,
    ],
  ] as const)('is answered accepted, and where to look, when it is %j', async (reply, output) => {
    await begin();
    gateway.temporal.scriptReply = async () => reply;
    expect(await (await trigger(named)).json()).toEqual({
      output: expect.stringMatching(output) as string,
      error: null,
    });
  });

  it('is answered accepted in time whatever Temporal does', async () => {
    await start({ scripts: [{ ...AWAITED, replyWithinMs: 50 }] });
    gateway.temporal.scriptReply = () => new Promise(() => undefined);
    expect(await (await trigger(named)).json()).toMatchObject({ error: null });
    gateway.temporal.scriptReply = () => Promise.reject(new Error('canary'));
    const response = await (await trigger(named)).text();
    expect(response).toMatch(/accepted for ticket 1201/);
    expect(response).not.toMatch(/canary/);
  });

  it('is not waited for by more calls than may; their events are stored all the same', async () => {
    await start({ scripts: [AWAITED], limits: { maxWaitingForScripts: 1 } });
    let release = (): void => undefined;
    gateway.temporal.scriptReply = () =>
      new Promise((resolve) => {
        release = () => resolve({ kind: 'ended', answer: { output: 'done\n', error: null } });
      });
    const first = trigger(named);
    await eventually('it waits', () => gateway.temporal.awaited.length === 1);
    expect(await (await trigger(named)).json()).toMatchObject({
      output: expect.stringMatching(/not ended/) as string,
    });
    release();
    expect(await (await first).json()).toEqual({ output: 'done\n', error: null });
    expect(gateway.temporal.reports).toHaveLength(2);
    expect(await (await trigger({ ...named, event: 'TEST' })).json()).toMatchObject({ error: null });
  });
});
