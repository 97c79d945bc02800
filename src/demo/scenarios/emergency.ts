import { owesApprovalSoon, savesAhead } from '../configure.js';
import { callsOf, countText, onceEach, withEffect } from '../expectations.js';
import { DEVICES } from '../simulator-client.js';
import type { Scenario } from '../scenario.js';

const GROUP = DEVICES.deviceGroup;
const REASON = 'the pay desk is down until this rule is there';

export const emergency: Scenario = {
  name: 'emergency',
  title: 'two persons let an emergency go ahead; the ITSM approves it afterwards, too late at first',
  story:
    'A ticket is saved on a device group and held. An emergency on the same group has no approval and no window: Olaf Brandt asks, and Aylin Kaya lets it go ahead. A Commit would also make the held change live, so that nothing is sent before both accept it by name. Then it is pushed at once. Its approval in the ITSM is overdue, the ticket asks a person, and it ends when the change board has approved.',
  configure: (configDir) => {
    savesAhead(configDir);
    owesApprovalSoon(configDir);
  },
  play: async (stage) => {
    const { simulator, operator, approver, expect } = stage;
    const held = await stage.open({ subject: 'Print server to branches', targets: [GROUP], port: 9101 });
    await stage.approve(held);
    await stage.until(held, 'is saved', ({ savedNotPushed }) => savedNotPushed.length > 0);
    await operator.ticket(held, { kind: 'hold' }, { reason: 'the branch asked to wait' });
    stage.say(`ticket ${held} is saved on ${GROUP.name}, and o.brandt holds it`);

    const id = await stage.open({
      subject: 'Pay desk to card service',
      workflow: 'Emergency change',
      targets: [GROUP],
      port: 8583,
    });
    const asked = await stage.until(id, 'asks for two persons', isParked('emergency.two_persons'));
    const go = async (key: string, carries: readonly string[]): Promise<void> => {
      const command = { kind: 'override', devices: [GROUP.name], hours: 2 } as const;
      const carrying = carries.length > 0 ? { ...command, carries } : command;
      await operator.ticket(id, carrying, { reason: REASON, key });
      const named = carries.length === 0 ? '' : ` --carry ${carries.join(' ')}`;
      stage.say(`o.brandt: sco ticket override ${id} --device ${GROUP.name}${named} --reason "${REASON}"`);
      const reason = 'agreed with the shift lead';
      const { message } = await approver.ticket(id, { kind: 'confirm', override: key }, { reason });
      stage.say(`a.kaya: ${message}`);
    };
    await go('emergency-one', []);
    const hindered = await stage.until(id, 'is hindered', isParked('lane.hindered'));
    const before = await simulator.writes();
    await go('emergency-two', [held]);
    const overdue = await stage.until(id, 'asks for its approval', isParked('emergency.approval_overdue'));
    const lane = await stage.lane(GROUP.lane);
    stage.say(`ticket ${id} is closed, and its approval is overdue`);
    await simulator.approveChange(id);
    stage.say('The change board approves the change in the ITSM');
    const view = await stage.ended(id);
    await operator.ticket(held, { kind: 'resume' }, { reason: 'the branch is ready' });
    const other = await stage.ended(held);

    const writes = await simulator.writes();
    const commits = callsOf(writes, id, 'commit');
    expect('it asked for two persons', asked.needsAttention !== null, asked.needsAttention?.reason);
    const why = hindered.parkings.find(({ code }) => code === 'lane.hindered')?.reason ?? '';
    expect('what it would carry was named', why.includes(`ticket ${held} on ${GROUP.name}`), why);
    expect(
      'nothing was made live before both persons named it',
      withEffect(callsOf(before, id, 'commit')).length === 0,
    );
    expect(
      'then it was committed once, outside every window',
      onceEach(commits, [GROUP]),
      countText(commits),
    );
    expect(
      'and carried the held change, which was committed by no other call',
      withEffect(callsOf(writes, held, 'commit')).length === 0 && other.outcome === 'closed',
      other.targets[0]?.message ?? 'none',
    );
    const owed = overdue.needsAttention;
    expect(
      'its overdue approval asked a person',
      owed?.waysOut[0]?.command === 'recordApproval',
      owed?.reason,
    );
    expect(
      'it ended when the ITSM had approved',
      view.outcome === 'closed' && view.emergency?.owed?.state === 'answered',
      view.emergency?.owed?.text,
    );
    expect(
      'the reviews of both overrides are open in the lane',
      lane.overrides.filter(({ review }) => review === null).length === 2,
    );
    const [row] = await stage.windowReport();
    expect(
      'sco report windows names both persons and what they accepted',
      row?.state === 'overridden' && ['o.brandt', 'a.kaya', held].every((text) => row.text.includes(text)),
      row?.text,
    );
  },
};

function isParked(code: string): Parameters<Parameters<Scenario['play']>[0]['until']>[2] {
  return ({ parkings }) => parkings.some((parked) => parked.code === code);
}
