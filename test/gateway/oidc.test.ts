import { createHash } from 'node:crypto';

import { createLiveCallers } from '../../src/gateway/callers.js';
import { createOidcProvider } from '../../src/oidc/provider.js';
import { OIDC_CLIENT, startOidcProvider, type FakeOidcProvider } from '../support/oidc-provider.js';
import { pageClient, pageFacts } from '../support/page-client.js';
import { startGateway, TOKENS, type RunningGateway } from '../support/running-gateway.js';

const OLGA = { subject: 'subject-of-olga', login: 'olga', roles: ['operator'] } as const;
const MACHINE = { subject: 'subject-of-a-machine', login: 'mediator', roles: ['mediator'] } as const;

let provider: FakeOidcProvider;
let gateway: RunningGateway;
/** As people.yaml names them at this moment. */
let people: {
  credentials: { kind: 'bearer'; login: string; roles: readonly ['operator']; sha256: string }[];
  signing: Record<string, never>;
  signers: [];
  subjects: { subject: string; login: string; roles: readonly ('operator' | 'mediator')[] }[];
};

beforeEach(async () => {
  provider = await startOidcProvider();
  people = {
    credentials: [
      {
        kind: 'bearer',
        login: 'olga',
        roles: ['operator'],
        sha256: createHash('sha256').update(TOKENS.olga).digest('hex'),
      },
    ],
    signing: {},
    signers: [],
    subjects: [OLGA, MACHINE],
  };
  gateway = await startGateway({
    client: pageClient(pageFacts()),
    callers: createLiveCallers(() => people),
    oidc: createOidcProvider({
      issuer: provider.issuer,
      clientId: OIDC_CLIENT.id,
      clientSecret: OIDC_CLIENT.secret,
      subjectClaim: 'sub',
      redirectUri: 'http://sco.example/sign-in/oidc/callback',
    }),
  });
});
afterEach(async () => {
  await gateway.close();
  await provider.close();
});

interface Seen {
  readonly status: number;
  readonly location: string;
  readonly cookies: readonly string[];
  readonly text: string;
}

async function ask(url: string, cookie = ''): Promise<Seen> {
  const answer = await fetch(url, { redirect: 'manual', headers: cookie === '' ? {} : { cookie } });
  return {
    status: answer.status,
    location: answer.headers.get('location') ?? '',
    cookies: answer.headers.getSetCookie(),
    text: await answer.text(),
  };
}

const cookieIn = ({ cookies }: Seen, name: string): string =>
  cookies.find((one) => one.startsWith(`${name}=`))?.split(';')[0] ?? '';

interface Flow {
  /** Of the browser that began. */
  readonly cookie: string;
  /** Where the provider sent it, on this gateway. */
  readonly callback: URL;
}

async function begin(next = '/tickets'): Promise<Flow> {
  const begun = await ask(`${gateway.url}/sign-in/oidc?${new URLSearchParams({ next })}`);
  expect(begun.status).toBe(303);
  expect(begun.location.startsWith(`${provider.issuer}/authorize?`)).toBe(true);
  const consented = await ask(begun.location);
  const back = new URL(consented.location);
  return {
    cookie: cookieIn(begun, 'sco-oidc'),
    callback: new URL(`${back.pathname}${back.search}`, gateway.url),
  };
}

const comeBack = async ({ cookie, callback }: Flow): Promise<Seen> => ask(callback.href, cookie);

async function refused(answer: Promise<Seen>, status: number, why: string): Promise<void> {
  const { text, cookies, ...seen } = await answer;
  expect([seen.status, text]).toEqual([status, expect.stringContaining(why) as string]);
  expect(text).toContain('role="alert"');
  // Who can sign in otherwise still can.
  expect(text).toContain('name="token"');
  expect(cookies.filter((one) => one.startsWith('sco-session='))).toEqual([]);
}

