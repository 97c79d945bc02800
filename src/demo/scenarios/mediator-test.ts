import { DEVICES } from '../simulator-client.js';
import type { Scenario } from '../scenario.js';

const SCRIPT = 'mediator-test';

export const mediatorTest: Scenario = {
  name: 'mediator-test',
  title: "the vendor's sample: a script of your own runs when a ticket advances",
  story:
    'Workflow Mediator Test: Open Request, Auto Target, Approval. SecureChange runs the mediator on ADVANCE, and the script writes into the approval field of the step that was entered.',
  mediatorScript: SCRIPT,
  play: async (stage) => {
    const { simulator, expect } = stage;
    const id = await stage.open({
      subject: 'Sample of the old trigger service',
      workflow: 'Mediator Test',
      targets: [DEVICES.deviceGroup],
    });
    const reason = await stage.eventually('the script has written the reason', async () => {
      const { step } = await simulator.ticket(id);
      return step?.name === 'Approval' ? ((await simulator.approvalReason(id)) ?? false) : false;
    });
    stage.say(`Step Approval is entered; its "Approve Access Request" reason reads ${reason}`);
    const written = (await simulator.writes()).filter(
      ({ action, ticketId }) => action === 'putField' && String(ticketId) === id,
    );
    await stage.approve(id);
    const view = await stage.ended(id);
    const runs = await stage.eventually('every script of SecureChange has ended', async () => {
      const found = (await simulator.scriptRuns()).filter(({ ticketId }) => String(ticketId) === id);
      return found.every(({ state }) => state !== 'waiting' && state !== 'running') ? found : undefined;
    });

    expect(
      'the reason of "Approve Access Request" reads newval<time>',
      /^newval\d{4}-\d\d-\d\dT/.test(reason),
      reason,
    );
    expect(
      'it was written exactly once, in step Approval',
      written.length === 1 && written.every(({ applied }) => applied),
      `${written.length} write(s) by ${written.map(({ user }) => user ?? '-').join(', ')}`,
    );
    expect(
      'the mediator confirmed every event to SecureChange: exit code 0 at the first try',
      runs.length > 0 && runs.every(({ attempts }) => attempts.length === 1 && attempts[0]?.exitCode === 0),
      runs.map(({ event }) => event).join(', '),
    );
    expect('the ticket is followed to its end', view.outcome === 'closed', view.outcome ?? 'none');
    expect(
      'nothing was pushed',
      (await simulator.writes()).every(({ action }) => !isPush(action)),
    );
  },
};

function isPush(action: string): boolean {
  return action === 'update' || action === 'commit';
}
