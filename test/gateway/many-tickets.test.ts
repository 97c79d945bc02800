import type { TicketRun, TicketRuns } from '../../packages/client/src/ticket-runs.js';
import { createStatus } from '../../packages/client/src/status.js';
import { createTickets } from '../../packages/client/src/tickets.js';
import { laneView, pageClient, pageFacts, PARKING, summary } from '../support/page-client.js';
import { NOW_MS, startGateway, TOKENS, type RunningGateway } from '../support/running-gateway.js';
import { ticketRunOf } from '../support/ticket-run.js';
import { ticketViewOf } from '../support/ticket-view.js';

const COUNT = 10_000;
const ENDED = 3_000;
const WAITING = 60;
const HOUR_MS = 3_600_000;

/** As the server has them: running first, the newest start first, then the newest end. Hundreds of one millisecond. */
const RUNS: readonly TicketRun[] = Array.from({ length: COUNT }, (_, index) => {
  const atMs = NOW_MS - Math.floor(index / 450);
  const running = index < COUNT - ENDED;
  return ticketRunOf({
    ...summary({ ticketId: String(COUNT - index), running }),
    runId: `run-${index}`,
    startedAtMs: running ? atMs : atMs - HOUR_MS,
    closedAtMs: running ? null : atMs,
    needsAttention: index < WAITING,
    windowOpensAtMs: running ? NOW_MS + HOUR_MS + index : null,
    outcome: running ? null : 'closed',
  });
});

/** Rows that were sent, and tickets that were asked, since the last look. */
const spent = { lists: 0, rows: 0, asked: [] as string[] };
/** A ticket whose worker does not answer for as long as this. */
let answering: Promise<unknown> = Promise.resolve();

const runs: TicketRuns = {
  view: async (ticketId) => {
    spent.asked.push(ticketId);
    await answering;
    return ticketViewOf({ ticketId, parkings: [{ ...PARKING, reason: `reason of ${ticketId}` }] });
  },
  message: async () => null,
  describe: async () => ticketRunOf(),
  list: async (query, limit) => {
    const found = RUNS.filter(filterOf(query)).slice(0, limit);
    spent.lists += 1;
    spent.rows += found.length;
    return found;
  },
  history: async () => ({ facts: [], continuedFrom: null }),
};

/** The server's list filter, as far as the pages use it. */
function filterOf(query: string): (run: TicketRun) => boolean {
  const instant = (pattern: RegExp): number | null => {
    const [, text] = pattern.exec(query) ?? [];
    return text === undefined ? null : Date.parse(text);
  };
  const ids = /WorkflowId (?:=|IN) \(?(.*?)\)?$/.exec(query)?.[1];
  const started = instant(/StartTime < '([^']+)'/);
  const closed = instant(/CloseTime < '([^']+)'/);
  const opens = instant(/ScoWindowOpensAt < '([^']+)'/);
  const asks = {
    running: query.includes("AND ExecutionStatus = 'Running'"),
    ended: query.includes('NOT IN'),
    attention: query.includes('ScoNeedsAttention = true'),
    opening: query.includes('ScoWindowOpensAt >'),
  };
  return (run) =>
    (ids === undefined || ids.includes(`'ticket/${run.ticketId}'`)) &&
    (!asks.running || run.running) &&
    (!asks.ended || !run.running) &&
    (started === null || !run.running || run.startedAtMs < started) &&
    (closed === null || (run.closedAtMs !== null && run.closedAtMs < closed)) &&
    (!asks.attention || run.needsAttention) &&
    (!asks.opening || run.windowOpensAtMs !== null) &&
    (opens === null || (run.windowOpensAtMs !== null && run.windowOpensAtMs < opens));
}

let gateway: RunningGateway;
let cookie: string;

