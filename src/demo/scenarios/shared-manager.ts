import { allClosed, CHANGE_CLOSED, callsOf, changesOf, countText, onceEach } from '../expectations.js';
import { DEVICES } from '../simulator-client.js';
import type { Scenario } from '../scenario.js';
import { openAndApprove, untilAllWait } from './several-tickets.js';

const GROUP = DEVICES.deviceGroup;

export const sharedManager: Scenario = {
  name: 'shared-manager',
  title: 'three tickets, one manager, one Commit',
  story:
    'Three approved changes wait for the same night on the same device group. Their Updates are saved one after the other, then one Commit makes all three live, and each ticket says whose push carried it.',
  play: async (stage) => {
    const { simulator, expect } = stage;
    const subjects = ['Payroll to database', 'Backup agent', 'New web shop'];
    const ids = await openAndApprove(
      stage,
      subjects.map((subject, index) => ({ subject, targets: [GROUP], port: 8441 + index })),
    );
    await untilAllWait(stage, ids);
    stage.say(`Tickets ${ids.join(', ')} wait in the lane of their manager`);
    const opensAtMs = stage.openWindowIn(3_000);
    const views = await Promise.all(ids.map(async (id) => stage.ended(id)));

    const writes = await simulator.writes();
    const commits = ids.flatMap((id) => callsOf(writes, id, 'commit'));
    const updates = ids.flatMap((id) => callsOf(writes, id, 'update'));
    expect('one Commit was made for all three', onceEach(commits, [GROUP]), countText(commits));
    expect(
      'each ticket saved its own Update, once',
      ids.every((id) => onceEach(callsOf(writes, id, 'update'), [GROUP])),
      countText(updates),
    );
    expect(
      'nothing was saved or made live before the window opened',
      [...updates, ...commits].every(({ atMs }) => atMs >= opensAtMs),
    );
    const device = (await simulator.devices()).find(({ id }) => id === GROUP.id);
    const live = device?.enforced.map(({ ticketId }) => String(ticketId)) ?? [];
    expect(
      'all three changes are live',
      ids.every((id) => live.includes(id)),
      `live: ${live.join(', ')}`,
    );
    const pushes = views.map(({ targets }) => targets[0]?.push ?? null);
    expect(
      'all three name the same push',
      new Set(pushes).size === 1 && pushes[0] !== null,
      pushes.join(', '),
    );
    const comments = await Promise.all(ids.map(async (id) => (await simulator.comments(id)).join('; ')));
    expect(
      'a comment in each SecureChange ticket names that push',
      comments.every((text) => text.includes(`push ${pushes[0] ?? '-'}`)),
      comments[1],
    );
    expect('all three tickets are closed', ...allClosed(views));
    const changes = await simulator.changes();
    expect(
      'the ITSM has a closed change for each',
      ids.every((id) => changesOf(changes, id).every(({ state }) => state === CHANGE_CLOSED)),
    );
  },
};
