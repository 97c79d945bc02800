import { MockActivityEnvironment } from '@temporalio/testing';

import { createAlertActivities, readInstallation as readWith } from '../../activities/alerts.js';
import { createWindowAlarms } from '../../activities/window-alarms.js';
import type { AlertRoute } from '../../src/domain/alerts.js';
import { alertMessage } from '../../src/domain/alerts.js';
import { ClientError } from '../../packages/client/src/contract.js';

const NOW_MS = 1_700_000_000_000;
const parking = (part: object) => ({
  code: 'risk.high',
  target: null,
  targetName: null,
  reason: 'the risk is high',
  advice: null,
  waysOut: [{ hint: 'sco ticket retry 7 --reason "…"' }],
  sinceMs: NOW_MS - 1_000,
  ...part,
});
const ticket = (ticketId: string, ...parkings: object[]) => ({
  ticketId,
  subject: 'web',
  parkings,
  moreParkings: 0,
  unreadable: null,
});

function installation(part: Record<string, () => Promise<unknown>> = {}) {
  const read = {
    parked: async () => [],
    configurations: async () => [],
    queues: async () => [],
    list: async () => [],
    windows: async () => [],
    get: async () => ({ stopped: false }),
    ...part,
  };
  return {
    status: { parked: read.parked, configurations: read.configurations, queues: read.queues },
    lanes: { list: read.list, windows: read.windows },
    control: { get: read.get },
  } as never;
}

const readInstallation = async (
  of: Parameters<typeof readWith>[0],
  nowMs: number,
  watches: Partial<Parameters<typeof readWith>[2]> = {},
): ReturnType<typeof readWith> =>
  readWith(of, nowMs, { windowAlarms: async () => [], goneWorkers: () => [], ...watches });

it('a parked ticket is an alert with its reason and the first command that answers it', async () => {
  const { alerts } = await readInstallation(
    installation({ parked: async () => [ticket('7', parking({}))] }),
    NOW_MS,
  );
  expect(alerts).toEqual([
    {
      key: 'parked/7/risk.high/-',
      kind: 'parked',
      sinceMs: NOW_MS - 1_000,
      reason: 'Ticket 7 (web): the risk is high',
      command: 'sco ticket retry 7 --reason "…"',
    },
  ]);
});

it('one question about a push is one alert, however many tickets ride it; a dead credential too', async () => {
  const asked = parking({ code: 'push.unknown', waysOut: [{ hint: 'sco push decide 8 12 --sent' }] });
  const dead = parking({ code: 'http.unauthorized' });
  const parked = async () => [ticket('1', asked, dead), ticket('2', asked, dead), ticket('3', dead)];
  const { alerts } = await readInstallation(installation({ parked }), NOW_MS);
  expect(alerts.map(({ kind, command }) => [kind, command])).toEqual([
    ['unknownPush', 'sco push decide 8 12 --sent'],
    ['credential', 'sco ticket retry 7 --reason "…"'],
  ]);
});

it('dead credentials of two servers are two alerts', async () => {
  const dead = (system: string) =>
    parking({
      code: 'http.unauthorized',
      evidence: `${system}: create change: http.unauthorized (auth, status 401)`,
    });
  const parked = async () => [
    ticket('1', dead('itsm/servicenow')),
    ticket('2', dead('itsm/servicenow'), dead('securechange')),
  ];
  const { alerts } = await readInstallation(installation({ parked }), NOW_MS);
  expect(alerts.map(({ key }) => key)).toEqual([
    'credential/itsm/servicenow/http.unauthorized',
    'credential/securechange/http.unauthorized',
  ]);
});

it('a stop, a paused lane, a failed push, a missed window and a token that ends are alerts', async () => {
  const lane = {
    key: '8',
    name: 'PANO-8',
    paused: { by: 'olga', reason: 'work', sinceMs: 5 },
    failures: [{ n: 3, target: 'DG', message: 'no', atMs: 6 }],
  };
  const missed = {
    ticketId: '7',
    target: 't',
    targetName: 'DG',
    opensAtMs: NOW_MS - 9,
    closesAtMs: NOW_MS - 1,
    why: 'paused',
  };
  const { alerts, unread } = await readInstallation(
    installation({
      list: async () => [lane],
      windows: async () => [
        { key: '8', name: 'PANO-8', missed: [missed, { ...missed, closesAtMs: NOW_MS - 2 * 86_400_000 }] },
      ],
      get: async () => ({ stopped: true, by: 'olga', reason: 'test', sinceMs: 4 }),
      configurations: async () => [{ refreshTokens: [{ server: 'itsm', expiresAtMs: NOW_MS + 1 }] }],
    }),
    NOW_MS,
  );
  expect(unread).toEqual([]);
  expect(alerts.map(({ kind, command }) => `${kind} ${command}`).sort()).toEqual([
    'credential sco server login itsm',
    'parked sco lane show PANO-8',
    'stopped sco lane show PANO-8',
    'stopped sco status',
    'windowMissed sco ticket show 7',
  ]);
});

