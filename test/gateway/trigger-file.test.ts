import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
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

function post(body: string, headers: Record<string, string> = {}): Promise<Response> {
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

describe('an event at the gateway', () => {
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

  it('of a kind nobody knows is kept as it came', async () => {
    await start();
    expect((await trigger({ event: 'FROM_A_LATER_RELEASE' })).status).toBe(200);
    expect((await trigger({ event: '' })).status).toBe(200);
    expect(gateway.temporal.reports.map((event) => event.name)).toEqual(['FROM_A_LATER_RELEASE', 'UNKNOWN']);
  });
});

describe('the script an event names', () => {
  it('goes along, found by its legacy path, when the entry runs something for this event and step', async () => {
    await start();
    await trigger({ script: '/opt/trigger-service/test.py', args: 'one  two' });
    expect(gateway.temporal.reports[0]?.script).toEqual({
      name: 'mediator-test',
      args: ['one', 'two'],
      ticketInfoXml: ADVANCE,
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

  it('is refused visibly when nobody registered it, also as a path that exists', async () => {
    await start();
    for (const script of ['/bin/sh', 'mediator-tes', '__proto__', '']) {
      const response = await trigger({ script });
      expect(response.status).toBe(422);
      expect((await refusal(response)).code).toBe('unknown_script');
    }
    expect(gateway.temporal.reports).toHaveLength(0);
  });

  it('is refused when an argument could be taken for an option', async () => {
    await start();
    for (const args of ['--config=/etc/passwd', ['x'.repeat(257)], Array(40).fill('x')]) {
      expect((await trigger({ script: 'mediator-test', args })).status).toBe(422);
    }
    expect(gateway.temporal.reports).toHaveLength(0);
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

  it.each([
    ['no JSON', 'hello', 400, 'bad_json'],
    ['a list', '[]', 400, 'bad_json'],
    ['a number as event', '{"event":5}', 400, 'bad_json'],
    ['an object as argument', '{"args":[{}]}', 400, 'bad_json'],
    [
      'base64 with line breaks',
      JSON.stringify({ ticket_info: 'PHRp\nY2tl', event: 'ADVANCE' }),
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
      'base64 without padding',
      JSON.stringify({ ticket_info: 'PHRpY2s', event: 'ADVANCE' }),
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
