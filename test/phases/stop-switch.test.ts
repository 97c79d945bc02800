import { CONTROL_WORKFLOW_ID } from '../../src/domain/ids.js';
import { ControlRun } from '../../workflows/control-run.js';
import { FakeEngine } from '../support/fake-engine.js';
import { fakeEnvironment, START_MS } from '../support/fake-environment.js';
import { signedCommand } from '../support/fake-temporal.js';

function switchThatStarts(start: ConstructorParameters<typeof ControlRun>[1]): ControlRun {
  const env = fakeEnvironment();
  return new ControlRun(new FakeEngine(env.time, env.invoke), start);
}

const signed = (kind: 'stop' | 'start') =>
  signedCommand({ kind }, CONTROL_WORKFLOW_ID, START_MS, { reason: 'an incident' });

describe('the stop switch', () => {
  it('is off when it has never run', () => {
    expect(switchThatStarts({ version: 1, first: true }).view()).toMatchObject({ stopped: false });
  });

  it('is on when its earlier run was lost, until an operator starts', () => {
    const run = switchThatStarts({ version: 1 });
    expect(run.view()).toMatchObject({
      stopped: true,
      by: null,
      reason: expect.stringContaining('was lost'),
    });
    expect(run.command(signed('start'), 'olga')).toMatchObject({ accepted: true });
    expect(run.view()).toMatchObject({ stopped: false });
  });

  it('that is on by itself takes the name of the operator who stops', () => {
    const run = switchThatStarts({ version: 1 });
    expect(run.command(signed('stop'), 'olga')).toMatchObject({ accepted: true });
    expect(run.view()).toMatchObject({ stopped: true, by: 'olga', reason: 'an incident' });
    expect(run.command(signed('stop'), 'ida')).toMatchObject({ accepted: false, code: 'wrongState' });
  });

  it('keeps its state when it continues as new', async () => {
    const env = fakeEnvironment();
    const engine = new FakeEngine(env.time, env.invoke);
    const run = new ControlRun(engine, { version: 1, first: true });
    run.command(signed('stop'), 'olga');
    engine.isLong = () => true;
    const carry = await env.time.finish(engine.enter(async () => run.untilLong()));
    expect(new ControlRun(engine, { version: 1, carry }).view()).toMatchObject({ stopped: true, by: 'olga' });
  });
});

describe('a clock of SecureChange that is wrong', () => {
  it('keeps everything from going live, says why, and the push follows when it is right', async () => {
    const env = fakeEnvironment();
    env.secureChange.clockAhead = { leastMs: 2_400, mostMs: 2_900 };
    await env.reach(env.ticket(), 'Implementation');
    await env.parked('lane.clock_differs');
    expect(env.view().needsAttention?.reason).toContain('at least 2.4 s ahead of');
    expect(env.effects('commit')).toEqual([]);
    env.secureChange.clockAhead = { leastMs: -400, mostMs: 500 };
    await env.ended();
    expect(env.effects('commit')).toEqual(['commit FW1']);
  });

  it('that cannot be read keeps everything from going live, but not an Update from being saved', async () => {
    const env = fakeEnvironment();
    env.secureChange.clockAhead = null;
    await env.reach(env.ticket(), 'Implementation');
    await env.parked('lane.clock_differs');
    expect(env.effects('update', 'commit')).toEqual(['update FW1']);
  });
});
