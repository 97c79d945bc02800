import { callsOf, countText, onceEach } from '../expectations.js';
import { DEVICES } from '../simulator-client.js';
import type { Scenario } from '../scenario.js';

const FIREWALL = DEVICES.firewall;
const REASON = 'the web shop is down since the change';

export const backOut: Scenario = {
  name: 'back-out',
  title: 'what a closed ticket made live is taken back by a new ticket, designed and approved as every other',
  story:
    'A ticket is pushed to a firewall, verified and closed. Olaf Brandt takes it back: a new ticket asks to remove the same access on that firewall. Nothing is pushed before it is designed and approved; then it goes live in the open window. Both tickets name each other. Asking twice opens one ticket.',
  play: async (stage) => {
    const { simulator, operator, expect } = stage;
    const id = await stage.open({ subject: 'Web shop to stock', targets: [FIREWALL], port: 8443 });
    await stage.approve(id);
    stage.openWindowIn(1_000);
    const first = await stage.ended(id);

    const command = { kind: 'backOut', devices: [] } as const;
    const asked = await operator.ticket(id, command, { reason: REASON });
    stage.say(`o.brandt: sco ticket backout ${id} --reason "${REASON}"`);
    const view = await stage.ended(id);
    const reverse = view.backOuts?.[0]?.ticket ?? '';
    stage.say(`Ticket ${reverse} takes it back`);
    await operator.ticket(id, command, { reason: `${REASON}, I said` });
    await stage.ended(id);
    await stage.until(reverse, 'waits for its approval', ({ waiting }) => waiting?.for === 'approval');
    const before = await simulator.writes();
    await stage.approve(reverse);
    const second = await stage.ended(reverse);

    const writes = await simulator.writes();
    const created = writes.filter(({ system, action, user, applied }) => {
      return system === 'securechange' && applied && action === 'create' && user === 'wf-api';
    });
    const comments = await simulator.comments(id);
    expect('the first ticket is closed', first.outcome === 'closed', first.outcome ?? 'none');
    expect('the back-out was recorded after its end', asked.accepted, asked.message);
    expect('asked for twice, it opened one ticket', created.length === 1, `${created.length} opened`);
    expect(
      'the new ticket names the old one',
      second.subject.startsWith(`Back-out of ticket ${id}: `),
      second.subject,
    );
    expect(
      'the old one names the new one in a comment',
      comments.some((text) => text.includes(`ticket ${reverse} takes it back on ${FIREWALL.name}`)),
    );
    expect('nothing was pushed before its approval', callsOf(before, reverse, 'update').length === 0);
    const updates = callsOf(writes, reverse, 'update');
    expect('then it was pushed once', onceEach(updates, [FIREWALL]), countText(updates));
    expect('and is closed', second.outcome === 'closed', second.outcome ?? 'none');
  },
};
