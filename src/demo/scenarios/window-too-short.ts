import { editsWindow } from '../configure.js';
import { callsOf, countText, onceEach, when } from '../expectations.js';
import { DEVICES } from '../simulator-client.js';
import type { Scenario } from '../scenario.js';

const GROUP = DEVICES.deviceGroup;
const FIRST_IN_MS = 3_000;
const FIRST_LASTS_MS = 8_000;
const SECOND_IN_MS = 16_000;
const SECOND_LASTS_MS = 10 * 60_000;

export const windowTooShort: Scenario = {
  name: 'window-too-short',
  title: 'an opening is shorter than what must remain for a push; the ticket waits for the next one',
  story:
    'The process asks for 30 seconds of window to be left when a push begins. The first opening lasts 8 seconds: it passes, and the manager is not touched. The second is long enough. The report on windows says which opening was missed, and why.',
  configure: (configDir) => editsWindow(configDir, /minimumRemaining: \S+/, 'minimumRemaining: 30s'),
  play: async (stage) => {
    const { simulator, expect } = stage;
    const id = await stage.open({ subject: 'Badge reader', targets: [GROUP], port: 8444 });
    await stage.approve(id);
    await stage.until(id, 'waits for its window', (view) => view.waiting?.for === 'window');
    const nowMs = Math.ceil(Date.now() / 1_000) * 1_000;
    const first = { opensAtMs: nowMs + FIRST_IN_MS, closesAtMs: nowMs + FIRST_IN_MS + FIRST_LASTS_MS };
    const second = { opensAtMs: nowMs + SECOND_IN_MS, closesAtMs: nowMs + SECOND_IN_MS + SECOND_LASTS_MS };
    const written = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, 19)}Z`;
    const oneOff = [first, second].map(({ opensAtMs, closesAtMs }, index) => ({
      name: index === 0 ? 'short' : 'long',
      opens: written(opensAtMs),
      closes: written(closesAtMs),
    }));
    stage.editCalendar('nightly', { oneOff }, first);
    stage.say('calendars.yaml has two openings: the first lasts 8 s, the second 10 min');
    const waiting = await stage.until(id, 'waits for an opening', (view) => {
      return view.waiting?.untilMs === first.opensAtMs || view.waiting?.untilMs === second.opensAtMs;
    });
    await stage.eventually('the first opening is open', async () => Date.now() >= first.opensAtMs);
    stage.say('The first opening is open, and too short: nothing begins');
    await stage.eventually('the first opening has ended', async () => Date.now() >= first.closesAtMs);
    const between = await simulator.writes();
    stage.editCalendar('nightly', { oneOff }, second);
    stage.say('The first opening has ended; the ticket waits for the second');
    const view = await stage.ended(id);

    const writes = await simulator.writes();
    const touched = [...callsOf(writes, id, 'update'), ...callsOf(writes, id, 'commit')];
    expect(
      'nothing was saved or made live in the first opening',
      [...callsOf(between, id, 'update'), ...callsOf(between, id, 'commit')].length === 0,
    );
    expect(
      'it was saved and made live in the second, once',
      onceEach(callsOf(writes, id, 'commit'), [GROUP]) &&
        touched.every(({ atMs }) => atMs >= second.opensAtMs),
      touched.map(({ action, atMs }) => `${action} ${when(atMs, second.opensAtMs)}`).join(', '),
    );
    expect(
      'the ticket said what it waited for',
      waiting.waiting?.what.includes('nightly') === true,
      waiting.waiting?.what,
    );
    const rows = await stage.windowReport();
    const missed = rows.find(({ state }) => state === 'missed');
    expect(
      'sco report windows names the missed opening, and why',
      missed?.opening?.opensAtMs === first.opensAtMs && missed.text.includes('not longer than the 30 s'),
      missed?.text,
    );
    expect(
      'and shows the push inside the second',
      rows.some(({ state, opening }) => state === 'inside' && opening?.opensAtMs === second.opensAtMs),
      countText(callsOf(writes, id, 'commit')),
    );
    expect('the ticket is closed', view.outcome === 'closed', view.outcome ?? 'none');
  },
};
