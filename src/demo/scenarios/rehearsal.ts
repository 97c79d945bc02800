import { callsOf, changesOf, countText, onceEach } from '../expectations.js';
import { DEVICES } from '../simulator-client.js';
import type { Scenario } from '../scenario.js';

const GROUP = DEVICES.deviceGroup;

export const rehearsal: Scenario = {
  name: 'rehearsal',
  title: 'what a ticket will do is read beforehand, without a write, and then it does that',
  story:
    'While the ticket waits for its approval, an operator types `sco rehearse`: which step does what, what the ITSM would get, what would be pushed. Nothing is written for it. Then the ticket is approved, and does what was said.',
  play: async (stage) => {
    const { simulator, expect } = stage;
    const id = await stage.open({ subject: 'Rehearsed first', targets: [GROUP] });
    // With its change created: what the ticket itself writes meanwhile would count as written by the rehearsal.
    await stage.until(
      id,
      'asks for its approval',
      ({ waiting, itsm, outbox }) => waiting?.for === 'approval' && itsm !== null && outbox.length === 0,
    );
    const before = (await simulator.writes()).length;
    const rehearsed = await stage.sco(['rehearse', id, '--process', 'firewall-change']);
    const after = (await simulator.writes()).length;
    stage.say(`sco rehearse ${id}: nothing was written`);
    await stage.approve(id);
    stage.openWindowIn(1_000);
    const view = await stage.ended(id);

    const commits = callsOf(await simulator.writes(), id, 'commit');
    const [change] = changesOf(await simulator.changes(), id);
    const said = JSON.stringify(rehearsed);
    expect('the rehearsal writes nothing', before === after, `${after - before} writes`);
    for (const point of ['create-change', 'implementation-started', 'close-change'])
      expect(`it names the message ${point}`, said.includes(point));
    expect('it names the device', said.includes(GROUP.name));
    expect('the ticket makes exactly one Commit there', onceEach(commits, [GROUP]), countText(commits));
    expect('and one change in the ITSM', change !== undefined, change?.number ?? 'none');
    expect('the ticket is closed', view.outcome === 'closed', view.outcome ?? 'none');
  },
};
