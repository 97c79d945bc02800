import { doneByHand } from '../configure.js';
import { callsOf, countText, onceEach } from '../expectations.js';
import { DEVICES } from '../simulator-client.js';
import type { Scenario } from '../scenario.js';

const GROUP = DEVICES.deviceGroup;
const FIREWALL = DEVICES.firewall;
const PERSON = 'n.weber';
const SOURCE = 'decided by the firewall team';
const EVIDENCE = 'change CHG0031, access list OUTSIDE line 12, seen on the console';

export const manualDevice: Scenario = {
  name: 'manual-device',
  title: 'of two devices of a ticket the orchestrator pushes one, and a named person does the other by hand',
  story: `config/capabilities.yaml says that ${PERSON} does ${FIREWALL.name} by hand. The approved ticket asks for that at once, and says which row of the file decides. Its other device is pushed in the window all the same. The ticket closes when the evidence is given; nothing is ever called for the device that is done by hand.`,
  configure: (configDir) => doneByHand(configDir, 'asa', PERSON, SOURCE),
  play: async (stage) => {
    const { simulator, expect, operator } = stage;
    const id = await stage.open({ subject: 'Camera network', targets: [GROUP, FIREWALL], port: 9443 });
    await stage.approve(id);
    const asked = await stage.until(id, 'asks a person for the device', ({ needsAttention }) => {
      return needsAttention?.code === 'update.manual';
    });
    stage.say(asked.needsAttention?.reason ?? 'no question');
    stage.openWindowIn(2_000);
    await stage.until(id, 'has made the other device live', ({ targets }) =>
      targets.some(({ name, commit }) => name === GROUP.name && commit === 'done'),
    );
    await simulator.changeByHand(FIREWALL.id, id, PERSON);
    stage.say(`${PERSON} makes the change on ${FIREWALL.name}; an operator gives the evidence`);
    const answer = await operator.ticket(
      id,
      { kind: 'completeManual', target: FIREWALL.name, evidence: EVIDENCE },
      { reason: `${PERSON} has made the change` },
    );
    const view = await stage.ended(id);

    const writes = await simulator.writes();
    const reason = asked.needsAttention?.reason ?? '';
    expect(
      'the question names the device, the person and the row that decides',
      [FIREWALL.name, PERSON, 'config/capabilities.yaml', SOURCE].every((part) => reason.includes(part)),
      reason,
    );
    const commits = callsOf(writes, id, 'commit');
    expect('the other device is committed once', onceEach(commits, [GROUP]), countText(commits));
    const updates = callsOf(writes, id, 'update');
    expect('nothing is called for the device', onceEach(updates, [GROUP]), countText(updates));
    expect('the answer of the operator counts', answer.accepted, answer.message);
    const done = view.targets.find(({ name }) => name === FIREWALL.name);
    expect(
      'the ticket keeps the evidence and who gave it',
      done?.message?.includes(EVIDENCE) === true && done.message.includes('o.brandt'),
      done?.message ?? undefined,
    );
    expect('the ticket is closed', view.outcome === 'closed', view.outcome ?? 'none');
  },
};