describe('sign-in at an OpenID provider', () => {
  it('leads there and back to the page that was asked for, with the roles of people.yaml', async () => {
    const form = await ask(`${gateway.url}/sign-in?next=%2Ftickets%3Fopen%3Dtrue`);
    expect(form.text).toContain('href="/sign-in/oidc?next=%2Ftickets%3Fopen%3Dtrue"');
    const signedIn = await comeBack(await begin('/tickets?open=true'));
    expect([signedIn.status, signedIn.location]).toEqual([303, '/tickets?open=true']);
    const [set = ''] = signedIn.cookies.filter((one) => one.startsWith('sco-session='));
    expect(set).toMatch(/HttpOnly/);
    expect(set).toMatch(/SameSite=Lax/);
    const page = await ask(`${gateway.url}/tickets/7`, cookieIn(signedIn, 'sco-session'));
    expect(page.status).toBe(200);
    expect(page.text).toContain('olga');
    expect(page.text).toContain('/tickets/7/commands');
  });

  it('asks for a code with PKCE, state and nonce, each new for each browser, and for no more than who it is', async () => {
    const asked = [];
    for (let time = 0; time < 2; time += 1) {
      const { location } = await ask(`${gateway.url}/sign-in/oidc`);
      asked.push(Object.fromEntries(new URL(location).searchParams));
    }
    const [first, second] = asked;
    expect(first).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      scope: 'openid',
      redirect_uri: 'http://sco.example/sign-in/oidc/callback',
    });
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(first![name]!.length).toBeGreaterThan(30);
      expect(first![name]).not.toBe(second![name]);
    }
    expect(provider.asked.get('/.well-known/openid-configuration')).toBe(1);
  });

  it('refuses an answer with another state, and one to a browser that has begun none', async () => {
    const flow = await begin();
    flow.callback.searchParams.set('state', 'of another browser');
    await refused(comeBack(flow), 401, 'was not accepted');
    const other = await begin();
    await refused(comeBack({ ...other, cookie: '' }), 401, 'has begun no sign-in');
    const third = await begin();
    await refused(comeBack({ ...third, cookie: (await begin()).cookie }), 401, 'was not accepted');
    expect(provider.asked.get('/token')).toBeUndefined();
  });

  it('refuses a code that was used before', async () => {
    const flow = await begin();
    expect((await comeBack(flow)).status).toBe(303);
    await refused(comeBack(flow), 401, 'the provider answers invalid_grant');
  });

  it('refuses a code that another browser was given', async () => {
    const [own, stolen] = [await begin(), await begin()];
    own.callback.searchParams.set('code', stolen.callback.searchParams.get('code') ?? '');
    await refused(comeBack(own), 401, 'the provider answers invalid_grant');
  });

  it.each([
    ['another nonce', { nonce: 'of another sign-in' }, 'ID token was not accepted'],
    ['no nonce', { nonce: undefined }, 'ID token was not accepted'],
    ['an end in the past', { exp: 1_700_000_000 }, 'ID token was not accepted'],
    ['another audience', { aud: 'another client' }, 'ID token was not accepted'],
    ['another issuer', { iss: 'https://evil.example' }, 'ID token was not accepted'],
    ['no subject', { sub: undefined }, 'ID token was not accepted'],
  ])('refuses an ID token with %s', async (_what, claims, why) => {
    provider.claims = claims;
    await refused(comeBack(await begin()), 401, why);
  });

  it('refuses an ID token that another key has signed', async () => {
    provider.signsWrongly = true;
    await refused(comeBack(await begin()), 401, 'no key of the provider made the signature');
  });

  it('says what the provider says when a person does not consent', async () => {
    const flow = await begin();
    flow.callback.searchParams.delete('code');
    flow.callback.searchParams.set('error', 'access_denied');
    await refused(comeBack(flow), 401, 'the provider answers access_denied');
  });

  it('refuses a subject that no person has, and names it; also a caller without a role that reads', async () => {
    provider.subject = 'of <b>x';
    await refused(comeBack(await begin()), 403, 'You are of &lt;b>x');
    provider.subject = MACHINE.subject;
    await refused(comeBack(await begin()), 403, 'may not');
  });

  it('ends the sessions of a person who was taken out of people.yaml, at once', async () => {
    const cookie = cookieIn(await comeBack(await begin()), 'sco-session');
    expect((await ask(`${gateway.url}/tickets`, cookie)).status).toBe(200);
    people = { ...people, subjects: [] };
    expect((await ask(`${gateway.url}/tickets`, cookie)).status).toBe(303);
  });

  it('takes no cookie of a sign-in under way for a session', async () => {
    const { cookie } = await begin();
    const value = cookie.slice(cookie.indexOf('=') + 1);
    expect((await ask(`${gateway.url}/tickets`, `sco-session=${value}`)).status).toBe(303);
  });

  it('waits ten minutes for who is at the provider', async () => {
    const flow = await begin();
    gateway.clock.nowMs += 10 * 60_000;
    await refused(comeBack(flow), 401, 'has begun no sign-in');
  });

  it('never leads to another site', async () => {
    for (const next of ['https://evil.example/', '//evil.example', '/\\evil.example'])
      expect((await comeBack(await begin(next))).location).toBe('/');
  });

  it('says plainly that the provider does not answer, asks it again later, and lets tokens in meanwhile', async () => {
    provider.failing.set('/.well-known/openid-configuration', 503);
    await refused(ask(`${gateway.url}/sign-in/oidc`), 503, 'discovery');
    const byToken = await fetch(`${gateway.url}/sign-in`, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'sec-fetch-site': 'same-origin' },
      body: new URLSearchParams({ token: TOKENS.olga, next: '/' }),
    });
    expect(byToken.status).toBe(303);
    provider.failing.clear();
    const flow = await begin();
    provider.failing.set('/token', 502);
    await refused(comeBack(flow), 503, 'token endpoint: HTTP 502');
    provider.failing.clear();
    provider.failing.set('/jwks', 500);
    await refused(comeBack(await begin()), 503, 'its keys cannot be read');
    provider.failing.clear();
    expect((await comeBack(await begin())).status).toBe(303);
  });

  it('says that it cannot be reached at all', async () => {
    await provider.close();
    await refused(ask(`${gateway.url}/sign-in/oidc`), 503, 'it cannot be reached');
    provider = await startOidcProvider();
  });

  it('writes neither code nor token into the log', async () => {
    const flow = await begin();
    await comeBack(flow);
    await comeBack(flow);
    const logged = gateway.logged.join('\n');
    expect(logged).toContain('signed in at the provider');
    for (const secret of [flow.callback.searchParams.get('code') ?? '', OIDC_CLIENT.secret, 'eyJ'])
      expect(logged).not.toContain(secret);
  });
});

it('without a provider there is no such address', async () => {
  const other = await startGateway({ client: pageClient(pageFacts()) });
  try {
    expect((await ask(`${other.url}/sign-in`)).text).not.toContain('/sign-in/oidc');
    expect((await ask(`${other.url}/sign-in/oidc`)).status).not.toBe(303);
  } finally {
    await other.close();
  }
});
