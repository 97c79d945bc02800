import { createCallers, createLiveCallers, type Credential } from '../../src/gateway/callers.js';
import { ClientError } from '../../packages/client/src/contract.js';
import { createHash } from 'node:crypto';
import { eventually } from '../support/eventually.js';
import { laneView, pageClient, pageFacts, PARKING, type PageFacts } from '../support/page-client.js';
import { ticketViewOf } from '../support/ticket-view.js';
import {
  NOW_MS,
  startGateway,
  TOKENS,
  type GatewayOptions,
  type RunningGateway,
} from '../support/running-gateway.js';

let gateway: RunningGateway;
let facts: PageFacts;
async function start(options: GatewayOptions = {}): Promise<void> {
  facts = pageFacts();
  gateway = await startGateway({ client: pageClient(facts), ...options });
}
afterEach(() => gateway.close());

const OWN = { 'sec-fetch-site': 'same-origin' };

function post(
  path: string,
  members: Record<string, string> | readonly (readonly [string, string])[],
  headers: Record<string, string> = OWN,
) {
  return fetch(`${gateway.url}${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers,
    body: new URLSearchParams(members as Record<string, string>),
  });
}

/** The cookie that a browser would keep. */
async function signIn(token: string = TOKENS.olga): Promise<string> {
  const answer = await post('/sign-in', { token, next: '/tickets' });
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/tickets']);
  const set = answer.headers.get('set-cookie') ?? '';
  expect(set).toMatch(/HttpOnly/);
  expect(set).toMatch(/SameSite=Lax/);
  return set.split(';')[0]!;
}

async function page(
  path: string,
  cookie: string,
): Promise<{ status: number; text: string; headers: Headers }> {
  const { status, headers, ...answer } = await read(path, cookie);
  return { status, headers, text: answer.text };
}

async function read(path: string, cookie: string) {
  const answer = await fetch(`${gateway.url}${path}`, { headers: { cookie }, redirect: 'manual' });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

describe('signing in', () => {
  it('leads whoever has not signed in to the sign-in page, and from there to the page that was asked for', async () => {
    await start();
    const answer = await fetch(`${gateway.url}/tickets?open=true`, { redirect: 'manual' });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/sign-in?next=%2Ftickets%3Fopen%3Dtrue');
    const form = await (await fetch(`${gateway.url}/sign-in?next=%2Ftickets`)).text();
    expect(form).toContain('name="next" value="/tickets"');
  });

  it('is asked for pages only: another address is refused as before', async () => {
    await start();
    for (const path of ['/nothing', '/v1/nothing']) {
      const answer = await fetch(`${gateway.url}${path}`, { redirect: 'manual' });
      expect([404, 401]).toContain(answer.status);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
    }
  });

  it('never leads to another site', async () => {
    await start();
    for (const next of ['https://evil.example/', '//evil.example', '/\\evil.example', '/a\nb']) {
      const answer = await post('/sign-in', { token: TOKENS.olga, next });
      expect(answer.headers.get('location')).toBe('/');
    }
  });

  it('refuses a wrong token and counts it as a failed attempt', async () => {
    await start({ limits: { failuresPerMinute: 2 } });
    for (const status of [401, 401, 429]) {
      const answer = await post('/sign-in', { token: 'wrong', next: '/' });
      expect(answer.status).toBe(status);
      expect(answer.headers.get('set-cookie')).toBeNull();
      expect(await answer.text()).toContain('role="alert"');
    }
  });

  it('refuses a form of another site, and one that does not say where it comes from', async () => {
    await start();
    const cookie = await signIn();
    const members = { kind: 'stop', reason: 'because', key: 'key-12345678' };
    for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }, {}]) {
      const answer = await post('/control/commands', members, { cookie, ...headers });
      expect(answer.status).toBe(403);
    }
    expect(gateway.temporal.commands).toEqual([]);
  });

  it('accepts no cookie that it has not signed, or that is past its time', async () => {
    await start();
    const cookie = await signIn();
    expect((await page('/', cookie)).status).toBe(200);
    const [name, value = ''] = cookie.split('=');
    const [body = '', signature = ''] = value.split('.');
    const said = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>;
    const longer = Buffer.from(JSON.stringify({ ...said, untilMs: NOW_MS * 2 })).toString('base64url');
    for (const forged of [`${longer}.${signature}`, body, `${body}.`, '.', 'x.y.z', `${value}a`])
      expect((await page('/', `${name}=${forged}`)).status).toBe(303);
    gateway.clock.nowMs += 8 * 3_600_000;
    expect((await page('/', cookie)).status).toBe(303);
  });

  it('ends the sessions of a token that was taken away, at once', async () => {
    const credential: Credential = {
      kind: 'bearer',
      login: 'olga',
      roles: ['operator'],
      sha256: createHash('sha256').update(TOKENS.olga).digest('hex'),
    };
    let current = { credentials: [credential], signing: {}, signers: [] };
    await start({ callers: createLiveCallers(() => current) });
    const cookie = await signIn();
    expect((await page('/', cookie)).status).toBe(200);
    current = { credentials: [], signing: {}, signers: [] };
    expect((await page('/', cookie)).status).toBe(303);
  });

  it('ends a session at the wish of its holder', async () => {
    await start();
    const answer = await post('/sign-out', {}, { ...OWN, cookie: await signIn() });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('set-cookie')).toMatch(/sco-session=;/);
  });

  it('shows no page to a caller without a role that may read', async () => {
    const machine: Credential = {
      kind: 'bearer',
      login: 'mediator-2',
      roles: ['mediator'],
      sha256: createHash('sha256').update('machine').digest('hex'),
    };
    await start({ callers: createCallers([machine]) });
    const answer = await post('/sign-in', { token: 'machine', next: '/' });
    expect(answer.status).toBe(403);
    expect(answer.headers.get('set-cookie')).toBeNull();
  });
});

describe('pages', () => {
  it('allow a browser nothing but what the gateway itself serves', async () => {
    await start();
    const cookie = await signIn();
    for (const path of ['/', '/calendar', '/tickets', '/tickets/7', '/managers', '/managers/20']) {
      const { status, headers, text } = await page(path, cookie);
      expect([path, status]).toEqual([path, 200]);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toContain('unsafe');
      expect(text).not.toMatch(/ style="| on[a-z]+="|<script>/);
    }
    for (const [path, type] of [
      ['/assets/style.css', 'text/css'],
      ['/assets/page.js', 'text/javascript'],
    ])
      expect((await fetch(`${gateway.url}${path!}`)).headers.get('content-type')).toContain(type);
  });

  it('show text of others as text, without what hides or turns it around', async () => {
    await start();
    facts.ticket = {
      ...facts.ticket,
      subject: '<script>alert(1)</script>"\'&',
      parkings: [{ ...facts.ticket.parkings[0]!, reason: 'a\u202eb\u001b[2J<img src=x>' }],
    };
    const { text } = await page('/tickets/7', await signIn());
    expect(text).toContain('&lt;script>alert(1)&lt;/script>');
    expect(text).not.toContain('<script>alert');
    expect(text).not.toContain('<img');
    expect(text).not.toMatch(/[\u001b\u202e]/);
  });

  it.each([
    [null, true],
    ['closed', false],
  ] as const)('show the opening of a window while the ticket runs: outcome %s', async (outcome, isShown) => {
    await start();
    const window = { calendar: 'nightly', zone: 'UTC', next: { opensAtMs: NOW_MS, closesAtMs: NOW_MS + 1 } };
    facts.ticket = { ...facts.ticket, window, outcome };
    const shown = (await page('/tickets/7', await signIn())).text.replaceAll(/<[^>]+>/g, '');
    expect(shown).toContain('Windownightly (UTC)');
    expect(shown.includes('nightly (UTC): from')).toBe(isShown);
  });

  it('show what an emergency owes, who overrode the window, and which ticket takes a change back', async () => {
    await start();
    const devices = [{ id: '21', name: 'DG-B' }];
    const asked = { by: 'o.brandt', reason: 'it broke', atMs: NOW_MS, devices, all: true, refused: null };
    const text = 'servicenow approves the emergency afterwards, due 2026-11-26 21:00:00 UTC';
    const override = {
      key: 'k',
      devices: ['DG-B'],
      by: 'o.brandt',
      reason: 'the pay desk is down',
      atMs: NOW_MS,
      untilMs: NOW_MS,
      spent: false,
    };
    facts.ticket = {
      ...facts.ticket,
      emergency: { owed: { text, dueMs: NOW_MS, state: 'due' } },
      overrides: [
        { ...override, confirmedBy: 'ida' },
        { ...override, confirmedBy: null },
      ],
      backOuts: [
        { ...asked, ticket: null },
        { ...asked, ticket: '1300' },
      ],
    };
    const shown = (await page('/tickets/7', await signIn())).text.replaceAll(/<[^>]+>/g, '');
    expect(shown).toContain('Emergencyservicenow approves the emergency afterwards, due');
    expect(shown).toContain('DG-B, by o.brandt: the pay desk is down; confirmed by ida; until');
    expect(shown).toContain('no second person confirmed it');
    expect(shown).toContain('Back-outDG-B, by o.brandt: it broke; a ticket is being opened');
    expect(shown).toContain('Back-outDG-B, by o.brandt: it broke; ticket 1300 takes it back');
  });

  it('say of an emergency that two persons must let it go ahead, and nothing of back-outs where none was asked for', async () => {
    await start();
    facts.ticket = { ...facts.ticket, emergency: { owed: null } };
    const before = (await page('/tickets/7', await signIn())).text;
    expect(before).toContain('needs two persons: sco ticket override');
    expect(before).not.toContain('Back-out');
  });

  it('list what waits for a person, the longest wait first, with what to type', async () => {
    await start();
    const parking = facts.ticket.parkings[0]!;
    const older = { ...parking, reason: 'the older one', sinceMs: parking.sinceMs - 1_000 };
    facts.ticket = { ...facts.ticket, parkings: [parking, older] };
    const { text } = await page('/', await signIn());
    expect(text.indexOf('the older one')).toBeLessThan(text.indexOf('held by m.roth'));
    expect(text).toContain('sco ticket retry 7');
  });

  it('write times in the zone of the reader', async () => {
    await start();
    const cookie = await signIn();
    expect((await page('/', `${cookie}; zone=Asia%2FKolkata`)).text).toContain('2026-11-23 02:30 +05:30');
    for (const zone of ['Nowhere', '%E0%A4%A', '<b>', 'PST'])
      expect((await page('/', `${cookie}; zone=${zone}`)).status).toBe(200);
  });

  it('say plainly that Temporal does not answer, and that tickets are safe', async () => {
    await start();
    const cookie = await signIn();
    const away = async (): Promise<never> => {
      throw new ClientError('temporalAway', 'away');
    };
    gateway.clock.nowMs += 10_000;
    Object.assign(facts, { lanes: undefined });
    await gateway.close();
    gateway = await startGateway({
      client: {
        ...pageClient(facts),
        control: { get: away },
        lanes: { list: away, get: away, windows: away },
      },
    });
    const answer = await page('/managers', cookie);
    expect(answer.status).toBe(503);
    expect(answer.text).toContain('Temporal did not answer');
    expect(answer.headers.get('retry-after')).toBe('2');
  });

  it('answer an unknown address as a page to who has signed in', async () => {
    await start();
    const cookie = await signIn();
    for (const path of ['/nothing', '/tickets/abc', '/tickets/7/more', '/calendar/x', '/managers/%00'])
      expect([path, (await page(path, cookie)).status]).toEqual([path, 404]);
    expect((await page('/tickets?open=maybe', cookie)).status).toBe(400);
    expect((await page('/tickets?after=x', cookie)).status).toBe(400);
  });

  it('read once for many readers', async () => {
    let readings = 0;
    await start();
    const client = pageClient(facts);
    await gateway.close();
    gateway = await startGateway({
      client: {
        ...client,
        lanes: {
          ...client.lanes!,
          list: async () => {
            readings += 1;
            return facts.lanes;
          },
        },
      },
    });
    const cookie = await signIn();
    await Promise.all(Array.from({ length: 20 }, () => page('/managers', cookie)));
    expect(readings).toBe(1);
  });
});

describe('buttons', () => {
  it('give the command that is typed otherwise, signed for who has signed in, once for each form', async () => {
    await start();
    const cookie = await signIn();
    const { text } = await page('/tickets/7', cookie);
    const key = /name="key" value="([^"]+)"/.exec(text)?.[1] ?? '';
    const members = { kind: 'retry', reason: 'the lock is gone', key };
    const answer = await post('/tickets/7/commands', members, { ...OWN, cookie });
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('<h1>Done</h1>')]);
    expect(gateway.temporal.commands).toEqual([
      expect.objectContaining({
        command: { kind: 'retry' },
        reason: 'the lock is gone',
        key,
        workflowId: 'ticket/7',
        actor: { login: 'olga', roles: ['operator'] },
        signature: expect.any(String) as string,
      }),
    ]);
  });

  it('are not there for a viewer, and refused when sent all the same', async () => {
    await start();
    const cookie = await signIn(TOKENS.vera);
    for (const path of ['/', '/tickets/7', '/managers/20'])
      expect((await page(path, cookie)).text).not.toContain('/commands"');
    const members = { kind: 'stop', reason: 'because', key: 'key-12345678' };
    const answer = await post('/control/commands', members, { ...OWN, cookie });
    expect(answer.status).toBe(403);
    expect(gateway.temporal.commands).toEqual([]);
  });

  it('refuse what is no command, or has no reason', async () => {
    await start();
    const headers = { ...OWN, cookie: await signIn() };
    const right = { kind: 'retry', reason: 'because', key: 'key-12345678' };
    for (const wrong of [
      { ...right, reason: '' },
      { ...right, key: 'short' },
      { ...right, kind: 'fly' },
      { ...right, more: 'x' },
    ])
      expect((await post('/tickets/7/commands', wrong, headers)).status).toBe(400);
    expect(gateway.temporal.commands).toEqual([]);
  });

  it('stop all pushes', async () => {
    await start();
    const members = { kind: 'stop', reason: 'core outage', key: 'key-12345678' };
    await post('/control/commands', members, { ...OWN, cookie: await signIn() });
    expect(gateway.temporal.commands).toEqual([
      expect.objectContaining({ command: { kind: 'stop' }, workflowId: 'control' }),
    ]);
  });
});

it('signals an open page that it shows something old, and nothing of what is new', async () => {
  await start();
  const cookie = await signIn();
  expect((await fetch(`${gateway.url}/live?page=%2F`)).status).toBe(401);
  const ended = new AbortController();
  const answer = await fetch(`${gateway.url}/live?page=%2Fmanagers`, {
    headers: { cookie },
    signal: ended.signal,
  });
  let received = '';
  const reading = (async () => {
    for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>)
      received += Buffer.from(chunk).toString();
  })().catch(() => undefined);
  await eventually('the first word', () => received.includes(': \n'));
  expect(received).not.toContain('changed');
  facts.stop = { stopped: true, by: 'olga', reason: 'secret reason', sinceMs: NOW_MS };
  gateway.clock.nowMs += 10_000;
  await eventually('the change', () => received.includes('event: changed'));
  expect(received).not.toContain('secret reason');
  ended.abort();
  await reading;
});

it('an open page takes no place of the calls under way: other callers are still let in', async () => {
  await start({ limits: { maxInFlight: 1 } });
  const cookie = await signIn();
  const ended = new AbortController();
  const open = await fetch(`${gateway.url}/live?page=%2Fmanagers`, {
    headers: { cookie },
    signal: ended.signal,
  });
  expect(open.status).toBe(200);
  const headers = { authorization: `Bearer ${TOKENS.olga}` };
  expect((await fetch(`${gateway.url}/v1/lanes`, { headers })).status).toBe(200);
  ended.abort();
});

describe('buttons of what cannot be taken back', () => {
  const KEY = 'key-12345678';
  const reason = 'asked the owner';
  const done = (given: object): unknown => [expect.objectContaining(given)];

  it('answer a push whose outcome is unknown, and only when the consequence is ticked', async () => {
    await start();
    const way = {
      command: 'decideUnknownPush',
      hint: 'sco push decide 20/3 --was-not-sent --reason "…"',
    } as const;
    facts.ticket = ticketViewOf({
      ticketId: '7',
      parkings: [{ ...PARKING, code: 'push.unknown', waysOut: [way] }],
    });
    const cookie = await signIn(TOKENS.anna);
    const to = '/managers/20/pushes/3/commands';
    for (const path of ['/', '/tickets/7']) {
      const { text } = await page(path, cookie);
      expect(text).toContain(`action="${to}"`);
      expect(text).toContain('I looked at the device');
    }
    const members = { kind: 'decideUnknownPush', answer: 'wasNotSent', reason, key: KEY };
    const unticked = await post(to, members, { ...OWN, cookie });
    expect([unticked.status, await unticked.text()]).toEqual([400, expect.stringContaining('Not ticked')]);
    expect((await post(to, { ...members, sure: 'yes' }, { cookie })).status).toBe(403);
    expect(gateway.temporal.commands).toEqual([]);
    expect((await post(to, { ...members, sure: 'yes' }, { ...OWN, cookie })).status).toBe(200);
    expect(gateway.temporal.commands).toEqual(
      done({
        command: { kind: 'decideUnknownPush', answer: 'wasNotSent' },
        workflowId: 'push/20/3',
        actor: { login: 'anna', roles: ['approver'] },
      }),
    );
  });

  it('send or drop a message of a ticket', async () => {
    await start();
    const held = {
      point: 'create',
      server: 'snow',
      action: 'create',
      state: 'held',
      sinceMs: NOW_MS,
    } as const;
    facts.ticket = ticketViewOf({
      ticketId: '7',
      outbox: [{ ...held, number: 4, sizeBytes: 10, message: 'refused' }],
    });
    const cookie = await signIn();
    expect((await page('/tickets/7', cookie)).text).toContain('name="message" value="4"');
    const drop = { kind: 'dropMessage', message: '4', reason, key: KEY };
    expect((await post('/tickets/7/commands', drop, { ...OWN, cookie })).status).toBe(400);
    await post('/tickets/7/commands', { ...drop, sure: 'yes' }, { ...OWN, cookie });
    expect(gateway.temporal.commands).toEqual(done({ command: { kind: 'dropMessage', message: 4 } }));
  });

  it('ask for an override by device, and let another person confirm it', async () => {
    await start();
    const override = {
      key: 'override-1234',
      devices: ['DG-B'],
      by: 'olga',
      reason: 'the owner cannot wait',
      atMs: NOW_MS - 1_000,
      untilMs: NOW_MS + 3_600_000,
      confirmedBy: null,
      spent: false,
    };
    facts.ticket = ticketViewOf({ ticketId: '7', overrides: [override] });
    const olga = await signIn();
    const anna = await signIn(TOKENS.anna);
    const members: readonly [string, string][] = [
      ['kind', 'override'],
      ['devices', 'DG-B'],
      ['devices', 'ADOM, with a comma'],
      ['hours', '2'],
      ['reason', reason],
      ['key', KEY],
    ];
    expect((await post('/tickets/7/commands', members, { ...OWN, cookie: olga })).status).toBe(400);
    await post('/tickets/7/commands', [...members, ['sure', 'yes']], { ...OWN, cookie: olga });
    expect((await page('/tickets/7', olga)).text).not.toContain('Confirm the override</summary>');
    expect((await page('/tickets/7', anna)).text).toContain('Confirm the override</summary>');
    const confirm = { kind: 'confirm', override: override.key, reason, key: `${KEY}-2`, sure: 'yes' };
    await post('/tickets/7/commands', confirm, { ...OWN, cookie: anna });
    expect(gateway.temporal.commands).toEqual([
      expect.objectContaining({
        command: { kind: 'override', devices: ['DG-B', 'ADOM, with a comma'], hours: 2 },
        actor: { login: 'olga', roles: ['operator'] },
      }),
      expect.objectContaining({
        command: { kind: 'confirm', override: override.key },
        actor: { login: 'anna', roles: ['approver'] },
      }),
    ]);
  });

  it('accept changes of others as they were seen, and close the review of an override', async () => {
    await start();
    facts.lanes = [
      laneView({
        foreign: [
          {
            targetId: '21',
            target: 'DG-B',
            state: 'blocked',
            text: 'revision 12 by m.roth',
            atMs: NOW_MS - 1_000,
            seen: '1f0c93ab',
            acceptedUntilMs: null,
          },
        ],
        overrides: [
          {
            key: 'override-1234',
            ticketId: '9',
            by: 'olga',
            confirmedBy: 'anna',
            reason: 'outage',
            atMs: NOW_MS - 5_000,
            used: true,
            review: null,
          },
        ],
      }),
    ];
    const cookie = await signIn(TOKENS.anna);
    const { text } = await page('/', cookie);
    expect(text).toContain('name="seen" value="1f0c93ab"');
    expect(text).toContain('its review is open');
    const accept = { kind: 'acceptForeign', target: '21', seen: '1f0c93ab', hours: '12', reason, key: KEY };
    await post('/managers/20/commands', { ...accept, sure: 'yes' }, { ...OWN, cookie });
    const close = { kind: 'closeReview', override: 'override-1234', reason, key: `${KEY}-2` };
    await post('/managers/20/commands', close, { ...OWN, cookie });
    expect(gateway.temporal.commands).toEqual([
      expect.objectContaining({
        command: { kind: 'acceptForeign', target: '21', seen: '1f0c93ab', hours: 12 },
      }),
      expect.objectContaining({ command: { kind: 'closeReview', override: 'override-1234' } }),
    ]);
  });

  it('are those that the role may press, as in the API', async () => {
    await start();
    const ofRole = async (token: string): Promise<readonly string[]> => {
      const cookie = await signIn(token);
      const texts = await Promise.all(['/', '/tickets/7', '/managers/20'].map((path) => page(path, cookie)));
      return [
        ...new Set(
          texts.flatMap(({ text }) =>
            [...text.matchAll(/name="kind" value="(\w+)"/g)].map(([, kind]) => kind!),
          ),
        ),
      ].sort();
    };
    expect(await ofRole(TOKENS.vera)).toEqual([]);
    expect(await ofRole(TOKENS.olga)).toEqual(
      expect.arrayContaining(['abort', 'hold', 'pause', 'retry', 'stop']),
    );
    const approvers = await ofRole(TOKENS.anna);
    for (const kind of ['abort', 'hold', 'pause', 'retry', 'stop']) expect(approvers).not.toContain(kind);
  });

  it('show the running push of a manager, and whether a call was made', async () => {
    await start();
    facts.lanes = [
      laneView({
        push: { n: 5, kind: 'commit', target: 'DG-B', tickets: ['7'], sinceMs: NOW_MS - 60_000, begun: true },
      }),
    ];
    const { text } = await page('/managers/20', await signIn());
    expect(text).toMatch(/Running push.*5: commit of DG-B for ticket .*a call was made, or may have been/s);
  });
});
