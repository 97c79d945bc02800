import { createHttp } from '../../src/http/http.js';
import { createChangeWindows } from '../../src/securechange/change-windows.js';
import { parseWindowDate } from '../../src/securechange/dates.js';
import { startRecordedServer } from '../support/recorded-server.js';
import { readJsonFixture } from './fixture.js';

const API = '/securetrack/api/change_windows';
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function windowsOn(answers: Record<string, unknown>) {
  const server = await startRecordedServer(({ path }) => {
    const body = answers[path];
    return body === undefined
      ? { status: 404, body: readJsonFixture('securetrack', 'error.404-change-window.json') }
      : { body };
  });
  const http = createHttp({ name: 'securetrack', baseUrl: server.url, auth: { kind: 'none' } });
  closers.push(
    () => server.close(),
    () => http.close(),
  );
  return createChangeWindows(http);
}

describe('change windows', () => {
  it('are listed with what the API shows', async () => {
    const list = `${API}?start=0&count=100`;
    const windows = await windowsOn({
      [list]: readJsonFixture('securetrack', 'change_windows.with-description.json'),
    });
    expect((await windows.list()).rows).toEqual([
      {
        uuid: '07c230ce-2dec-4109-a0db-33ff45ba1057',
        name: 'Panorama - Change Window',
        description: 'Change window for Panorama devices, will occur every second weekend',
        domainId: '2',
        enabled: true,
      },
      expect.objectContaining({ uuid: 'b0dc4034-6d52-4197-8456-eef694b063e3', enabled: false }),
    ]);
    const none = await windowsOn({ [list]: readJsonFixture('securetrack', 'change_windows.empty.json') });
    expect(await none.list()).toEqual({ rows: [], odd: [], cut: false });
  });

  it('have runs, with their errors', async () => {
    const windows = await windowsOn({
      [`${API}/u/tasks?start=0&count=50`]: readJsonFixture('securetrack', 'change_window_tasks.two.json'),
    });
    expect((await windows.listRuns('u')).rows).toEqual([
      {
        id: '197',
        startMs: Date.parse('2024-03-28T23:00:01Z'),
        endMs: Date.parse('2024-03-28T23:02:01Z'),
        errors: [],
      },
      expect.objectContaining({
        id: '188',
        errors: ['Commit not performed as the Device Group monitoring is stopped'],
      }),
    ]);
  });

  it('say which of their runs committed a device since then', async () => {
    const windows = await windowsOn({
      [`${API}?start=0&count=100`]: {
        change_windows: { change_window: { uuid: 'u', name: 'Nightly', enabled: true } },
      },
      [`${API}/u/tasks?start=0&count=50`]: readJsonFixture('securetrack', 'change_window_tasks.two.json'),
      [`${API}/u/tasks/197`]: readJsonFixture('securetrack', 'change_window_task.success.json'),
    });
    const startMs = Date.parse('2024-03-28T23:00:01Z');
    const [device] = (await windows.readRun('u', '197')).devices;
    const id = device!.managementId;
    expect(await windows.commitsOf(id, startMs)).toMatchObject([
      { window: 'Nightly', runId: '197', startMs },
    ]);
    expect(await windows.commitsOf(id, startMs + 1)).toEqual([]);
    expect(await windows.commitsOf('another', startMs)).toEqual([]);
    expect(await windows.runsSince(startMs)).toMatchObject({
      windows: [{ uuid: 'u', enabled: true }],
      complete: true,
      runs: [
        { uuid: 'u', window: 'Nightly', runId: '197', startMs, devices: [{ outcome: 'committed' }, {}] },
      ],
    });
    const endMs = Date.parse('2024-03-28T23:02:01Z');
    // It may have committed what was saved while it ran.
    expect((await windows.runsSince(endMs)).runs).toMatchObject([{ runId: '197' }]);
    expect((await windows.runsSince(endMs + 1)).runs).toEqual([]);
  });

  it('name what cannot be read of their runs, and hide no other run', async () => {
    const list = readJsonFixture('securetrack', 'change_window_tasks.two.json');
    const [first] = list.commit_tasks.commit_task;
    list.commit_tasks.commit_task = [
      first,
      { ...first, id: '196', start_date: 'midnight' },
      { ...first, id: '195', start_date: 'midnight', end_date: '29-Mar-2020 12:02:01AM +0100' },
      'text',
    ];
    const run = readJsonFixture('securetrack', 'change_window_task.success.json');
    run.commit_task.device_commits.device_commit.push('text');
    const windows = await windowsOn({
      [`${API}?start=0&count=100`]: { change_windows: { change_window: { uuid: 'u', name: 'Nightly' } } },
      [`${API}/u/tasks?start=0&count=50`]: list,
      [`${API}/u/tasks/197`]: run,
    });
    const { runs, unread } = await windows.runsSince(Date.parse('2024-03-28T23:00:01Z'));
    expect(unread.map(({ row }) => row).sort()).toEqual(['run 196', 'run at place 4']);
    expect(runs).toMatchObject([{ runId: '197', odd: ['commit of a device at place 3'] }]);
  });

  describe('with more runs than one page', () => {
    const DAY = 86_400_000;
    const NEWEST = Date.parse('2026-11-27T22:00:00Z');
    /** As SecureTrack prints them: a run each night, newest first. */
    const nights = (count: number, from = 0) =>
      Array.from({ length: count }, (_, at) => {
        const startMs = NEWEST - (from + at) * DAY;
        return { id: 1000 - from - at, start_date: printed(startMs), end_date: printed(startMs + 60_000) };
      });
    const nightly = (pages: Readonly<Record<number, unknown>>, runs: number) =>
      windowsOn({
        [`${API}?start=0&count=100`]: { change_windows: { change_window: { uuid: 'u', name: 'Nightly' } } },
        ...Object.fromEntries(
          Object.entries(pages).map(([start, page]) => [
            `${API}/u/tasks?start=${start}&count=50`,
            { commit_tasks: { commit_task: page } },
          ]),
        ),
        ...Object.fromEntries(
          nights(runs).map((run) => [
            `${API}/u/tasks/${run.id}`,
            { commit_task: { ...run, device_commits: { device_commit: [] } } },
          ]),
        ),
      });

    it('are read back to the instant that was asked for, and no further', async () => {
      const windows = await nightly({ 0: nights(50), 50: nights(50, 50) }, 70);
      const { runs, unread } = await windows.runsSince(NEWEST - 69 * DAY);
      expect(runs).toHaveLength(70);
      expect(runs[0]?.startMs).toBe(NEWEST - 69 * DAY);
      expect(unread).toEqual([]);
    });

    it('say that older ones are not known where 200 do not reach back, or the server gives one page again', async () => {
      const all = { 0: nights(50), 50: nights(50, 50), 100: nights(50, 100), 150: nights(50, 150) };
      const many = await (await nightly(all, 200)).runsSince(NEWEST - 300 * DAY);
      expect(many.runs).toHaveLength(200);
      expect(many.unread).toEqual([{ uuid: 'u', row: 'what is older than its newest 200 runs' }]);
      const same = await (await nightly({ 0: nights(50), 50: nights(50) }, 50)).runsSince(0);
      expect(same.unread).toEqual([{ uuid: 'u', row: 'what is older than its newest 50 runs' }]);
    });
  });

  it('are read with a device that cannot be read: it is named, and hides no other', async () => {
    const run = readJsonFixture('securetrack', 'change_window_task.success.json');
    const commits = run.commit_task.device_commits.device_commit;
    commits[1].result.device = [{ id: {}, status: 'SUCCESS' }, 'text'];
    commits.push('text');
    const windows = await windowsOn({
      [`${API}?start=0&count=100`]: { change_windows: { change_window: { uuid: 'u', name: 'Nightly' } } },
      [`${API}/u/tasks?start=0&count=50`]: readJsonFixture('securetrack', 'change_window_tasks.two.json'),
      [`${API}/u/tasks/197`]: run,
    });
    const { devices, odd } = await windows.readRun('u', '197');
    expect(devices).toMatchObject([{ managementId: '21', outcome: 'committed' }]);
    expect(odd.map(({ row, why }) => `${row}: ${why}`)).toEqual([
      'commit of a device at place 3: the row itself',
      'device at place 1: id',
      'device at place 2: the row itself',
    ]);
    const startMs = Date.parse('2024-03-28T23:00:01Z');
    expect(await windows.commitsOf('21', startMs)).toMatchObject([{ runId: '197' }]);
  });

  it('are not taken from an answer about another run', async () => {
    const windows = await windowsOn({
      [`${API}/u/tasks/198`]: readJsonFixture('securetrack', 'change_window_task.success.json'),
    });
    await expect(windows.readRun('u', '198')).rejects.toMatchObject({
      facts: { kind: 'bug', code: 'securetrack.other_object' },
    });
  });

  it('take "not performed" under a success as skipped', async () => {
    const windows = await windowsOn({
      [`${API}/u/tasks/197`]: readJsonFixture('securetrack', 'change_window_task.success.json'),
    });
    expect((await windows.readRun('u', '197')).devices).toEqual([
      { managementId: '21', outcome: 'committed', revisionId: '264', message: null },
      {
        managementId: '24',
        outcome: 'skipped',
        revisionId: '370',
        message: 'Commit not performed as the Device Group monitoring is stopped',
      },
    ]);
  });

  it('are read with a single device and with failures', async () => {
    const failed = readJsonFixture('securetrack', 'change_window_task.single-device.json');
    const windows = await windowsOn({ [`${API}/u/tasks/198`]: failed });
    expect((await windows.readRun('u', '198')).devices).toMatchObject([
      { managementId: '21', outcome: 'committed' },
    ]);
    const { device } = failed.commit_task.device_commits.device_commit.result;
    device.status = 'FAILURE';
    device.errors = { error: 'Login error' };
    expect((await windows.readRun('u', '198')).devices).toMatchObject([
      { outcome: 'failed', message: 'Login error' },
    ]);
    device.status = 'SLEEPING';
    device.errors = '';
    expect((await windows.readRun('u', '198')).devices).toMatchObject([{ outcome: 'unknown' }]);
  });

  it.each([['error'], ['errors']])(
    'are not committed where %s stands under a success, at every depth, and are where it is empty',
    async (key) => {
      const outcomeWith = async (place: 'run' | 'commit' | 'result' | 'device', said: unknown) => {
        const run = readJsonFixture('securetrack', 'change_window_task.single-device.json');
        const { commit_task: task } = run;
        const commit = task.device_commits.device_commit;
        const at = { run: task, commit, result: commit.result, device: commit.result.device }[place];
        at[key] = said;
        const windows = await windowsOn({ [`${API}/u/tasks/198`]: run });
        return (await windows.readRun('u', '198')).devices[0]?.outcome;
      };
      for (const place of ['run', 'commit', 'result', 'device'] as const) {
        for (const said of ['it failed', ['it failed'], { error: 'it failed' }, { error: ['it failed'] }])
          expect([place, said, await outcomeWith(place, said)]).toEqual([
            place,
            said,
            place === 'run' || place === 'commit' ? 'unknown' : 'failed',
          ]);
        for (const nothing of ['', [], {}, { error: '' }])
          expect([place, nothing, await outcomeWith(place, nothing)]).toEqual([place, nothing, 'committed']);
      }
    },
  );

  it('that do not exist are rejected', async () => {
    const windows = await windowsOn({});
    await expect(windows.readRun('u', '1')).rejects.toMatchObject({
      facts: { kind: 'rejected', code: 'securetrack.not_found', system: 'securetrack' },
    });
  });
});

