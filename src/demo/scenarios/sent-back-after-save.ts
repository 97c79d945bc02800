import { savesAhead } from '../configure.js';
import { allClosed, callsOf, countText, onceEach } from '../expectations.js';
import { DEVICES } from '../simulator-client.js';
import type { Scenario } from '../scenario.js';
import { untilAllSaved } from './several-tickets.js';

const GROUP = DEVICES.deviceGroup;

export const sentBackAfterSave: Scenario = {
  name: 'sent-back-after-save',
  title: 'a change that is saved and then sent back must not go live with a neighbour',
  story:
    'Two tickets save their Updates long before the window. One is sent back to its approval: what it saved is still on the manager. The Commit of the other one waits until that change is approved again, or a named person accepts it.',
  configure: savesAhead,
  play: async (stage) => {
    const { simulator, expect } = stage;
    const sentBack = await stage.open({ subject: 'Old reporting server', targets: [GROUP], port: 1521 });
    const neighbour = await stage.open({ subject: 'New reporting server', targets: [GROUP], port: 5432 });
    for (const id of [sentBack, neighbour]) await stage.approve(id);
    await untilAllSaved(stage, [sentBack, neighbour]);
    await simulator.act(sentBack, {
      as: 'o.brandt',
      do: 'redo',
      toStep: 'Approval',
      comment: 'the owner has changed',
    });
    stage.say(`Ticket ${sentBack} is sent back to Approval: its approval is void, its change is still saved`);

    const hindered = await stage.until(neighbour, 'is hindered', (view) => {
      return view.needsAttention?.code === 'lane.hindered';
    });
    const opensAtMs = stage.openWindowIn(2_000);
    await stage.eventually('the window is open', async () => Date.now() > opensAtMs + 3_000);
    const whileHindered = (await simulator.writes()).filter(({ action }) => action === 'commit');
    stage.say(
      `Ticket ${neighbour} waits although the window is open: its Commit would carry ticket ${sentBack}`,
    );

    const approvedAtMs = await stage.approve(sentBack);
    const views = [await stage.ended(sentBack), await stage.ended(neighbour)];

    const writes = await simulator.writes();
    const commits = [sentBack, neighbour].flatMap((id) => callsOf(writes, id, 'commit'));
    expect(
      'the neighbour names whose change is in the way, and what to type',
      hindered.needsAttention?.reason.includes(`ticket ${sentBack}`) === true &&
        hindered.needsAttention.waysOut.some(({ command }) => command === 'acceptLedger'),
      hindered.needsAttention?.reason,
    );
    expect(
      'while the approval is void nothing is committed, though the window is open',
      whileHindered.length === 0,
      countText(whileHindered),
    );
    expect(
      'approved again, one Commit makes both live',
      onceEach(commits, [GROUP]) && commits.every(({ atMs }) => atMs >= approvedAtMs),
      countText(commits),
    );
    expect('both tickets are closed', ...allClosed(views));
  },
};