beforeEach(async () => {
  const client = pageClient({ ...pageFacts(), lanes: [laneView()] });
  const tickets = createTickets(runs);
  const status = createStatus({} as never, tickets, runs);
  gateway = await startGateway({ client: { ...client, tickets, status } });
  const answer = await fetch(`${gateway.url}/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams({ token: TOKENS.olga, next: '/' }),
  });
  cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0]!;
  answering = Promise.resolve();
});
afterEach(() => gateway.close());

async function page(path: string): Promise<string> {
  Object.assign(spent, { lists: 0, rows: 0, asked: [] });
  const answer = await fetch(`${gateway.url}${path}`, { headers: { cookie } });
  expect([path, answer.status]).toEqual([path, 200]);
  return await answer.text();
}

const rowsOf = (text: string): string[] =>
  [...text.matchAll(/<th scope="row"><a href="\/tickets\/(\d+)">/g)].map(([, id]) => id!);
const linkOf = (text: string, rel: string): string | undefined =>
  new RegExp(`<a href="([^"]*)" rel="${rel}">`).exec(text)?.[1]?.replaceAll('&amp;', '&');

describe('with 10,000 tickets', () => {
  it.each([
    ['open', '?open=true', COUNT - ENDED],
    ['ended', '?open=false', ENDED],
    ['all', '?open=', COUNT],
  ])(
    'the list of %s tickets leads through each once, asks none of them, and reads one page at a time',
    async (_, query, count) => {
      const seen: string[] = [];
      for (let path: string | undefined = `/tickets${query}`; path !== undefined;) {
        const text = await page(path);
        seen.push(...rowsOf(text));
        expect(spent.asked).toEqual([]);
        // One page, what earlier pages had of the same millisecond, and for ended tickets whether they were reopened.
        expect(spent.lists).toBeLessThanOrEqual(5);
        expect(spent.rows).toBeLessThanOrEqual(201 + 450 + 200);
        path = linkOf(text, 'next');
      }
      expect(seen).toHaveLength(count);
      expect(new Set(seen).size).toBe(count);
    },
  );

  it('programs are led through them too', async () => {
    const seen: string[] = [];
    for (let after: string | null = ''; after !== null;) {
      const query = new URLSearchParams(after === '' ? {} : { after });
      const answer = await fetch(`${gateway.url}/v1/tickets?${query}`, {
        headers: { authorization: `Bearer ${TOKENS.vera}` },
      });
      const said = (await answer.json()) as { tickets: { ticketId: string }[]; next: string | null };
      expect(said.tickets.length).toBeLessThanOrEqual(200);
      seen.push(...said.tickets.map(({ ticketId }) => ticketId));
      after = said.next;
    }
    expect(seen).toEqual(RUNS.map(({ ticketId }) => ticketId));
  });

  it('the attention list asks only the tickets that it shows, the oldest first, and leads to the others', async () => {
    const first = await page('/');
    const oldest = RUNS.slice(0, WAITING)
      .map(({ ticketId }) => ticketId)
      .toReversed();
    expect(spent.asked.toSorted()).toEqual(oldest.slice(0, 25).toSorted());
    expect(spent.rows).toBeLessThanOrEqual(1_500);
    expect(first).toContain(`${WAITING} tickets wait for a person`);
    const seen = [first];
    for (let path = linkOf(first, 'next'); path !== undefined; path = linkOf(seen.at(-1)!, 'next'))
      seen.push(await page(path));
    for (const ticketId of oldest) expect(seen.join('')).toContain(`reason of ${ticketId}`);
    expect(linkOf(seen.at(-1)!, 'prev')).toBe('/?from=25');
  });

  it('the attention list waits for no ticket that does not answer, and shows it once it has', async () => {
    let answer: (value: unknown) => void = () => undefined;
    answering = new Promise((done) => {
      answer = done;
    });
    const before = await page('/');
    expect(before).toContain('Why is being read');
    expect(before).not.toContain('reason of');
    answer(null);
    gateway.clock.nowMs += 1;
    expect(await page('/')).toContain('reason of');
  });

  it('the other pages read what one page shows', async () => {
    for (const path of ['/managers', '/managers/20', '/calendar', '/tickets/7']) {
      await page(path);
      expect(spent.rows).toBeLessThanOrEqual(1);
      expect(spent.asked.length).toBeLessThanOrEqual(1);
    }
  });
});
