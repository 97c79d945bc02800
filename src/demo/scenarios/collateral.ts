import { savesAhead } from '../configure.js';
import { allClosed, callsOf, countText, onceEach } from '../expectations.js';
import { DEVICES } from '../simulator-client.js';
import type { Scenario } from '../scenario.js';
import { untilAllSaved } from './several-tickets.js';

const GROUP = DEVICES.deviceGroup;

export const collateral: Scenario = {
  name: 'collateral',
  title: 'a Commit that would make changes of others live waits until each of them is decided by name',
  story:
    'Three tickets save on one device group. One is cancelled, one is held: the Commit of the third would make both changes live. The held ticket goes on and rides along; the change of the cancelled one is accepted by name. Only then one Commit is sent.',
  configure: savesAhead,
  play: async (stage) => {
    const { simulator, operator, expect } = stage;
    const cancelled = await stage.open({
      subject: 'Test access for a supplier',
      targets: [GROUP],
      port: 2222,
    });
    const held = await stage.open({ subject: 'Backup to new storage', targets: [GROUP], port: 9418 });
    const third = await stage.open({ subject: 'Payroll to tax office', targets: [GROUP], port: 8444 });
    const neighbours = [cancelled, held];
    for (const id of [...neighbours, third]) await stage.approve(id);
    await untilAllSaved(stage, [...neighbours, third]);
    await simulator.act(cancelled, { as: 'j.meier', do: 'cancel', reason: 'the supplier is gone' });
    await operator.ticket(held, { kind: 'hold' }, { reason: 'the storage team asks for time' });
    stage.say(`Jana Meier cancels ticket ${cancelled}, Olaf Brandt holds ticket ${held}: both are saved`);
    const dead = await stage.ended(cancelled);

    const named = (text: string | undefined, ids: readonly string[]): boolean =>
      ids.every((id) => text?.includes(`ticket ${id} on ${GROUP.name}`) === true);
    const hindered = await stage.until(third, 'is hindered by both', ({ needsAttention }) => {
      return needsAttention?.code === 'lane.hindered' && named(needsAttention.reason, neighbours);
    });
    const opensAtMs = stage.openWindowIn(2_000);
    await stage.eventually('the window is open', async () => Date.now() > opensAtMs + 2_000);
    const whileHindered = (await simulator.writes()).filter(({ action }) => action === 'commit');
    stage.say(`The window is open, and ticket ${third} waits: each hindrance is named`);

    await operator.ticket(held, { kind: 'resume' }, { reason: 'the storage team agrees' });
    stage.say(`Olaf Brandt: sco ticket resume ${held}: it rides along and hinders no more`);
    const left = await stage.until(third, 'is hindered by the cancelled one alone', ({ needsAttention }) => {
      return named(needsAttention?.reason, [cancelled]) && !named(needsAttention?.reason, [held]);
    });
    const reason = 'asked the supplier manager: harmless until it is removed';
    const atMs = Date.now();
    const accepted = await operator.lane(
      GROUP.lane,
      { kind: 'acceptLedger', ticketId: cancelled },
      { reason },
    );
    stage.say(`Olaf Brandt: sco lane accept ${GROUP.lane} --ticket ${cancelled} --reason "${reason}"`);
    const views = [await stage.ended(held), await stage.ended(third)];

    const writes = await simulator.writes();
    const commits = [cancelled, held, third].flatMap((id) => callsOf(writes, id, 'commit'));
    const device = (await simulator.devices()).find(({ id }) => id === GROUP.id);
    const live = device?.enforced.map(({ ticketId }) => String(ticketId)).sort() ?? [];
    expect('the cancelled ticket ends as cancelled', dead.outcome === 'cancelled', dead.outcome ?? 'none');
    expect(
      'the third ticket names whose changes would go live, why they may not, and what to type',
      hindered.needsAttention?.reason.includes('it was cancelled') === true &&
        hindered.needsAttention.reason.includes('an operator holds it') &&
        hindered.needsAttention.waysOut.some(({ command }) => command === 'acceptLedger'),
      hindered.needsAttention?.reason,
    );
    expect(
      'while they hinder nothing is committed, though the window is open',
      whileHindered.length === 0,
      countText(whileHindered),
    );
    expect(
      'once the held ticket goes on, only the cancelled one is named',
      named(left.needsAttention?.reason, [cancelled]),
      left.needsAttention?.reason,
    );
    expect('one named person accepts one change', accepted.code === 'done', accepted.message);
    expect(
      'then one Commit makes all three live, and nothing before',
      onceEach(commits, [GROUP]) &&
        commits.every((call) => call.atMs >= atMs) &&
        JSON.stringify(live) === JSON.stringify([cancelled, held, third].sort()),
      `${countText(commits)}; live: ${live.join(', ')}`,
    );
    expect('the other two tickets are closed', ...allClosed(views));
  },
};
