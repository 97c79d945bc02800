import { acknowledgesSecureTrack } from '../configure.js';
import { allClosed, callsOf, countText, onceEach } from '../expectations.js';
import { CHANGE_WINDOW, DEVICES } from '../simulator-client.js';
import type { Scenario } from '../scenario.js';
import { saveTwoOnGroup } from './several-tickets.js';

const GROUP = DEVICES.deviceGroup;

export const securetrackWindow: Scenario = {
  name: 'securetrack-window',
  title: "SecureTrack's own change window commits what waits with us",
  story:
    'Two tickets have saved their Updates and wait for their window. SecureTrack runs its own change window on the same device group first. When our window opens nothing is left to install: both tickets say which run made their change live, and nothing is asked.',
  configure: acknowledgesSecureTrack,
  play: async (stage) => {
    const { simulator, expect } = stage;
    const ids = await saveTwoOnGroup(stage);
    // SecureTrack prints whole seconds: a run in the second of the save would prove nothing, and the push would ask.
    const savedInSecond = Math.floor(Date.now() / 1_000);
    await stage.eventually('the next second', async () =>
      Promise.resolve(Math.floor(Date.now() / 1_000) > savedInSecond),
    );
    await simulator.runChangeWindow(CHANGE_WINDOW.uuid);
    await stage.eventually('SecureTrack has committed', async () => {
      const device = (await simulator.devices()).find(({ id }) => id === GROUP.id);
      return device !== undefined && device.enforced.length === 2 && device.saved.length === 0;
    });
    stage.say(`SecureTrack ran ${CHANGE_WINDOW.name}: both changes are live before their window`);
    stage.openWindowIn(2_000);
    const views = await Promise.all(ids.map(async (id) => stage.ended(id)));

    const writes = await simulator.writes();
    const commits = ids.flatMap((id) => callsOf(writes, id, 'commit'));
    const device = (await simulator.devices()).find(({ id }) => id === GROUP.id);
    const live = device?.enforced.map(({ ticketId }) => String(ticketId)).sort() ?? [];
    expect('one Commit was tried for both', onceEach(commits, [GROUP]), countText(commits));
    expect(
      'each change went live once, with the window of SecureTrack',
      JSON.stringify(live) === JSON.stringify([...ids].sort()),
      `live: ${live.join(', ')}`,
    );
    const messages = views.map(({ targets }) => targets[0]?.message ?? '-');
    expect(
      'both tickets name the run that made their change live',
      messages.every((message) => message.includes(CHANGE_WINDOW.name)),
      messages[0],
    );
    expect('both tickets are closed, and no operator was asked', ...allClosed(views));
  },
};
