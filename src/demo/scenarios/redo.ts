import { savesAhead } from '../configure.js';
import { callsOf, countText, onceEach } from '../expectations.js';
import { DEVICES } from '../simulator-client.js';
import type { Scenario, Stage } from '../scenario.js';

const CASES = [
  { ids: 'keep', what: 'the same step id', target: DEVICES.deviceGroup, subject: 'Payroll interface' },
  { ids: 'renew', what: 'a new step id', target: DEVICES.adom, subject: 'Warehouse scanners' },
] as const;
const BACK_TO = 'Design and Risk';

export const redo: Scenario = {
  name: 'redo',
  title: 'sent back before the window: what was approved before counts no more',
  story:
    'No recording shows whether a redo makes a new step id, so both are played, one ticket each. Both are approved and saved, then sent back to the design.',
  configure: savesAhead,
  play: async (stage) => {
    const { simulator, expect } = stage;
    const ids: string[] = [];
    for (const { subject, target } of CASES) ids.push(await stage.open({ subject, targets: [target] }));
    await Promise.all(ids.map(async (id) => stage.approve(id)));
    for (const [index, { ids: kept, what }] of CASES.entries()) {
      await sendBack(stage, ids[index] ?? '', kept, what);
    }
    const opensAtMs = stage.openWindowIn(1_000);
    const again = await Promise.all(
      ids.map(async (id) =>
        stage.until(id, 'waits for a new approval', (view) => view.waiting?.for === 'approval'),
      ),
    );
    stage.say('The window opens. Both changes are saved, but the approval was for the old epoch');
    await stage.eventually('the window is open', async () => Date.now() > opensAtMs + 2_000);
    const approvedAtMs = await Promise.all(ids.map(async (id) => stage.approve(id)));
    const ended = await Promise.all(ids.map(async (id) => stage.ended(id)));

    const writes = await simulator.writes();
    for (const [index, { what, target }] of CASES.entries()) {
      const id = ids[index] ?? '';
      const commits = callsOf(writes, id, 'commit');
      const view = ended[index];
      const label = `ticket ${id}, ${what}:`;
      expect(
        `${label} the redo begins epoch 2`,
        again[index]?.epoch === 2 && view?.epoch === 2,
        `epoch ${view?.epoch ?? 0}`,
      );
      expect(
        `${label} the old approval does not count`,
        again[index]?.approval === null && view?.approval?.epoch === 2,
        `approved in epoch ${view?.approval?.epoch ?? 0}`,
      );
      expect(
        `${label} nothing is committed before the new approval, though the window is open`,
        commits.every(({ atMs }) => atMs >= (approvedAtMs[index] ?? Infinity)),
      );
      expect(`${label} then exactly one Commit`, onceEach(commits, [target]), countText(commits));
      expect(`${label} closed`, view?.outcome === 'closed', view?.outcome ?? 'none');
    }
  },
};

async function sendBack(stage: Stage, id: string, ids: 'keep' | 'renew', what: string): Promise<void> {
  const { simulator } = stage;
  await stage.until(id, 'waits for its window with the Update saved', (view) => {
    return view.waiting?.for === 'window' && view.savedNotPushed.length === 1;
  });
  await simulator.switches({ redoStepIds: ids });
  await simulator.act(id, {
    as: 'o.brandt',
    do: 'redo',
    toStep: BACK_TO,
    comment: 'wrong port, design again',
  });
  stage.say(`Olaf Brandt sends ticket ${id} back to ${BACK_TO} (${what})`);
  // The switch is for all tickets: this redo is over before the next one begins.
  await stage.eventually(`ticket ${id} is back`, async () => {
    return (await simulator.ticket(id)).step?.name !== 'Implementation';
  });
}
