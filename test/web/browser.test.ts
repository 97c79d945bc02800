import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

import { eventually } from '../support/eventually.js';
import { laneView, pageClient, pageFacts, PARKING, summary, type PageFacts } from '../support/page-client.js';
import { targetViewOf } from '../support/ticket-view.js';
import { NOW_MS, startGateway, TOKENS, type RunningGateway } from '../support/running-gateway.js';

const axe = readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8');

let browser: Browser;
beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: process.env['CHROMIUM_PATH']!,
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  });
});
afterAll(() => browser.close());

let gateway: RunningGateway;
let facts: PageFacts;
/** What the browser said went wrong: scripts that failed, and what its policy refused. */
let complaints: string[];
beforeEach(async () => {
  facts = pageFacts();
  facts.lanes = [
    laneView({
      failures: [{ n: 3, target: 'DG-B', tickets: ['7'], message: 'commit lock', atMs: NOW_MS - 60_000 }],
      preflight: {
        isOpen: false,
        opensAtMs: NOW_MS + 3_600_000,
        closesAtMs: NOW_MS + 7_200_000,
        tickets: ['7'],
        saves: 1,
        pushes: 1,
        needsMs: 600_000,
        availableMs: 3_600_000,
        doNotFit: [],
        hindrances: ['ticket 9 on DG-B: its approval is void'],
      },
      ledger: [
        {
          ticketId: '9',
          target: 'DG-B',
          savedAtMs: NOW_MS - 60_000,
          state: 'alive',
          left: 'cancelled',
          acceptedBy: null,
          path: ['20', '21'],
        },
      ],
      past: [
        {
          n: 2,
          kind: 'commit',
          target: 'DG-B',
          tickets: ['5', '6'],
          result: 'committed',
          startedAtMs: NOW_MS - 90_000,
          endedAtMs: NOW_MS - 60_000,
        },
      ],
    }),
  ];
  const override = { by: 'anna', reason: 'outage', atMs: NOW_MS - 5_000 };
  facts.lanes = facts.lanes.map((lane) => ({
    ...lane,
    push: { n: 5, kind: 'commit', target: 'DG-B', tickets: ['7'], sinceMs: NOW_MS - 60_000, begun: true },
    foreign: [
      {
        targetId: '21',
        target: 'DG-B',
        state: 'blocked' as const,
        text: 'revision 12 by m.roth',
        atMs: NOW_MS - 1_000,
        seen: '1f0c93ab',
        acceptedUntilMs: null,
      },
    ],
    overrides: [
      { ...override, key: 'override-1', ticketId: '9', confirmedBy: 'olga', used: true, review: null },
    ],
  }));
  facts.ticket = {
    ...facts.ticket,
    targets: [targetViewOf(), targetViewOf({ managementId: '31', name: 'ADOM-RETAIL' })],
    overrides: [
      {
        ...override,
        key: 'override-2',
        devices: ['DG-B'],
        untilMs: NOW_MS + 3_600_000,
        confirmedBy: null,
        spent: false,
      },
    ],
    outbox: [
      {
        number: 4,
        point: 'create',
        server: 'snow',
        action: 'create',
        state: 'held',
        sinceMs: NOW_MS,
        sizeBytes: 10,
        message: 'refused',
      },
    ],
  };
  gateway = await startGateway({ client: pageClient(facts) });
  complaints = [];
});
afterEach(() => gateway.close());

async function openPage(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ timezoneId: 'Europe/Berlin', ...options });
  const page = await context.newPage();
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', ({ message }) => complaints.push(message));
  return page;
}

async function signIn(page: Page, token: string = TOKENS.olga): Promise<void> {
  await page.goto(`${gateway.url}/sign-in#${token}`);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Attention' }).waitFor();
}

const PAGES = [
  '/',
  '/calendar',
  '/calendar?days=1',
  '/tickets',
  '/tickets/7',
  '/managers',
  '/managers/20',
  '/nothing',
];

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

