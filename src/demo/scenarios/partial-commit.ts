import { allClosed, callsOf, countText } from '../expectations.js';
import { DEVICES } from '../simulator-client.js';
import type { Scenario } from '../scenario.js';
import { openAndApprove, untilAllWait } from './several-tickets.js';

const ADOM = DEVICES.adom;
const OFFLINE = DEVICES.depotFirewall;

export const partialCommit: Scenario = {
  name: 'partial-commit',
  title: 'one of three firewalls is offline during the Commit of three tickets',
  story:
    'Three tickets ride one Commit. One firewall is offline, so the Commit fails there. The ticket whose policy is on all its firewalls closes. The other two stay saved; that is one question, at the lane, and not two. Nothing is sent again by itself: when the firewall is back, an operator repeats the push, once for both.',
  play: async (stage) => {
    const { simulator, expect, operator } = stage;
    const asks = [
      { subject: 'Label printers', policy: 'shops' },
      { subject: 'Time servers', policy: 'depots' },
      { subject: 'Badge readers', policy: 'depots' },
    ];
    const ids = await openAndApprove(
      stage,
      asks.map(({ subject, policy }, index) => ({
        subject,
        targets: [{ ...ADOM, policy }],
        port: 9200 + index,
      })),
    );
    await untilAllWait(stage, ids);
    await simulator.setOffline(OFFLINE.id, true);
    stage.say(`${OFFLINE.name} of ${ADOM.name} goes offline; it alone has the policy depots`);
    stage.openWindowIn(2_000);
    const [first = '-', ...others] = ids;
    const parked = await Promise.all(
      others.map(async (id) =>
        stage.until(id, 'says that the push failed', ({ needsAttention }) => {
          return needsAttention?.code === 'lane.push_failed';
        }),
      ),
    );
    const finished = await stage.ended(first);
    stage.say(`Ticket ${first} is closed: all firewalls with its policy have the change`);
    const commitsOf = async () => {
      const writes = await simulator.writes();
      return ids.flatMap((id) => callsOf(writes, id, 'commit'));
    };
    const before = await commitsOf();

    await simulator.setOffline(OFFLINE.id, false);
    stage.say(`${OFFLINE.name} is back; an operator repeats the push of the lane`);
    const reason = `${OFFLINE.name} is back`;
    const answer = await operator.lane(ADOM.lane, { kind: 'retryPush' }, { reason });
    const views = await Promise.all(others.map(async (id) => stage.ended(id)));

    const commits = await commitsOf();
    expect('one Commit was made for all three', before.length === 1, countText(before));
    expect(
      'the ticket whose firewalls all have the change is closed, and says where the Commit failed',
      finished.outcome === 'closed' && finished.targets[0]?.message?.includes(OFFLINE.name) === true,
      finished.targets[0]?.message ?? undefined,
    );
    const lanes = new Set(parked.map(({ needsAttention }) => needsAttention?.evidence));
    expect('the failure is one question, at the lane', lanes.size === 1, [...lanes].join(', '));
    expect(
      'each other ticket says what failed and what to type',
      parked.every(
        ({ needsAttention }) =>
          needsAttention?.reason.includes(OFFLINE.name) === true &&
          needsAttention.waysOut.some(({ command }) => command === 'retryPush'),
      ),
      parked[0]?.needsAttention?.reason,
    );
    expect(
      'repeated by an operator, once for both',
      answer.accepted && commits.length === 2,
      `${answer.message}; ${countText(commits)}`,
    );
    const saved = (await simulator.devices()).find(({ id }) => id === ADOM.id)?.saved ?? [];
    expect('nothing is left saved and not live', saved.length === 0);
    expect('all three tickets are closed', ...allClosed([finished, ...views]));
  },
};
