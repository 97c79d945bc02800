import { fakeEnvironment, HOUR, MINUTE } from '../support/fake-environment.js';
import { refused } from '../support/fake-secure-change.js';
import { firewallChange, manager } from '../support/firewall-change.js';

const LANE = 'manager-of-DG';

describe('a lane that does not get the confirmation of a result', () => {
  it('signals it again, and a ticket that has it only confirms: nothing is done twice', async () => {
    const env = fakeEnvironment();
    const process = firewallChange();
    const { phases = [] } = process.steps['Implementation'] ?? {};
    const open = phases.filter(({ phase }) => phase !== 'advance');
    env.processes.set('Firewall change', {
      ...process,
      steps: { ...process.steps, Implementation: { phases: open } },
    });
    let away = true;
    env.temporal.beforeCall = (_, message) =>
      away && message === 'laneConfirm' ? refused({ kind: 'transient', system: 'temporal' }) : null;
    await env.reach(env.ticket({ id: '1', devices: [manager('DG')] }), 'Implementation');
    await env.time.until('it is live', () => env.view('1').targets[0]?.commit === 'done');
    const { state } = env.temporal.lane(LANE);
    expect(state.unconfirmed.map(({ ticketId }) => ticketId)).toContain('1');

    away = false;
    await env.time.pass(30 * MINUTE);
    expect(state.unconfirmed).toEqual([]);
    const { timeline } = env.view('1');
    expect(timeline.filter(({ what }) => what.startsWith('committed DG'))).toHaveLength(1);
    const reads = env.called('readPush').length;
    await env.time.pass(HOUR);
    expect(env.called('readPush')).toHaveLength(reads);
    expect(env.effects('commit')).toHaveLength(1);
  });
});