it('a part that cannot be read is named and holds up no other', async () => {
  const away = async () => {
    throw new ClientError('workerAway', 'no worker answered');
  };
  const { alerts, unread } = await readInstallation(
    installation({ list: away, parked: async () => [ticket('7', parking({}))] }),
    NOW_MS,
  );
  expect(unread).toEqual(['failure/', 'paused/']);
  expect(alerts).toHaveLength(1);
});

it('one ticket or lane that cannot be read is named and hides no other', async () => {
  const silent = {
    ticketId: '8',
    subject: null,
    parkings: [],
    moreParkings: 0,
    unreadable: 'its code fails',
  };
  const { alerts, unread } = await readInstallation(
    installation({
      parked: async () => [silent, ticket('7', parking({}))],
      list: async () => [
        { key: '9', unreadable: 'its code fails' },
        { key: '8', name: 'PANO-8', paused: { by: 'olga', reason: 'work', sinceMs: 5 }, failures: [] },
      ],
    }),
    NOW_MS,
  );
  expect(alerts.map(({ key }) => key).sort()).toEqual(['parked/7/risk.high/-', 'paused/8/5']);
  expect([...unread].sort()).toEqual(['failure/9/', 'parked/8/', 'paused/9/']);
});

it('a message names each reason with its command, and says how many more there are', () => {
  const one = {
    key: 'k',
    kind: 'parked',
    sinceMs: 0,
    reason: 'Ticket 7: high risk',
    command: 'sco ticket retry 7',
  } as const;
  expect(alertMessage([one])).toEqual({
    subject: 'Ticket 7: high risk',
    text: 'Ticket 7: high risk\n    sco ticket retry 7',
  });
  const many = alertMessage(Array.from({ length: 60 }, (_, index) => ({ ...one, key: `${index}` })));
  expect(many.subject).toBe('Ticket 7: high risk (and 59 more)');
  expect(many.text).toMatch(/\n\nand 10 more: sco status$/);
  expect(alertMessage([one], 'https://sco.example').text).toBe(
    'Ticket 7: high risk\n    sco ticket retry 7\n\nhttps://sco.example',
  );
});

describe('a change window of SecureTrack', () => {
  const run = (runId: string, startMs: number, uuid = 'u1') => ({
    uuid,
    window: 'Nightly',
    runId,
    startMs,
    endMs: startMs,
    errors: [],
    odd: [],
    devices: [{ managementId: '21', outcome: 'committed', revisionId: null, message: null }],
  });
  const open = { opensAtMs: NOW_MS - 3_600_000, closesAtMs: NOW_MS - 1_800_000 };

  function alarms(runs: readonly object[], copies: Readonly<Record<string, string>> = { night: 'u1' }) {
    const asked: number[] = [];
    const clock = { nowMs: NOW_MS };
    const read = createWindowAlarms({
      calendars: {
        names: () => [...Object.keys(copies), 'office'],
        secureTrackWindow: (name: string) => copies[name] ?? null,
        plan: ({ fromMs }: { fromMs: number }) => ({
          intervals: [open].filter(({ closesAtMs }) => closesAtMs > fromMs),
        }),
      },
      secureChange: {
        readWindowRuns: async (sinceMs: number) => {
          asked.push(sinceMs);
          return { windows: [], complete: true, unread: [], runs };
        },
      },
      clock: { now: () => clock.nowMs },
    } as never);
    return { asked, clock, read };
  }

  it('that ran outside the calendar that copies it is an alert, while no ticket waits', async () => {
    const inside = run('196', open.opensAtMs + 1_000);
    const { read } = alarms([inside, run('197', open.closesAtMs), run('198', open.closesAtMs, 'other')]);
    const { alerts, unread } = await readInstallation(installation(), NOW_MS, { windowAlarms: read });
    expect(unread).toEqual([]);
    expect(alerts).toMatchObject([
      { key: 'windowOutside/u1/197', kind: 'windowOutside', sinceMs: open.closesAtMs, command: 'sco doctor' },
    ]);
    expect(alerts[0]?.reason).toContain(
      'outside the calendar that copies it (night), and committed 1 device(s)',
    );
  });

  it('is read every 5 minutes, and not at all where no calendar is a copy', async () => {
    const { read, asked, clock } = alarms([]);
    await read();
    clock.nowMs += 299_000;
    await read();
    expect(asked).toEqual([NOW_MS - 86_400_000]);
    clock.nowMs += 1_000;
    await read();
    expect(asked).toHaveLength(2);
    const none = alarms([run('197', open.closesAtMs)], {});
    expect(await none.read()).toEqual([]);
    expect(none.asked).toEqual([]);
  });

  it('that cannot be read is named, and holds up no other alert', async () => {
    const away = async () => Promise.reject(new Error('403'));
    const parked = async () => [ticket('7', parking({}))];
    const { alerts, unread } = await readInstallation(installation({ parked }), NOW_MS, {
      windowAlarms: away,
    });
    expect(unread).toEqual(['windowOutside/']);
    expect(alerts).toHaveLength(1);
  });
});

