import { goesInWaves } from '../configure.js';
import { callsOf, countText, onceEach } from '../expectations.js';
import { DEVICES } from '../simulator-client.js';
import type { Scenario } from '../scenario.js';

const [FIRST, SECOND] = [DEVICES.deviceGroup, DEVICES.otherDeviceGroup];

export const waves: Scenario = {
  name: 'waves',
  title: 'a change of two device groups goes live in waves, the second once the first is verified',
  story:
    'One ticket changes two device groups of one Panorama, and the process says partialFailure: waves. The first is committed alone. SecureChange has no call that runs the verifier, so the ticket asks: Olaf Brandt runs it, an operator has its result read again, and the second device group follows.',
  configure: goesInWaves,
  play: async (stage) => {
    const { simulator, expect, operator } = stage;
    const id = await stage.open({ subject: 'New resolver', targets: [FIRST, SECOND], port: 53 });
    await stage.approve(id);
    await stage.until(id, 'waits for its window', ({ waiting }) => waiting?.for === 'window');
    stage.openWindowIn(2_000);
    const asks = await stage.until(id, 'asks for the verification of wave 1', ({ needsAttention }) => {
      return needsAttention?.code === 'verify.wave';
    });
    const commitsOf = async () => callsOf(await simulator.writes(), id, 'commit');
    const between = await commitsOf();
    const held = asks.targets.find(({ name }) => name === SECOND.name)?.waiting ?? 'nothing';
    stage.say(`${FIRST.name} is live; ${SECOND.name}: ${held}`);
    await simulator.act(id, { as: 'o.brandt', do: 'verify' });
    stage.say('Olaf Brandt runs the verifier in SecureChange');
    const reason = 'the verifier ran again';
    const answer = await operator.ticket(id, { kind: 'retry' }, { reason });
    stage.say(`An operator types: sco ticket retry ${id} --reason "${reason}"`);
    const view = await stage.ended(id);

    const commits = await commitsOf();
    expect('the first wave is one device group', onceEach(between, [FIRST]), countText(between));
    expect(
      'the other says which wave it waits for',
      held === `held back until wave 1 (${FIRST.name}) is live and verified`,
      held,
    );
    expect(
      'the ticket says what a person can do',
      asks.needsAttention?.advice?.includes('run the verifier in SecureChange') === true,
      asks.needsAttention?.reason,
    );
    expect('the operator is answered', answer.accepted, answer.message);
    expect('then the other is committed, once', onceEach(commits, [FIRST, SECOND]), countText(commits));
    expect('the ticket is closed', view.outcome === 'closed', view.outcome ?? 'none');
  },
};
