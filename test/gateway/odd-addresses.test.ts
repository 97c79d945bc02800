import { request as httpRequest } from 'node:http';

import type { IRoute, Router } from 'express';

import { commandRoutes } from '../../src/gateway/command-routes.js';
import { itsmRoutes } from '../../src/gateway/itsm-routes.js';
import { readRoutes } from '../../src/gateway/read-routes.js';
import { pageClient, pageFacts } from '../support/page-client.js';
import { startGateway, TOKENS, type RunningGateway } from '../support/running-gateway.js';

/** What Temporal's list filter takes as an instant ends there. */
const LAST_YEAR = Date.UTC(9999, 11, 31, 23, 59, 59);

const ODD_NUMBERS = ['999999999999999', '8640000000000001', '9'.repeat(400), '-1', '1.5', ''];
const ODD_WORDS = ["'", '%00', '%E0%A4%A', '__proto__', '[', '//', '..'];
/** Every name that any address reads from its query. */
const QUERY_NAMES = [
  ...['after', 'limit', 'open', 'needsAttention', 'step', 'phase', 'device', 'itsmId', 'workflow'],
  ...['from', 'days', 'next', 'page', 'target', 'manager', 'vendor', 'group', 'domain', '__proto__', 'a[b]'],
];
const ODD_PATHS = [
  '//[',
  '//',
  '///',
  '//[::1',
  '/[',
  '//x:y@z:99999/',
  '/\\',
  '/%',
  '/%E0%A4%A',
  '/?%',
  '/?a=%',
  '/;',
  '*',
];
const PAGES = [
  '/',
  '/tickets',
  '/tickets/:id',
  '/managers',
  '/managers/:key',
  '/calendar',
  '/sign-in',
  '/live',
];

const unused = {} as never;
const pathsOf = (router: Router, prefix: string): string[] =>
  router.stack.flatMap(({ route }) => (route === undefined ? [] : [`${prefix}${(route as IRoute).path}`]));
const ROUTES = [
  ...pathsOf(readRoutes(unused, unused, 1_000), '/v1'),
  ...pathsOf(commandRoutes(unused), '/v1'),
  ...pathsOf(itsmRoutes(unused), '/v1/itsm'),
  ...PAGES,
  ...['/healthz', '/readyz', '/trigger_file', '/assets/style.css'],
];

let gateway: RunningGateway;
let cookie: string;

beforeAll(async () => {
  const client = pageClient(pageFacts());
  const tickets: typeof client.tickets = {
    ...client.tickets!,
    page: async (filter, after) => {
      if (after !== null && after.atMs > LAST_YEAR) throw new Error('Temporal does not know such an instant');
      if ((filter.limit ?? 1) + (after?.skip ?? 0) > 100_000) throw new Error('this takes all memory');
      return await client.tickets!.page(filter, after);
    },
  };
  gateway = await startGateway({ client: { ...client, tickets }, limits: { maxInFlight: 1_000 } });
  const answer = await fetch(`${gateway.url}/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams({ token: TOKENS.olga, next: '/' }),
  });
  cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0]!;
});

afterAll(() => gateway.close());

/** The target as it is: `fetch` would repair it. */
async function ask(path: string, headers: Record<string, string>): Promise<{ status: number; text: string }> {
  const { hostname, port } = new URL(gateway.url);
  return await new Promise((done, fail) => {
    const asked = httpRequest({ hostname, port, path, headers }, (answer) => {
      const status = answer.statusCode ?? 0;
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => {
        text += part;
        // A live page never ends.
        if (answer.headers['content-type']?.startsWith('text/event-stream')) asked.destroy();
      });
      answer.on('close', () => {
        done({ status, text });
      });
      answer.on('error', () => {
        done({ status, text });
      });
    });
    asked.on('error', fail);
    asked.end();
  });
}

/** What is wrong with the answers; a refusal says why. */
async function wrongAnswers(paths: readonly string[]): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const path of paths) {
    const signedIn = path.startsWith('/v1/') ? { authorization: `Bearer ${TOKENS.olga}` } : { cookie };
    // Who is not signed in gets no further than the path.
    for (const headers of path.includes('?') ? [signedIn] : [signedIn, {}]) {
      const { status, text } = await ask(path, headers);
      if (status >= 500 || status < 200) wrong.push(`${path}: ${status}`);
      if (status >= 400 && text.length < 20) wrong.push(`${path}: ${status} without a reason: ${text}`);
    }
  }
  return wrong;
}

const filled = (route: string, value: string): string => route.replaceAll(/:\w+/g, value);

describe('an odd address', () => {
  it('there are routes to walk', () => {
    expect(ROUTES.length).toBeGreaterThan(25);
  });

  it.each(ROUTES)('%s: an odd value in its query or path is refused, or does nothing', async (route) => {
    const plain = filled(route, '7');
    const queries = QUERY_NAMES.flatMap((name) =>
      [...ODD_NUMBERS, ...ODD_WORDS].map((value) => `${plain}?${name}=${value}`),
    );
    const repeated = QUERY_NAMES.map((name) => `${plain}?${name}=1&${name}=2`);
    const odd = route.includes(':')
      ? [...ODD_NUMBERS, ...ODD_WORDS, 'x'.repeat(3_000)].map((value) => filled(route, value))
      : [];
    expect(await wrongAnswers([...queries, ...repeated, ...odd])).toEqual([]);
  });

  it.each(ODD_PATHS)('%s is refused', async (path) => {
    expect(await wrongAnswers([path])).toEqual([]);
  });

  it.each([
    'r999999999999999.0',
    'e253402300800000.1',
    `r${'9'.repeat(16)}.0`,
    'r1.99999',
    '-1',
    'r1',
    'x1.0',
  ])('tickets after %s: 400, with what to do', async (after) => {
    const answers = [
      await ask(`/tickets?open=true&after=${after}`, { cookie }),
      await ask(`/v1/tickets?after=${after}`, { authorization: `Bearer ${TOKENS.olga}` }),
    ];
    for (const { status, text } of answers)
      expect([status, text]).toEqual([400, expect.stringContaining('follow its link') as string]);
  });
});
