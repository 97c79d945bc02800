import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { plainJavaScript, type PlainJavaScript } from '../support/plain-javascript.js';

const run = promisify(execFile);
const ZONES_OF_THE_PROCESS = [
  'UTC',
  'Asia/Kolkata',
  'America/New_York',
  'Pacific/Auckland',
  'America/St_Johns',
];

const EXPECTED = {
  /** Each wall time as its earlier and later instant, and as the one that `shift` takes. */
  instants: [
    ['2027-03-14T06:30Z', '2027-03-14T07:30Z', '2027-03-14T07:30Z'],
    ['2027-11-07T05:30Z', '2027-11-07T06:30Z', '2027-11-07T05:30Z'],
    ['2027-03-28T00:30Z', '2027-03-28T01:30Z', '2027-03-28T01:30Z'],
    ['2027-10-02T15:15Z', '2027-10-02T15:45Z', '2027-10-02T15:45Z'],
    ['2011-12-29T20:00Z', '2011-12-30T20:00Z', '2011-12-30T20:00Z'],
  ],
  neverFires: [{ path: ['weekly', 0], message: 'there is no day on which it starts' }],
  missingNewYork: ['2027-03-14T07:30Z/2027-03-14T08:30Z'],
  repeatedHourNewYork: ['2027-11-07T05:30Z/2027-11-07T06:30Z'],
  missingLondon: ['2027-03-28T01:30Z/2027-03-28T02:30Z'],
  missingLordHowe: ['2027-10-02T15:45Z/2027-10-02T16:45Z'],
  missingDayApia: ['2011-12-30T20:00Z/2011-12-30T21:00Z'],
  shortNight: ['2027-03-14T06:00Z/2027-03-14T08:00Z'],
  longNight: ['2027-11-07T04:30Z/2027-11-07T08:30Z'],
  shifted: [
    '2027-03-12T07:30Z/2027-03-12T08:30Z',
    '2027-03-13T07:30Z/2027-03-13T08:30Z',
    '2027-03-14T07:30Z/2027-03-14T08:30Z',
    '2027-03-15T06:30Z/2027-03-15T07:30Z',
    '2027-03-16T06:30Z/2027-03-16T07:30Z',
  ],
  skipped: [
    '2027-03-12T07:30Z/2027-03-12T08:30Z',
    '2027-03-13T07:30Z/2027-03-13T08:30Z',
    '2027-03-15T06:30Z/2027-03-15T07:30Z',
    '2027-03-16T06:30Z/2027-03-16T07:30Z',
    '2027-03-17T06:30Z/2027-03-17T07:30Z',
  ],
  shiftedByRule: [
    '2027-03-12T07:30Z/2027-03-12T08:30Z',
    '2027-03-13T07:30Z/2027-03-13T08:30Z',
    '2027-03-14T07:30Z/2027-03-14T08:30Z',
    '2027-03-15T06:30Z/2027-03-15T07:30Z',
    '2027-03-16T06:30Z/2027-03-16T07:30Z',
  ],
  skippedByRule: [
    '2027-03-12T07:30Z/2027-03-12T08:30Z',
    '2027-03-13T07:30Z/2027-03-13T08:30Z',
    '2027-03-15T06:30Z/2027-03-15T07:30Z',
    '2027-03-16T06:30Z/2027-03-16T07:30Z',
    '2027-03-17T06:30Z/2027-03-17T07:30Z',
  ],
  skippedFromThatNight: ['2027-03-15T06:30Z/2027-03-15T07:30Z'],
  skippedFromThatNightByCount: ['2027-03-15T06:30Z/2027-03-15T07:30Z', '2027-03-16T06:30Z/2027-03-16T07:30Z'],
  monthlyOnThe31st: ['2027-01-31', '2027-03-31', '2027-05-31', '2027-07-31'],
  lastBusinessDay: ['2027-01-29', '2027-03-31', '2027-04-30'],
  inTheMissingHour: ['2027-03-14T07:00Z/2027-03-14T08:00Z'],
  inTheMissingHourTo0259: ['2027-03-14T07:00Z/2027-03-14T07:59Z'],
  overMidnight: ['2027-01-04T21:00Z/2027-01-05T03:00Z', '2027-01-05T21:00Z/2027-01-06T03:00Z'],
};

describe('the zone of the process', () => {
  let compiled: PlainJavaScript;
  beforeAll(() => {
    compiled = plainJavaScript('src/calendar', 'src/domain', 'test/calendar');
  });
  afterAll(() => compiled.remove());

  it.each(ZONES_OF_THE_PROCESS)('makes no difference to any window: TZ=%s', async (zone) => {
    const { stdout } = await run(process.execPath, ['test/calendar/fixtures/zone-vectors.js'], {
      cwd: compiled.folder,
      env: { ...process.env, TZ: zone },
    });
    const { frozenDay, neverFiresMs, ...vectors } = JSON.parse(stdout);
    expect(vectors).toEqual(EXPECTED);
    // Of processor time: the machine may be busy.
    expect(neverFiresMs).toBeLessThan(1_000);
    expect(frozenDay.map((text: string) => text.split('/')[1])[0]).toBe('2027-01-04T18:30Z');
    expect(frozenDay[1].split('/')[0]).toBe('2027-01-05T18:30Z');
  });

  it.each(ZONES_OF_THE_PROCESS)(
    'makes no difference to the agreement with the minute-by-minute evaluator: TZ=%s',
    async (zone) => {
      const { stdout } = await run(
        process.execPath,
        ['test/calendar/oracle/main.js', '--seed', '7', '--runs', '40'],
        { cwd: compiled.folder, env: { ...process.env, TZ: zone } },
      );
      expect(stdout).toContain(`40 random calendars, seed 7, TZ ${zone}`);
    },
  );
});