describe("SecureTrack's dates", () => {
  it.each([
    ['04-Nov-2018 01:30:00PM +0200', '2018-11-04T11:30:00Z'],
    ['29-Mar-2024 12:00:01AM +0100', '2024-03-28T23:00:01Z'],
    ['29-Mar-2024 12:00:01PM -0330', '2024-03-29T15:30:01Z'],
    ['1-jan-2025 09:05:00am +00:00', '2025-01-01T09:05:00Z'],
  ])('%s is %s', (text, iso) => {
    expect(parseWindowDate(text)).toBe(Date.parse(iso));
  });

  it.each([
    '',
    'never',
    '31-Feb-2024 01:00:00AM +0100',
    '04-Mai-2018 01:30:00PM +0200',
    '04-Nov-2018 13:30:00PM +0200',
    '04-Nov-2018 01:30:00PM',
  ])('%j cannot be read', (text) => {
    expect(parseWindowDate(text)).toBeNull();
  });
});

/** `27-Nov-2026 10:00:00PM +0000`. */
function printed(ms: number): string {
  const [, day, month, year, time] =
    /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(ms).toUTCString()) ?? [];
  const hour = Number(time?.slice(0, 2));
  const twelve = String(hour % 12 === 0 ? 12 : hour % 12).padStart(2, '0');
  return `${day}-${month}-${year} ${twelve}${time?.slice(2)}${hour < 12 ? 'AM' : 'PM'} +0000`;
}
