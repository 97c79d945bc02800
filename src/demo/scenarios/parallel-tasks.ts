import { callsOf, countText, onceEach } from '../expectations.js';
import { approvesInParallel } from '../configure.js';
import { DEVICES } from '../simulator-client.js';
import type { Scenario } from '../scenario.js';

const GROUP = DEVICES.deviceGroup;
const WORKFLOW = 'Firewall change (parallel approval)';

export const parallelTasks: Scenario = {
  name: 'parallel-tasks',
  title: 'three people approve beside each other, and the change waits for the last of them',
  story:
    'Step Approval has three tasks: security, business, operations. Two of them approve and the window opens: the ticket stays where it is, and nothing is pushed. When the third one approves, the change goes live once.',
  configure: approvesInParallel,
  play: async (stage) => {
    const { simulator, expect } = stage;
    const id = await stage.open({ subject: 'Branch printers', workflow: WORKFLOW, targets: [GROUP] });
    const asked = await stage.until(id, 'asks all three', (view) => {
      return view.waiting?.for === 'approval' && view.waiting.what.includes('in 3 tasks');
    });
    for (const as of ['a.kaya', 'c.lang']) {
      await simulator.act(id, { as, do: 'approve', reason: 'as agreed' });
      stage.say(`${as} approves ticket ${id}`);
    }
    const opensAtMs = stage.openWindowIn(1_000);
    await stage.eventually('the window is open', async () => Date.now() > opensAtMs + 2_000);
    const waits = await stage.until(id, 'still asks', (view) => view.waiting?.for === 'approval');
    const early = callsOf(await simulator.writes(), id, 'update').length;
    stage.say('Two of three approved and the window is open: nothing is pushed');
    await simulator.act(id, { as: 'o.brandt', do: 'approve', reason: 'as agreed' });
    stage.say(`o.brandt approves ticket ${id}, the last of the three`);
    const view = await stage.ended(id);

    const commits = callsOf(await simulator.writes(), id, 'commit');
    expect('all three tasks are asked', asked.step === 'Approval', asked.waiting?.what);
    expect('two of them are not enough', waits.approval === null && early === 0, `${early} Updates`);
    expect('then exactly one Commit', onceEach(commits, [GROUP]), countText(commits));
    expect(
      'all three people are named',
      view.approval?.by.toSorted().join(', ') === 'a.kaya, c.lang, o.brandt',
      view.approval?.by.join(', '),
    );
    expect('the ticket is closed', view.outcome === 'closed', view.outcome ?? 'none');
  },
};
