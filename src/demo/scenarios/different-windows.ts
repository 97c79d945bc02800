import { autoWaitsForLater } from '../configure.js';
import { allClosed, callsOf, countText, onceEach, when } from '../expectations.js';
import { DEVICES } from '../simulator-client.js';
import type { Scenario } from '../scenario.js';
import { untilAllWait } from './several-tickets.js';

const GROUP = DEVICES.deviceGroup;

export const differentWindows: Scenario = {
  name: 'different-windows',
  title: 'two tickets on one manager whose windows differ: none goes live in the window of the other',
  story:
    'Both change the same device group. The window of the second opens later, so its Update is saved only then: the Commit of the first cannot carry it.',
  configure: autoWaitsForLater,
  play: async (stage) => {
    const { simulator, expect } = stage;
    const tonight = await stage.open({ subject: 'Tonight', targets: [GROUP], port: 8441 });
    const workflow = 'Firewall change (auto)';
    const tomorrow = await stage.open({ subject: 'Tomorrow', workflow, targets: [GROUP], port: 8442 });
    for (const id of [tonight, tomorrow]) await stage.approve(id);
    await untilAllWait(stage, [tonight, tomorrow]);
    stage.openWindowIn(2_000);
    const first = await stage.ended(tonight);
    const between = (await simulator.devices()).find(({ id }) => id === GROUP.id);
    stage.say(`Ticket ${tonight} is live; ticket ${tomorrow} still waits for its own window`);
    const waiting = await stage.until(tomorrow, 'still waits', (view) => view.waiting?.for === 'window');
    const laterAtMs = stage.openWindowIn(2_000, 'later');
    const second = await stage.ended(tomorrow);

    const writes = await simulator.writes();
    const own = callsOf(writes, tomorrow, 'commit');
    const touched = [...callsOf(writes, tomorrow, 'update'), ...own];
    expect(
      'the first Commit carries the first ticket alone',
      onceEach(callsOf(writes, tonight, 'commit'), [GROUP]) &&
        between?.enforced.every(({ ticketId }) => String(ticketId) !== tomorrow) === true,
      countText(callsOf(writes, tonight, 'commit')),
    );
    expect(
      'the second ticket says what it waits for',
      waiting.waiting?.what.includes('later') === true,
      waiting.waiting?.what,
    );
    expect(
      'the second is saved and committed in its own window, once',
      onceEach(own, [GROUP]) && touched.every(({ atMs }) => atMs >= laterAtMs),
      touched.map(({ action, atMs }) => `${action} ${when(atMs, laterAtMs)}`).join(', '),
    );
    expect('both tickets are closed', ...allClosed([first, second]));
  },
};
