import { CHANGE_CLOSED, callsOf, changesOf, countText, onceEach } from '../expectations.js';
import { DEVICES } from '../simulator-client.js';
import { savesAhead } from '../configure.js';
import type { Scenario } from '../scenario.js';

const TARGETS = [DEVICES.deviceGroup, DEVICES.adom];

export const cancelledInWindowWait: Scenario = {
  name: 'cancelled-in-window-wait',
  title: 'a ticket dies with its change saved; the next Commit must not carry it along unseen',
  story:
    'Ticket 1 is updated and cancelled before its window. Its change stays saved on both managers, where a Commit pushes everything. Nothing is sent for ticket 2 until an operator accepts that change.',
  configure: savesAhead,
  play: async (stage) => {
    const { simulator, operator, expect } = stage;
    const first = await stage.open({ subject: 'Old reporting server', targets: TARGETS, port: 1521 });
    await stage.approve(first);
    await stage.until(first, 'waits for its window with both Updates saved', (view) => {
      return view.waiting?.for === 'window' && view.savedNotPushed.length === TARGETS.length;
    });
    await simulator.act(first, { as: 'j.meier', do: 'cancel', reason: 'no longer needed' });
    stage.say(
      `Jana Meier cancels ticket ${first}: its change is saved on both managers and must not go live`,
    );
    const dead = await stage.ended(first);

    const second = await stage.open({ subject: 'New reporting server', targets: TARGETS, port: 5432 });
    await stage.approve(second);
    const opensAtMs = stage.openWindowIn(3_000);
    const blocked = await stage.until(second, 'is hindered', (view) => {
      return view.needsAttention?.code === 'lane.hindered';
    });
    stage.say(`Ticket ${second} is ready, but its Commit would carry what ticket ${first} left behind`);
    await stage.eventually('the window is open', async () => Date.now() > opensAtMs + 2_000);
    const whileBlocked = (await simulator.writes()).filter(({ action }) => action === 'commit');
    const accepted = [];
    for (const { lane } of TARGETS) {
      const reason = `looked at what ticket ${first} left: harmless, may go along`;
      accepted.push(await operator.lane(lane, { kind: 'acceptLedger', ticketId: null }, { reason }));
      stage.say(`Olaf Brandt: sco lane accept ${lane} --reason "${reason}"`);
    }
    const view = await stage.ended(second);

    const writes = await simulator.writes();
    const own = callsOf(writes, first, 'commit');
    const commits = callsOf(writes, second, 'commit');
    expect('the first ticket ends as cancelled', dead.outcome === 'cancelled', dead.outcome ?? 'none');
    expect('the first ticket was updated', onceEach(callsOf(writes, first, 'update'), TARGETS));
    expect('nothing of the first ticket is ever committed by it', own.length === 0, countText(own));
    expect(
      'the second ticket is parked, and says whose change is in the way',
      blocked.needsAttention?.reason.includes(`ticket ${first}`) === true,
      blocked.needsAttention?.reason,
    );
    expect(
      'before an operator accepts it, nothing is committed, though the window is open',
      whileBlocked.length === 0,
      countText(whileBlocked),
    );
    expect(
      'the ledgers of both lanes are accepted by a named person',
      accepted.every(({ code }) => code === 'done'),
      accepted.map(({ message }) => message).join('; '),
    );
    expect(
      'then each manager is committed exactly once, for the second ticket',
      onceEach(commits, TARGETS),
      countText(commits),
    );
    expect('the second ticket is closed', view.outcome === 'closed', view.outcome ?? 'none');
    const changes = await simulator.changes();
    const [one, two] = [changesOf(changes, first), changesOf(changes, second)];
    expect(
      'the ITSM heard of the cancellation, and of the closing of the other',
      one.length === 1 && two.length === 1 && two[0]?.state === CHANGE_CLOSED && one[0]?.notes.length !== 0,
      [...one, ...two].map(({ number, state }) => `${number}, state ${state}`).join('; '),
    );
  },
};
