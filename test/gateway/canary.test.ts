import { createHash } from 'node:crypto';

import type { Credential } from '../../src/gateway/callers.js';
import {
  base64,
  basic,
  MEDIATOR,
  startGateway,
  TOKENS,
  type RunningGateway,
} from '../support/running-gateway.js';

const CANARY = 'c4n4ry-7f3a';

let gateway: RunningGateway;
beforeEach(async () => {
  gateway = await startGateway({ credentials: [ITSM] });
});
afterEach(() => gateway.close());

const SNOW = 'servicenow-token';
const ITSM: Credential = {
  kind: 'bearer',
  login: 'snow',
  roles: ['itsm'],
  sha256: createHash('sha256').update(SNOW).digest('hex'),
};
const mediator = basic(MEDIATOR.user, MEDIATOR.password);
const operator = `Bearer ${TOKENS.olga}`;
const json = (value: unknown): string => JSON.stringify(value);

/** Everything a caller can put into a call, each with the canary in it. */
const CALLS: readonly [string, string, RequestInit][] = [
  ['a path', `/${CANARY}`, {}],
  ['a ticket id', `/v1/tickets/${CANARY}%2F`, { headers: { authorization: operator } }],
  ['a filter', `/v1/tickets?${CANARY}=${CANARY}`, { headers: { authorization: operator } }],
  ['a calendar', `/v1/calendars/${CANARY}/calendar.ics`, { headers: { authorization: operator } }],
  ['a scope', `/v1/processes/web/calendar.ics?${CANARY}=1`, { headers: { authorization: operator } }],
  ['a user', '/trigger_file', { method: 'POST', headers: { authorization: basic(CANARY, CANARY) } }],
  ['a token', '/v1/tickets', { headers: { authorization: `Bearer ${CANARY}` } }],
  [
    'a content type',
    '/trigger_file',
    { method: 'POST', headers: { authorization: mediator, 'content-type': `text/${CANARY}` } },
  ],
  ...(
    [
      ['a body that is not JSON', `{"${CANARY}`],
      ['an event of the wrong type', json({ event: { [CANARY]: CANARY } })],
      ['base64', json({ ticket_info: `${CANARY}!`, event: 'CREATE' })],
      ['XML', json({ ticket_info: base64(`<${CANARY}><x></${CANARY}>`), event: 'CREATE' })],
      [
        'an XML value',
        json({ ticket_info: base64(`<ticket_info><id>${CANARY}</id></ticket_info>`), event: 'CREATE' }),
      ],
      [
        'a script',
        json({
          ticket_info: base64('<ticket_info><id>5</id></ticket_info>'),
          event: CANARY,
          script: CANARY,
          args: CANARY,
        }),
      ],
      ['the script of a test', json({ event: 'TEST', script: CANARY, args: CANARY })],
    ] as const
  ).map(
    ([what, body]) =>
      [
        what,
        '/trigger_file',
        { method: 'POST', headers: { authorization: mediator, 'content-type': 'application/json' }, body },
      ] as [string, string, RequestInit],
  ),
  [
    'a command',
    '/v1/tickets/1/commands',
    {
      method: 'POST',
      headers: { authorization: operator, 'content-type': 'application/json' },
      body: json({ command: { kind: CANARY, [CANARY]: CANARY }, reason: CANARY, [CANARY]: 1 }),
    },
  ],
  [
    'a request of an ITSM',
    '/v1/itsm/tickets/1/approve',
    {
      method: 'POST',
      headers: { authorization: `Bearer ${SNOW}`, 'content-type': 'application/json' },
      body: json({ [CANARY]: CANARY, approver: { [CANARY]: 1 }, question: CANARY }),
    },
  ],
  [
    'an idempotency key',
    '/v1/tickets/1/commands',
    {
      method: 'POST',
      headers: {
        authorization: operator,
        'content-type': 'application/json',
        'idempotency-key': `${CANARY} !`,
      },
      body: json({ command: { kind: 'retry' }, reason: 'because' }),
    },
  ],
];

it.each(CALLS)('what a caller sends as %s never comes back', async (_what, path, init) => {
  const response = await fetch(`${gateway.url}${path}`, init);
  const seen = `${await response.text()} ${JSON.stringify([...response.headers])}`;
  expect(seen).not.toContain(CANARY);
  if (response.status !== 200) expect(seen).toContain('application/problem+json');
});

it('credentials and payloads are never logged', async () => {
  const body = json({
    ticket_info: base64(`<ticket_info><id>5</id><subject>${CANARY}</subject></ticket_info>`),
    event: 'CREATE',
    script: 'ticket-events',
    args: CANARY,
  });
  const call = (authorization: string): Promise<Response> =>
    fetch(`${gateway.url}/trigger_file`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body,
    });
  expect((await call(mediator)).status).toBe(200);
  gateway.temporal.report = () => Promise.reject(new Error(`refused ${CANARY}`));
  expect((await call(mediator)).status).toBe(503);
  expect((await call(basic(CANARY, CANARY))).status).toBe(401);
  expect(gateway.logged.length).toBeGreaterThan(3);
  expect(gateway.logged.join('\n')).not.toContain(CANARY);
  expect(gateway.logged.join('\n')).not.toContain(MEDIATOR.password);
});

it('a failure of ours is answered without its words', async () => {
  gateway.temporal.read = () => Promise.reject(new Error(CANARY));
  const response = await fetch(`${gateway.url}/v1/tickets/5`, { headers: { authorization: operator } });
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain(CANARY);
});