it('workers that cannot be read are named, and hold up no other alert', async () => {
  const away = async () => Promise.reject(new Error('no answer'));
  const parked = async () => [ticket('7', parking({}))];
  const { alerts, unread } = await readInstallation(installation({ parked, queues: away }), NOW_MS);
  expect(unread).toEqual(['workerGone/']);
  expect(alerts).toHaveLength(1);
});

describe('the route', () => {
  const ROUTE: AlertRoute = {
    name: 'desk',
    kinds: ['parked'],
    afterMs: 0,
    calendar: null,
    server: 'mail',
    to: ['ops@example.com'],
    path: null,
    answer: null,
    body: null,
  };
  const one = {
    key: 'k',
    kind: 'parked',
    sinceMs: 0,
    reason: 'Ticket 7: high risk',
    command: 'sco ticket retry 7',
  } as const;

  function activities(routes: readonly AlertRoute[], settings: { readonly pageUrl?: string } = {}) {
    const calls: { body: string; action: string; server: string; call?: object }[] = [];
    const deps = {
      definitions: { alertRoutes: () => routes },
      calendars: {
        names: () => [],
        plan: ({ calendars }: { calendars: readonly string[] }) => ({
          intervals:
            calendars[0] === 'open'
              ? [{ opensAtMs: NOW_MS, closesAtMs: NOW_MS + 1 }]
              : [{ opensAtMs: NOW_MS + 1, closesAtMs: NOW_MS + 2 }],
        }),
      },
      itsm: {
        call: async (message: (typeof calls)[number]) => {
          calls.push(message);
          return { said: 'ok', mapped: null };
        },
      },
      temporal: { options: { identity: 'worker@a/1' } },
      clock: { now: () => NOW_MS },
      settings,
    } as never;
    const made = createAlertActivities(deps, () => installation());
    const run = async <T>(body: () => Promise<T>): Promise<T> =>
      await new MockActivityEnvironment().run(body);
    return { calls, run, ...made };
  }

  it('of a mail server sends one mail to its recipients', async () => {
    const { run, calls, sendAlerts } = activities([ROUTE]);
    await run(async () => sendAlerts({ route: 'desk', alerts: [one] }));
    expect(calls).toMatchObject([{ server: 'mail', action: 'mail' }]);
    expect(JSON.parse(calls[0]!.body)).toEqual({
      to: ['ops@example.com'],
      subject: 'Ticket 7: high risk',
      text: 'Ticket 7: high risk\n    sco ticket retry 7',
    });
  });

  it('of a chat posts one text without a form of its own, with the page of the installation', async () => {
    const chat = { ...ROUTE, server: 'chat', to: [], path: '/hooks/ops' };
    const { run, calls, sendAlerts } = activities([chat], { pageUrl: 'https://sco.example' });
    await run(async () => sendAlerts({ route: 'desk', alerts: [one] }));
    expect(JSON.parse(calls[0]!.body)).toEqual({
      text: 'Ticket 7: high risk\n    sco ticket retry 7\n\nhttps://sco.example',
    });
  });

  it('of a chat posts to its path, in the form that it names', async () => {
    const chat = {
      ...ROUTE,
      server: 'chat',
      to: [],
      path: '/hooks/ops',
      answer: 'ok',
      body: { blocks: [{ title: '#subject#', text: '#text#' }] },
    };
    const { run, calls, sendAlerts } = activities([chat]);
    await run(async () => sendAlerts({ route: 'desk', alerts: [one] }));
    expect(calls).toMatchObject([
      { server: 'chat', action: 'call', call: { method: 'POST', path: '/hooks/ops', answer: 'ok' } },
    ]);
    expect(JSON.parse(calls[0]!.body)).toEqual({
      blocks: [{ title: 'Ticket 7: high risk', text: 'Ticket 7: high risk\n    sco ticket retry 7' }],
    });
  });

  it('may send only while its calendar is open', async () => {
    const { run, readAlerts } = activities([
      { ...ROUTE, name: 'day', calendar: 'open' },
      { ...ROUTE, name: 'night', calendar: 'closed' },
      ROUTE,
    ]);
    const { routes } = await run(async () => readAlerts({}));
    expect(routes.map(({ name }) => name)).toEqual(['day', 'desk']);
  });

  it('that is gone from servers.yaml sends nothing and says so', async () => {
    const { run, calls, sendAlerts } = activities([]);
    await expect(run(async () => sendAlerts({ route: 'desk', alerts: [one] }))).rejects.toThrow(
      'no route desk',
    );
    expect(calls).toEqual([]);
  });
});
