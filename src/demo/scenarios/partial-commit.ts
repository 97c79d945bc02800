import { allClosed, callsOf, countText } from '../expectations.js';
import { DEVICES } from '../simulator-client.js';
import type { Scenario } from '../scenario.js';
import { openAndApprove, untilAllWait } from './several-tickets.js';

const GROUP = DEVICES.deviceGroup;
const OFFLINE = DEVICES.groupMember;

export const partialCommit: Scenario = {
  name: 'partial-commit',
  title: 'one of two firewalls is offline during the Commit of three tickets',
  story:
    'Three tickets ride one Commit. One firewall of the device group is offline, so the Commit fails there. That is one question, at the lane, and not three. Nothing is sent again by itself: when the firewall is back, an operator repeats the push, once for all three.',
  play: async (stage) => {
    const { simulator, expect, operator } = stage;
    const subjects = ['Label printers', 'Time servers', 'Badge readers'];
    const ids = await openAndApprove(
      stage,
      subjects.map((subject, index) => ({ subject, targets: [GROUP], port: 9200 + index })),
    );
    await untilAllWait(stage, ids);
    await simulator.setOffline(OFFLINE.id, true);
    stage.say(`${OFFLINE.name} of ${GROUP.name} goes offline`);
    stage.openWindowIn(2_000);
    const parked = await Promise.all(
      ids.map(async (id) =>
        stage.until(id, 'says that the push failed', ({ needsAttention }) => {
          return needsAttention?.code === 'lane.push_failed';
        }),
      ),
    );
    const commitsOf = async () => {
      const writes = await simulator.writes();
      return ids.flatMap((id) => callsOf(writes, id, 'commit'));
    };
    const before = await commitsOf();

    await simulator.setOffline(OFFLINE.id, false);
    stage.say(`${OFFLINE.name} is back; an operator repeats the push of the lane`);
    const reason = `${OFFLINE.name} is back`;
    const answer = await operator.lane(GROUP.lane, { kind: 'retryPush' }, { reason });
    const views = await Promise.all(ids.map(async (id) => stage.ended(id)));

    const commits = await commitsOf();
    expect('one Commit was made for all three', before.length === 1, countText(before));
    const lanes = new Set(parked.map(({ needsAttention }) => needsAttention?.evidence));
    expect('its failure is one question, at the lane', lanes.size === 1, [...lanes].join(', '));
    expect(
      'each ticket says what failed and what to type',
      parked.every(({ needsAttention }) =>
        needsAttention?.waysOut.some(({ command }) => command === 'retryPush'),
      ),
      parked[0]?.needsAttention?.reason,
    );
    expect(
      'repeated by an operator, once for all three',
      answer.accepted && commits.length === 2,
      `${answer.message}; ${countText(commits)}`,
    );
    const saved = (await simulator.devices()).find(({ id }) => id === GROUP.id)?.saved ?? [];
    expect('nothing is left saved and not live', saved.length === 0);
    expect('all three tickets are closed', ...allClosed(views));
  },
};
