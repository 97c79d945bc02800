import { letsOthersGoFirst } from '../configure.js';
import { allClosed, callsOf, countText, onceEach } from '../expectations.js';
import { DEVICES } from '../simulator-client.js';
import type { Scenario } from '../scenario.js';
import { openAndApprove, untilAllWait } from './several-tickets.js';

const GROUP = DEVICES.deviceGroup;

export const conflicts: Scenario = {
  name: 'conflicts',
  title: 'two tickets change one device group, and the second waits until the first is live',
  story:
    'A shared Commit would carry both. The process says conflicts: { policy: wait, on: device }, so the second ticket names the first before anything is saved, and its Update is saved on what the first one made.',
  configure: letsOthersGoFirst,
  play: async (stage) => {
    const { simulator, expect } = stage;
    const [first = '-'] = await openAndApprove(stage, [
      { subject: 'Label printers', targets: [GROUP], port: 9400 },
    ]);
    // The one that is in the queue first goes first.
    await untilAllWait(stage, [first]);
    const [second = '-'] = await openAndApprove(stage, [
      { subject: 'Badge readers', targets: [GROUP], port: 9401 },
    ]);
    const waiting = await stage.until(second, 'waits for the first', ({ targets }) => {
      return targets[0]?.waiting?.includes(`ticket ${first}`) === true;
    });
    const before = await simulator.writes();
    stage.say(`Ticket ${second}: ${waiting.targets[0]?.waiting ?? '-'}`);
    stage.openWindowIn(2_000);
    const views = [await stage.ended(first), await stage.ended(second)];

    const writes = await simulator.writes();
    const of = (id: string) => [...callsOf(writes, id, 'update'), ...callsOf(writes, id, 'commit')];
    const [firstCommit] = callsOf(writes, first, 'commit');
    expect(
      'the second names the first before anything is saved',
      [first, second].every((id) => callsOf(before, id, 'update').length === 0),
      waiting.targets[0]?.waiting ?? undefined,
    );
    expect(
      'the Update of the second begins after the Commit of the first',
      firstCommit !== undefined && of(second).every(({ seq }) => seq > firstCommit.seq),
      of(second)
        .map(({ action, seq }) => `${action} ${seq}`)
        .join(', '),
    );
    for (const id of [first, second]) {
      const commits = callsOf(writes, id, 'commit');
      expect(`ticket ${id} has a Commit of its own`, onceEach(commits, [GROUP]), countText(commits));
    }
    expect('both tickets are closed', ...allClosed(views));
  },
};
