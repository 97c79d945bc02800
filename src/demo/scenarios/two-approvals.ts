import { callsOf, countText, onceEach } from '../expectations.js';
import { DEVICES } from '../simulator-client.js';
import type { Scenario, Stage } from '../scenario.js';
import type { TicketView } from '../../domain/view.js';

const WORKFLOW = 'Firewall change (two approvals)';
const BUSINESS = { as: 'c.lang', step: 'Business Approval', name: 'Clara Lang' };
const SECURITY = { as: 'a.kaya', step: 'Security Approval', name: 'Aylin Kaya' };
const GROUP = DEVICES.deviceGroup;

export const twoApprovals: Scenario = {
  name: 'two-approvals',
  title: 'business approves the request before the design, security the design after it',
  story:
    'Clara Lang approves the request, then it is designed, then Aylin Kaya approves the design. The ticket is sent back to the design: her approval is void, the one of Clara Lang stands, for the request is the same. The window opens, and nothing is pushed before security approves again.',
  play: async (stage) => {
    const { simulator, expect } = stage;
    const id = await stage.open({ subject: 'Loyalty programme', workflow: WORKFLOW, targets: [GROUP] });
    const first = await waitsFor(stage, id, 'business');
    await approve(stage, id, BUSINESS);
    const second = await waitsFor(stage, id, 'security');
    await approve(stage, id, SECURITY);
    const both = await stage.until(id, 'waits for its window', (view) => view.waiting?.for === 'window');
    const back = {
      as: 'o.brandt',
      do: 'redo',
      toStep: 'Design and Risk',
      comment: 'design it again',
    } as const;
    await simulator.act(id, back);
    stage.say(`Olaf Brandt sends ticket ${id} back to the design: what security approved is void`);
    const again = await stage.until(id, 'asks security again', (view) => {
      return view.epoch === 2 && view.waiting?.for === 'approval';
    });
    const opensAtMs = stage.openWindowIn(1_000);
    await stage.eventually('the window is open', async () => Date.now() > opensAtMs + 2_000);
    stage.say('The window is open, and security has not approved again: nothing is pushed');
    const approvedAtMs = await approve(stage, id, SECURITY);
    const view = await stage.ended(id);

    const writes = await simulator.writes();
    const pushes = [...callsOf(writes, id, 'update'), ...callsOf(writes, id, 'commit')];
    const commits = callsOf(writes, id, 'commit');
    expect(
      'business is asked before the design',
      states(first) === 'business missing, security missing',
      states(first),
    );
    expect('then security', states(second) === 'business given, security missing', states(second));
    expect(
      'both are given before the window',
      states(both) === 'business given, security given',
      states(both),
    );
    expect(
      'a new design asks security alone again',
      states(again) === 'business given, security missing',
      states(again),
    );
    expect(
      'nothing is pushed before security approves again, though the window is open',
      pushes.every(({ atMs }) => atMs >= approvedAtMs),
    );
    expect('then exactly one Commit', onceEach(commits, [GROUP]), countText(commits));
    expect(
      'both people are named',
      view.approval?.by.join(', ') === 'c.lang, a.kaya',
      view.approval?.by.join(', '),
    );
    expect('the ticket is closed', view.outcome === 'closed', view.outcome ?? 'none');
  },
};

async function waitsFor(stage: Stage, id: string, approval: string): Promise<TicketView> {
  return stage.until(id, `waits for the approval ${approval}`, ({ waiting }) => {
    return waiting?.for === 'approval' && waiting.what.includes(`approval ${approval}`);
  });
}

async function approve(stage: Stage, id: string, person: typeof BUSINESS): Promise<number> {
  await stage.eventually(`ticket ${id} is in step ${person.step}`, async () => {
    return (await stage.simulator.ticket(id)).step?.name === person.step;
  });
  const atMs = Date.now();
  await stage.simulator.act(id, { as: person.as, do: 'approve', reason: 'as agreed' });
  stage.say(`${person.name} approves ticket ${id} in step ${person.step}`);
  return atMs;
}

function states({ approvals }: TicketView): string {
  return approvals.map(({ name, state }) => `${name} ${state}`).join(', ');
}
