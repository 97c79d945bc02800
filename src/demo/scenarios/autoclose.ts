import { CHANGE_CLOSED, callsOf, changesOf, countText } from '../expectations.js';
import { answersIntoField } from '../configure.js';
import { DEVICES } from '../simulator-client.js';
import type { Scenario } from '../scenario.js';

export const autoclose: Scenario = {
  name: 'autoclose',
  title: 'SecureChange closes the ticket by itself while it waits for its window',
  story:
    'The number of the ITSM change is written into the field "ITSM change" of the ticket. Then SecureChange finds the request already implemented and closes the ticket: nothing is pushed, and the change is closed too.',
  configure: answersIntoField,
  play: async (stage) => {
    const { simulator, expect } = stage;
    const id = await stage.open({ subject: 'Already there', targets: [DEVICES.deviceGroup] });
    await stage.approve(id);
    const waiting = await stage.until(id, 'waits for its window, with the number written', (view) => {
      return view.waiting?.for === 'window' && view.delivered.some(({ action }) => action === 'ticket');
    });
    stage.say(`The ticket shows ${waiting.itsm?.number ?? '-'}; it waits for its window`);
    await simulator.act(id, { as: 'o.brandt', do: 'autoClose' });
    stage.say(`SecureChange finds ticket ${id} implemented already, and closes it`);
    const view = await stage.ended(id);

    const writes = await simulator.writes();
    const fields = writes.filter(
      ({ action, ticketId, applied }) => action === 'putField' && String(ticketId) === id && applied,
    );
    const pushes = [...callsOf(writes, id, 'update'), ...callsOf(writes, id, 'commit')];
    const [change, ...more] = changesOf(await simulator.changes(), id);
    expect('the number was written into the ticket exactly once', fields.length === 1, `${fields.length}`);
    expect('nothing was pushed', pushes.length === 0, countText(pushes));
    expect('the ticket ends as closed automatically', view.outcome === 'autoClosed', view.outcome ?? 'none');
    expect(
      'its one change in the ITSM is closed',
      change?.state === CHANGE_CLOSED && more.length === 0,
      `state ${change?.state ?? '-'}, ${more.length} more`,
    );
  },
};
