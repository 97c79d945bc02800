import { callsOf, countText, onceEach } from '../expectations.js';
import { admitsItsm } from '../itsm-caller.js';
import { DEVICES } from '../simulator-client.js';
import type { Scenario, Stage } from '../scenario.js';

const WORKFLOW = 'Firewall change (ITSM)';
const GROUP = DEVICES.deviceGroup;

export const itsmApproval: Scenario = {
  name: 'itsm-approval',
  title: 'an approval in the ITSM counts for one request and design, and is asked for again',
  story:
    'The ticket asks the ITSM for its approval. A rule of the ITSM answers, and the requester herself: neither counts. Aylin Kaya approves there. The ticket is sent back to the design: her approval is void, and the same answer sent again is refused. The window opens, and nothing is pushed before she approves again.',
  configure: admitsItsm,
  play: async (stage) => {
    const { simulator, expect } = stage;
    const id = await stage.open({ subject: 'Loyalty programme', workflow: WORKFLOW, targets: [GROUP] });
    const first = await question(stage, id, null);
    const byRule = await approve(stage, id, { question: first, automatic: true });
    const byRequester = await approve(stage, id, { question: first, approver: 'j.meier' });
    const given = await approve(stage, id, { question: first });
    stage.say(`Aylin Kaya approves the change of ticket ${id} in the ITSM`);
    await stage.until(id, 'waits for its window', (view) => view.waiting?.for === 'window');
    const back = { as: 'o.brandt', do: 'redo', toStep: 'Design and Risk', comment: 'again' } as const;
    await simulator.act(id, back);
    stage.say(`Olaf Brandt sends ticket ${id} back to the design: the approval is void`);
    const second = await question(stage, id, first);
    const again = await approve(stage, id, { question: first });
    stage.say('The ITSM sends its first answer again: refused, for the ticket asks another question');
    const opensAtMs = stage.openWindowIn(1_000);
    await stage.eventually('the window is open', async () => Date.now() > opensAtMs + 2_000);
    const approvedAtMs = Date.now();
    const renewed = await approve(stage, id, { question: second });
    const view = await stage.ended(id);

    const writes = await simulator.writes();
    const commits = callsOf(writes, id, 'commit');
    const pushes = [...callsOf(writes, id, 'update'), ...commits];
    expect('a rule of the ITSM approves nothing', byRule.status === 409, byRule.message);
    expect('nor does the requester', byRequester.status === 409, byRequester.message);
    expect('an approver does', given.state === 'done', given.message);
    expect('a new epoch is another question', first !== second, second);
    expect('the old answer is refused', again.status === 409, again.message);
    expect('the new one counts', renewed.state === 'done', renewed.message);
    expect(
      'nothing is pushed before it, though the window is open',
      pushes.every(({ atMs }) => atMs >= approvedAtMs),
    );
    expect('then exactly one Commit', onceEach(commits, [GROUP]), countText(commits));
    expect('the approver is named', view.approval?.by.join(', ') === 'a.kaya', view.approval?.by.join(', '));
    expect('the ticket is closed', view.outcome === 'closed', view.outcome ?? 'none');
  },
};

/** As the ITSM reads it in its change. */
export async function question(stage: Stage, id: string, not: string | null): Promise<string> {
  return await stage.eventually(`the change of ticket ${id} has a question`, async () => {
    const changes = await stage.simulator.changes();
    const own = changes.find(({ correlationId }) => correlationId.startsWith(`securechange-${id}-`));
    const asked = (own?.notes ?? []).flatMap(({ text }) => /Question: (\S+)/.exec(text)?.[1] ?? []);
    return asked.find((one) => one !== not);
  });
}

function approve(stage: Stage, id: string, part: object) {
  return stage.itsm(`/${id}/approve`, { approver: 'a.kaya', ...part });
}
