import { instantText } from '../../domain/instant-text.js';
import type { Interval } from '../../domain/window.js';
import { editsWindow } from '../configure.js';
import { callsOf, countText, onceEach } from '../expectations.js';
import { DEVICES } from '../simulator-client.js';
import type { Scenario } from '../scenario.js';

const GROUP = DEVICES.deviceGroup;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ZONE = 'America/New_York';

export const dstNight: Scenario = {
  name: 'dst-night',
  title: 'a window in the night in which New York puts its clocks forward',
  story:
    'The window begins at 02:30, an hour that the next such night does not have. With dst: shift it opens when that hour is over, and keeps its length; with dst: skip that night is left out. A window from 01:00 to 04:00 has two hours then, and one from 00:30 to 03:30 has four when the clocks go back. The ticket that waits shows each edit within 5 seconds, and is pushed when a window opens now.',
  configure: (configDir) => editsWindow(configDir, /horizonDays: \d+/, 'horizonDays: 366'),
  play: async (stage) => {
    const { simulator, expect } = stage;
    const nights = nextNights(Date.now());
    const only = (date: string): object => ({ validFrom: date, validUntil: nextDay(date) });
    const daily = { rrule: 'FREQ=DAILY', start: '02:30', duration: '1h', ...only(nights.spring) };
    const rules = (dst: 'shift' | 'skip'): object => ({
      zone: ZONE,
      dst,
      weekly: [{ name: 'half past two', ...daily }],
    });
    stage.editCalendar('nightly', rules('shift'), null);
    const id = await stage.open({ subject: 'Stock exchange feed', targets: [GROUP], port: 8445 });
    await stage.approve(id);
    const opensAt = async (atMs: number): Promise<number | null> => {
      const view = await stage.until(id, 'shows the opening', ({ waiting }) => waiting?.untilMs === atMs);
      return view.waiting?.untilMs ?? null;
    };
    // 02:30 does not exist that night: half an hour behind the missing hour is 03:30 EDT.
    const shiftedMs = Date.parse(`${nights.spring}T07:30Z`);
    const shifted = await opensAt(shiftedMs);
    const [shiftedOpening] = stage.openings('nightly', shiftedMs - DAY_MS, 3);
    stage.say(`dst: shift: the window opens ${textOf(shiftedOpening)}`);

    const skippedMs = Date.parse(`${nextDay(nights.spring)}T06:30Z`);
    const editedAtMs = Date.now();
    stage.editCalendar('nightly', rules('skip'), null);
    const skipped = await opensAt(skippedMs);
    const reachedMs = Date.now() - editedAtMs;
    stage.say(`dst: skip: that night is left out, the window opens ${instantText(skippedMs)}`);

    const wall = (date: string, start: string, end: string): object => ({
      zone: ZONE,
      weekly: [{ rrule: 'FREQ=DAILY', start, end, validFrom: date, validUntil: date }],
    });
    const nightOf = (date: string, start: string, end: string): Interval | undefined => {
      stage.editCalendar('later', wall(date, start, end), null);
      return stage.openings('later', Date.parse(`${date}T00:00Z`), 2)[0];
    };
    const short = nightOf(nights.spring, '01:00', '04:00');
    const long = nightOf(nights.autumn, '00:30', '03:30');
    stage.say(`01:00 to 04:00 on ${nights.spring} is ${textOf(short)}`);
    stage.say(`00:30 to 03:30 on ${nights.autumn} is ${textOf(long)}`);

    const opensAtMs = stage.openWindowIn(2_000);
    const view = await stage.ended(id);

    const writes = await simulator.writes();
    const commits = callsOf(writes, id, 'commit');
    const lasts = (opening: Interval | undefined): number =>
      opening === undefined ? 0 : (opening.closesAtMs - opening.opensAtMs) / HOUR_MS;
    expect(
      'with dst: shift the ticket waits for the end of the missing hour',
      shifted === shiftedMs,
      instantText(shiftedMs),
    );
    expect(
      'and that window keeps its length',
      shiftedOpening?.opensAtMs === shiftedMs && lasts(shiftedOpening) === 1,
      textOf(shiftedOpening),
    );
    expect('with dst: skip it waits for the next night', skipped === skippedMs, instantText(skippedMs));
    expect('the edit reached it within 5 seconds', reachedMs <= 5_000, `${reachedMs} ms`);
    expect('01:00 to 04:00 has two hours in the short night', lasts(short) === 2, textOf(short));
    expect('00:30 to 03:30 has four hours in the long night', lasts(long) === 4, textOf(long));
    expect(
      'the change is committed once, in the window that opened now',
      onceEach(commits, [GROUP]) && commits.every(({ atMs }) => atMs >= opensAtMs),
      countText(commits),
    );
    expect('the ticket is closed', view.outcome === 'closed', view.outcome ?? 'none');
  },
};

function textOf(opening: Interval | undefined): string {
  if (opening === undefined) return 'never';
  return `${instantText(opening.opensAtMs)} to ${instantText(opening.closesAtMs)}`;
}

/** By the law of the United States: the second Sunday of March and the first of November, not today or tomorrow. */
function nextNights(nowMs: number): { readonly spring: string; readonly autumn: string } {
  const next = (month: number, sunday: number): string => {
    const year = new Date(nowMs).getUTCFullYear();
    const dates = [year, year + 1].map((one) => {
      const first = new Date(Date.UTC(one, month, 1));
      return first.getTime() + (((7 - first.getUTCDay()) % 7) + 7 * (sunday - 1)) * DAY_MS;
    });
    return dateOf(dates.find((atMs) => atMs > nowMs + 2 * DAY_MS) ?? dates[1] ?? nowMs);
  };
  return { spring: next(2, 2), autumn: next(10, 1) };
}

function nextDay(date: string): string {
  return dateOf(Date.parse(date) + DAY_MS);
}

function dateOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}
