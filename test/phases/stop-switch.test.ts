import type { Actor, CommandResult } from '../../src/domain/commands.js';
import { CONTROL_WORKFLOW_ID } from '../../src/domain/ids.js';
import { ControlRun } from '../../workflows/control-run.js';
import { FakeEngine } from '../support/fake-engine.js';
import { fakeEnvironment, START_MS } from '../support/fake-environment.js';
import { IDA, OLGA, signedCommand } from '../support/fake-temporal.js';

function switchThatStarts(): ControlRun {
  const env = fakeEnvironment();
  return new ControlRun(new FakeEngine(env.time, env.invoke), { version: 1 });
}

/** A run of it whose activity answers with `answer`. */
async function switchThatFinds(
  answer: () => Promise<{ ranBefore: boolean }>,
  meanwhile: (run: ControlRun) => void = () => {},
): Promise<ControlRun> {
  const env = fakeEnvironment();
  const engine = new FakeEngine(env.time, (name) => {
    expect(name).toBe('findEarlierSwitch');
    return answer();
  });
  const run = new ControlRun(engine, { version: 1 });
  engine.isLong = () => true;
  const done = engine.enter(async () => run.untilLong());
  expect(run.view()).toMatchObject({ stopped: true, by: null });
  meanwhile(run);
  await env.time.finish(done);
  return run;
}

const signed = (kind: 'stop' | 'start', actor: Actor = OLGA) =>
  signedCommand({ kind }, CONTROL_WORKFLOW_ID, START_MS, { reason: 'an incident', actor });

async function stoppedBy(actor: Actor, verified = true): Promise<ControlRun> {
  return await switchThatFinds(
    async () => Promise.resolve({ ranBefore: false }),
    (run) =>
      run.command(signed('stop', actor), verified ? actor.login : `unverified:${actor.login}`, verified),
  );
}

function start(run: ControlRun, actor: Actor): CommandResult {
  return run.command(signed('start', actor), actor.login, true);
}

describe('a start', () => {
  it('needs another person than the one who stopped, however the login is written', async () => {
    const run = await stoppedBy(OLGA);
    for (const login of ['olga', 'OLGA', 'CORP\\olga'])
      expect(start(run, { ...OLGA, login })).toMatchObject({ accepted: false, code: 'secondPerson' });
    expect(run.view()).toMatchObject({ stopped: true, by: 'olga' });
    expect(start(run, IDA)).toMatchObject({
      accepted: true,
      message: expect.stringContaining('started by ida (stopped by olga)') as string,
    });
    expect(run.view()).toMatchObject({ stopped: false });
  });

  it('by one person alone names the rule that allows it', async () => {
    const run = await stoppedBy(OLGA);
    expect(start(run, { ...OLGA, startsAlone: 'night shift' })).toMatchObject({
      accepted: true,
      message: expect.stringContaining('alone, by the rule "night shift" of people.yaml') as string,
    });
  });

  it('after a stop without authentication, or by a service account, needs two persons', async () => {
    const robot = { ...OLGA, login: 'robot', machine: true };
    for (const run of [await stoppedBy(IDA, false), await stoppedBy(robot)]) {
      expect(start(run, OLGA)).toMatchObject({ code: 'secondPerson' });
      expect(start(run, OLGA)).toMatchObject({ code: 'secondPerson' });
      expect(start(run, robot)).toMatchObject({ code: 'secondPerson' });
      expect(start(run, IDA)).toMatchObject({ accepted: true });
    }
  });

  it('who asked first counts for one stop only', async () => {
    const run = await stoppedBy(IDA, false);
    start(run, OLGA);
    start(run, IDA);
    run.command(signed('stop', IDA), 'unverified:ida', false);
    expect(start(run, IDA)).toMatchObject({ code: 'secondPerson' });
    expect(start(run, OLGA)).toMatchObject({ accepted: true });
  });
});

describe('the stop switch', () => {
  it('is on while it is being read whether it ran before, whatever its start says', async () => {
    expect(switchThatStarts().view()).toMatchObject({ stopped: true, by: null });
    const claims = { version: 1, first: true } as const;
    const env = fakeEnvironment();
    const run = new ControlRun(new FakeEngine(env.time, env.invoke), claims);
    expect(run.view()).toMatchObject({ stopped: true, by: null });
  });

  it('is off when it has never run', async () => {
    const run = await switchThatFinds(async () => Promise.resolve({ ranBefore: false }));
    expect(run.view()).toMatchObject({ stopped: false });
  });

  it('is on when it cannot be read whether it ran', async () => {
    const run = await switchThatFinds(async () => Promise.reject(new Error('no list')));
    expect(run.view()).toMatchObject({ stopped: true, by: null });
  });

  it('keeps what a person commanded before that was read', async () => {
    const never = async () => Promise.resolve({ ranBefore: false });
    const stopped = await switchThatFinds(never, (run) => run.command(signed('stop'), 'olga', true));
    expect(stopped.view()).toMatchObject({ stopped: true, by: 'olga' });
    const lost = async () => Promise.resolve({ ranBefore: true });
    const started = await switchThatFinds(lost, (run) => {
      run.command(signed('start'), 'olga', true);
      run.command(signed('start', IDA), 'ida', true);
    });
    expect(started.view()).toMatchObject({ stopped: false });
  });

  it('is on when its earlier run was lost, until two operators start', async () => {
    const run = await switchThatFinds(async () => Promise.resolve({ ranBefore: true }));
    expect(run.view()).toMatchObject({
      stopped: true,
      by: null,
      reason: expect.stringContaining('was lost'),
    });
    expect(run.command(signed('start'), 'olga', true)).toMatchObject({ code: 'secondPerson' });
    expect(run.command(signed('start'), 'olga', true)).toMatchObject({ code: 'secondPerson' });
    expect(run.view()).toMatchObject({ stopped: true, firstToStart: 'olga' });
    expect(run.command(signed('start', IDA), 'ida', true)).toMatchObject({ accepted: true });
    expect(run.view()).toMatchObject({ stopped: false });
  });

  it('that is on by itself takes the name of the operator who stops', () => {
    const run = switchThatStarts();
    expect(run.command(signed('stop'), 'olga', true)).toMatchObject({ accepted: true });
    expect(run.view()).toMatchObject({ stopped: true, by: 'olga', reason: 'an incident' });
    expect(run.command(signed('stop'), 'ida', true)).toMatchObject({ accepted: false, code: 'wrongState' });
  });

  it('keeps its state when it continues as new', async () => {
    const env = fakeEnvironment();
    const engine = new FakeEngine(env.time, env.invoke);
    const run = new ControlRun(engine, { version: 1 });
    run.startsAs('never');
    run.command(signed('stop'), 'olga', true);
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
