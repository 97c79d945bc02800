import { blocksMediumRisk } from '../configure.js';
import { callsOf, changesOf, countText } from '../expectations.js';
import { DEVICES } from '../simulator-client.js';
import type { Scenario } from '../scenario.js';

export const riskBlock: Scenario = {
  name: 'risk-block',
  title: 'the risk policy blocks a request: it is not approved, not pushed, and a person is asked',
  story:
    'The process blocks requests from medium risk on (blockFrom: medium). The ticket parks after its design with the risk as reason; its requester cancels it.',
  configure: blocksMediumRisk,
  play: async (stage) => {
    const { simulator, expect } = stage;
    const id = await stage.open({ subject: 'Open everything', targets: [DEVICES.deviceGroup] });
    const parked = await stage.until(id, 'is blocked', (view) => view.needsAttention !== null);
    stage.say(`Ticket ${id} is parked: ${parked.needsAttention?.reason ?? '-'}`);
    const step = (await simulator.ticket(id)).step?.name;
    await simulator.act(id, { as: 'j.meier', do: 'cancel', reason: 'asked for too much' });
    stage.say(`Jana Meier cancels ticket ${id}`);
    const view = await stage.ended(id);

    const writes = await simulator.writes();
    const pushes = [...callsOf(writes, id, 'update'), ...callsOf(writes, id, 'commit')];
    const changes = changesOf(await simulator.changes(), id);
    expect(
      'the ticket is parked with the code risk.blocked and names the risk',
      parked.needsAttention?.code === 'risk.blocked' && parked.needsAttention.reason.includes('medium'),
      parked.needsAttention?.reason,
    );
    expect('it has not left the step of its design', step === 'Design and Risk', step);
    expect('nothing was pushed', pushes.length === 0, countText(pushes));
    expect('the ITSM was not asked to approve it', changes.length === 0, `${changes.length}`);
    expect('the ticket ends as cancelled', view.outcome === 'cancelled', view.outcome ?? 'none');
  },
};