it.each(['light', 'dark'] as const)(
  'axe finds no barrier on any page, in %s colours',
  async (colorScheme) => {
    const page = await openPage({ colorScheme });
    await page.goto(`${gateway.url}/sign-in`);
    const found: string[] = [];
    const examine = async (path: string): Promise<void> => {
      // By the debugger, not as a script of the page: its policy would refuse that.
      const violations = await page.evaluate<readonly Violation[]>(
        `${axe}; axe.run().then(({ violations }) => violations)`,
      );
      for (const { id, nodes } of violations)
        found.push(`${path}: ${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
    };
    await examine('/sign-in');
    await signIn(page);
    for (const path of PAGES) {
      await page.goto(`${gateway.url}${path}`);
      for (const command of await page.locator('summary').all()) await command.click();
      await examine(path);
    }
    expect(found).toEqual([]);
    await page.context().close();
  },
);

it('its own policy refuses nothing of a page, and no script of it fails', async () => {
  const page = await openPage();
  await signIn(page);
  for (const path of PAGES.slice(0, -1)) {
    await page.goto(`${gateway.url}${path}`);
    await page.getByText('Live', { exact: true }).waitFor();
  }
  expect(complaints).toEqual([]);
  await page.context().close();
});

it('a page shows what is new by itself, and the times in the zone of the browser', async () => {
  const page = await openPage({ timezoneId: 'Asia/Kolkata' });
  await signIn(page);
  await page.getByText('Times are in').waitFor();
  await page.goto(`${gateway.url}/managers`);
  await page.getByText('Live', { exact: true }).waitFor();
  expect(await page.locator('footer').innerText()).toMatch(/Asia\/(Kolkata|Calcutta)/);
  facts.stop = { stopped: true, by: 'olga', reason: 'core outage', sinceMs: NOW_MS };
  await eventually('the next reading', () => {
    gateway.clock.nowMs += 3_000;
    return page.getByText('core outage').isVisible();
  });
  await page.context().close();
});

it('a form that a person fills in is left alone, and says that there is something new', async () => {
  const page = await openPage();
  await signIn(page);
  await page.goto(`${gateway.url}/tickets/7`);
  await page.getByText('Live', { exact: true }).waitFor();
  await page.locator('summary', { hasText: 'Retry' }).click();
  await page.locator('details[open] input[name=reason]').fill('half a sen');
  facts.ticket = { ...facts.ticket, parkings: [{ ...PARKING, reason: 'another reason' }] };
  await eventually('the notice', () => {
    gateway.clock.nowMs += 3_000;
    return page.getByText('There is something new').isVisible();
  });
  expect(await page.locator('details[open] input[name=reason]').inputValue()).toBe('half a sen');
  await page.locator('summary', { hasText: 'Retry' }).click();
  await page.getByText('another reason').first().waitFor();
  await page.context().close();
});

it('with the keyboard alone, an operator retries a parked ticket and reads the answer', async () => {
  const page = await openPage();
  await signIn(page);
  const retry = page.locator('summary', { hasText: 'Retry' });
  await eventually('the button', async () => {
    await page.keyboard.press('Tab');
    return await retry.evaluate((element) => element === element.ownerDocument.activeElement);
  });
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.type('the lock is gone');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Done' }).waitFor();
  expect(gateway.temporal.commands).toEqual([
    expect.objectContaining({
      command: { kind: 'retry' },
      reason: 'the lock is gone',
      workflowId: 'ticket/7',
    }),
  ]);
  await page.context().close();
});

it('the pages are read without any script', async () => {
  const page = await openPage({ javaScriptEnabled: false });
  await page.goto(`${gateway.url}/`);
  await page.getByLabel('Token').fill(TOKENS.vera);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('link', { name: 'Tickets' }).click();
  await page.getByRole('link', { name: '7', exact: true }).click();
  expect(await page.getByRole('heading', { level: 1 }).innerText()).toContain('Ticket 7');
  await page.context().close();
});

it('a list of many tickets comes a page at a time', async () => {
  facts.tickets = Array.from({ length: 10_000 }, (_, index) => summary({ ticketId: String(index + 1) }));
  const page = await openPage();
  await signIn(page);
  await page.goto(`${gateway.url}/tickets`);
  await page.getByRole('link', { name: 'Older tickets' }).waitFor();
  expect(await page.locator('tbody tr').count()).toBe(200);
  const first = await page.locator('tbody th').first().innerText();
  await page.getByRole('link', { name: 'Older tickets' }).click();
  await page.waitForURL(/after=|\?/);
  expect(await page.locator('tbody tr').count()).toBe(200);
  expect(await page.locator('tbody th').first().innerText()).not.toBe(first);
  await page.context().close();
});
