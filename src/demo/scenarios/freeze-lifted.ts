import { callsOf, countText, onceEach, when, withEffect } from '../expectations.js';
import { DEVICES } from '../simulator-client.js';
import type { Scenario } from '../scenario.js';

const GROUP = DEVICES.deviceGroup;
const DAY_MS = 86_400_000;
/** Promised for every edit of a calendar. */
const WITHIN_MS = 5_000;

const FREEZE = { name: 'year end', owner: 'n.weber', reason: 'the accounts are not closed yet' };

export const freezeLifted: Scenario = {
  name: 'freeze-lifted',
  title: 'a freeze covers the open window; its owner lifts it, and the ticket that waited is pushed',
  story:
    'The calendar is always open, but for a freeze of two days. The approved ticket waits for its end, and nothing reaches the manager. When the owner takes the freeze out of calendars.yaml, the lane has the new opening within 5 seconds.',
  play: async (stage) => {
    const { simulator, expect } = stage;
    const day = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);
    const today = Date.now();
    const frozen = {
      kind: 'always',
      freezes: [{ ...FREEZE, from: day(today - DAY_MS), to: day(today + DAY_MS) }],
    };
    stage.editCalendar('nightly', frozen, null);
    const id = await stage.open({ subject: 'Month-end report', targets: [GROUP], port: 8443 });
    await stage.approve(id);
    const waiting = await stage.until(id, 'waits for the end of the freeze', (view) => {
      return view.waiting?.for === 'window';
    });
    const explained = stage.explain('nightly');
    stage.say(`sco window explain nightly: ${explained.text}`);
    const before = await simulator.writes();
    const liftedAtMs = Date.now();
    stage.editCalendar(
      'nightly',
      { kind: 'always' },
      { opensAtMs: liftedAtMs, closesAtMs: liftedAtMs + DAY_MS },
    );
    stage.say(`n.weber takes the freeze "${FREEZE.name}" out of calendars.yaml`);
    const view = await stage.ended(id);

    const writes = await simulator.writes();
    const commits = callsOf(writes, id, 'commit');
    const rule = explained.rules.find(({ id: name }) => name === `nightly/${FREEZE.name}`);
    const endMs = Date.parse(`${day(today + 2 * DAY_MS)}T00:00Z`);
    expect(
      'while it was frozen the ticket waited for the end of the freeze',
      waiting.waiting?.untilMs === endMs,
      waiting.waiting?.what,
    );
    expect(
      'the explanation names the freeze with owner and reason',
      explained.state === 'frozen' &&
        rule?.text.includes(FREEZE.reason) === true &&
        rule.text.includes(FREEZE.owner),
      rule?.text,
    );
    expect(
      'nothing was saved or made live before it was lifted',
      [...callsOf(before, id, 'update'), ...callsOf(before, id, 'commit')].length === 0 &&
        withEffect(commits).every(({ atMs }) => atMs >= liftedAtMs),
    );
    const touched = callsOf(writes, id, 'update')[0];
    expect(
      'the lane began within 5 seconds after the edit',
      touched !== undefined && touched.atMs - liftedAtMs <= WITHIN_MS,
      touched === undefined ? 'no Update' : `Update ${when(touched.atMs, liftedAtMs)} the edit`,
    );
    expect('the change is committed once', onceEach(commits, [GROUP]), countText(commits));
    const [row] = await stage.windowReport();
    expect('sco report windows shows it inside its window', row?.state === 'inside', row?.text);
    expect('the ticket is closed', view.outcome === 'closed', view.outcome ?? 'none');
  },
};
