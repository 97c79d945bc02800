import { secureTrackCommits } from '../configure.js';
import { allClosed, callsOf, countText } from '../expectations.js';
import { CHANGE_WINDOW, DEVICES } from '../simulator-client.js';
import type { Scenario, Stage } from '../scenario.js';
import { saveTwoOnGroup } from './several-tickets.js';

const GROUP = DEVICES.deviceGroup;
const NOT_PERFORMED = 'Commit not performed as the Device Group monitoring is stopped';

async function untilAllPark(stage: Stage, ids: readonly string[], code: string): Promise<void> {
  for (const id of ids)
    await stage.until(id, `asks (${code})`, ({ needsAttention }) => needsAttention?.code === code);
}

async function untilAllWatch(stage: Stage, ids: readonly string[]): Promise<void> {
  for (const id of ids)
    await stage.until(
      id,
      "waits for SecureTrack's window",
      ({ waiting }) => waiting?.what.startsWith("SecureTrack's change window") === true,
    );
}

export const securetrackCommits: Scenario = {
  name: 'securetrack-commits',
  title: 'SecureTrack commits in its own change window, and the tickets watch it',
  story:
    'With commitBy: securetrack two tickets save their Updates and send no Commit: the change window of SecureTrack commits what is saved. First an administrator disables that window, and both tickets say so until it is enabled again. Its first run ends with a success that committed nothing, and both tickets ask. The next run commits the device group, and both go on by themselves.',
  configure: secureTrackCommits,
  play: async (stage) => {
    const { simulator, expect } = stage;
    const ids = await saveTwoOnGroup(stage);
    await untilAllWatch(stage, ids);

    await simulator.setChangeWindow(CHANGE_WINDOW.uuid, false);
    stage.say(`an administrator disables ${CHANGE_WINDOW.name}`);
    await untilAllPark(stage, ids, 'window.securetrack');
    await simulator.setChangeWindow(CHANGE_WINDOW.uuid, true);
    stage.say('and enables it again: no operator needs to answer');
    await untilAllWatch(stage, ids);

    const opensAtMs = stage.openWindowIn(2_000);
    await stage.eventually('the window opens', async () => Promise.resolve(Date.now() > opensAtMs));
    await simulator.runChangeWindow(CHANGE_WINDOW.uuid, {
      devices: [{ id: GROUP.id, status: 'SUCCESS_WITH_WARNINGS', warnings: [NOT_PERFORMED] }],
    });
    stage.say('its run ends with a success that committed nothing');
    await untilAllPark(stage, ids, 'commit.window_failed');
    const before = (await simulator.devices()).find(({ id }) => id === GROUP.id);
    expect('a success without a Commit is not taken for one', before?.enforced.length === 0);

    await simulator.runChangeWindow(CHANGE_WINDOW.uuid);
    stage.say('the next run commits');
    const views = await Promise.all(ids.map(async (id) => stage.ended(id)));

    const writes = await simulator.writes();
    const commits = ids.flatMap((id) => callsOf(writes, id, 'commit'));
    expect('we sent no Commit', commits.length === 0, countText(commits));
    const device = (await simulator.devices()).find(({ id }) => id === GROUP.id);
    const live = device?.enforced.map(({ ticketId }) => String(ticketId)).sort() ?? [];
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
    const rows = await stage.windowReport();
    expect(
      'sco report windows shows both as live inside the window, by others',
      ids.every((id) =>
        rows.some(({ state, tickets }) => state === 'insideByOthers' && tickets.includes(id)),
      ),
      rows.map(({ state }) => state).join(', '),
    );
    expect('both tickets are closed', ...allClosed(views));
  },
};
