import { digestOfXml, signReport } from '../../src/client/sign.js';
import type { TicketEvent } from '../../src/domain/event.js';
import { fakeWorld, HOUR, MINUTE } from '../support/fake-world.js';
import type { FakeWorld } from '../support/fake-world.js';
import { firewallChange } from '../support/firewall-change.js';
import { refused } from '../support/fake-secure-change.js';
import { ACTOR_KEY } from '../support/fake-temporal.js';
import { WorkerDied } from '../support/worker-death.js';

function scriptEvent(world: FakeWorld, name: string, event = 'ADVANCE'): TicketEvent {
  const ticketInfoXml = '<ticket_info/>';
  const reported: TicketEvent = {
    key: `${event}-${name}-${world.calls.length}`,
    name: event,
    ticketId: '4711',
    source: 'mediator',
    receivedAtMs: world.time.nowMs,
    info: null,
    script: { name, args: ['-v'], ticketInfoXml, ticketInfoSha256: digestOfXml(ticketInfoXml) },
  };
  return signReport(reported, ACTOR_KEY);
}

it('runs the script that a mediator named, once, and keeps its output in the history', async () => {
  const world = fakeWorld();
  world.scripts.set('notify', {});
  await world.reach(world.ticket(), 'Approval');
  world.temporal.report(scriptEvent(world, 'notify'));
  await world.time.pass(MINUTE);

  expect(world.effects('script')).toEqual(['script notify']);
  expect(world.called('runScript').map(({ input }) => input)).toMatchObject([
    {
      script: 'notify',
      event: 'ADVANCE',
      workflow: 'Firewall change',
      args: ['-v'],
      ticketInfoXml: '<ticket_info/>',
    },
  ]);
  expect(world.state().timeline.map(({ what }) => what)).toContain(
    'script notify on ADVANCE: exited, exit code 0',
  );
});

it('runs none whose arguments were refused, says so, and follows the event all the same', async () => {
  const world = fakeWorld();
  world.scripts.set('notify', {});
  await world.reach(world.ticket(), 'Approval');
  const { script: _script, ...event } = scriptEvent(world, 'notify');
  const reads = world.called('readTicket').length;
  const scriptRefused = { name: 'notify', reason: 'more than 32 arguments' };
  world.temporal.report(signReport({ ...event, scriptRefused }, ACTOR_KEY));
  await world.time.pass(MINUTE);
  expect(world.effects('script')).toEqual([]);
  expect(world.called('readTicket').length).toBeGreaterThan(reads);
  expect(world.state().timeline.map(({ what }) => what)).toContain(
    'script notify on ADVANCE is not run: more than 32 arguments',
  );
});

it('runs none for a ticket that is only observed, and says so', async () => {
  const world = fakeWorld();
  world.processes.set('Firewall change', firewallChange({ mode: 'observe' }));
  world.scripts.set('notify', {});
  world.ticket();
  await world.time.pass(MINUTE);
  world.temporal.report(scriptEvent(world, 'notify'));
  await world.time.pass(MINUTE);
  expect(world.effects('script')).toEqual([]);
  expect(world.state().timeline.map(({ what }) => what)).toContain(
    'custom script notify on ADVANCE is not run: the ticket is not driven',
  );
});

it('runs scripts in the order of their events', async () => {
  const world = fakeWorld();
  world.scripts.set('first', {});
  world.scripts.set('second', {});
  await world.reach(world.ticket(), 'Approval');
  world.temporal.report(scriptEvent(world, 'first'));
  world.temporal.report(scriptEvent(world, 'second'));
  await world.time.pass(MINUTE);
  expect(world.effects('script')).toEqual(['script first', 'script second']);
});

describe('an event', () => {
  it('that is delivered again does not run its script again, also in a later epoch', async () => {
    const world = fakeWorld();
    world.scripts.set('notify', {});
    const ticket = world.ticket();
    await world.reach(ticket, 'Approval');
    const advanced = signReport(
      { ...scriptEvent(world, 'notify'), info: left('Design and Risk') },
      ACTOR_KEY,
    );
    for (let time = 0; time < 3; time += 1) world.temporal.report(advanced);
    await world.time.pass(MINUTE);
    world.temporal.report(advanced);
    await world.time.pass(MINUTE);
    expect(world.effects('script')).toEqual(['script notify']);
    expect(world.state().timeline.map(({ what }) => what)).toContain(
      'custom script notify on ADVANCE is not run again: the ticket shows no further event of its kind',
    );

    ticket.redo('Design and Risk');
    world.temporal.report(advanced);
    await world.time.pass(MINUTE);
    expect(world.effects('script')).toEqual(['script notify']);
  });

  it('that really happens a second time runs it again, although both look alike', async () => {
    const world = fakeWorld();
    world.scripts.set('notify', {});
    const ticket = world.ticket();
    await world.reach(ticket, 'Approval');
    const redo = signReport(
      { ...scriptEvent(world, 'notify', 'REDO'), key: 'one key', info: left('Approval') },
      ACTOR_KEY,
    );
    for (const runs of [1, 2]) {
      await world.reach(ticket, 'Approval');
      ticket.redo('Design and Risk');
      world.temporal.report(redo);
      world.temporal.report(redo);
      await world.time.pass(MINUTE);
      expect(world.effects('script')).toHaveLength(runs);
    }
  });

  it('runs the scripts of two mediators, and the same script with other arguments', async () => {
    const world = fakeWorld();
    world.scripts.set('notify', {});
    world.scripts.set('second', {});
    await world.reach(world.ticket(), 'Approval');
    const first = scriptEvent(world, 'notify');
    world.temporal.report(first);
    for (const other of [{ name: 'second' }, { args: ['other'] }])
      world.temporal.report(signReport({ ...first, script: { ...first.script!, ...other } }, ACTOR_KEY));
    await world.time.pass(MINUTE);
    expect(world.effects('script')).toEqual(['script notify', 'script second', 'script notify']);
  });

  it('is remembered when the run continues as new', async () => {
    const world = fakeWorld();
    world.scripts.set('notify', {});
    await world.reach(world.ticket(), 'Approval');
    const event = scriptEvent(world, 'notify');
    world.temporal.report(event);
    await world.time.pass(MINUTE);
    expect(JSON.parse(JSON.stringify(world.state()))).toMatchObject({
      scriptRuns: [expect.stringContaining(event.key)],
      scripts: [],
    });
  });
});

describe('an earlier run that may still live', () => {
  it('is asked about; a person who says that it ended names exactly that run', async () => {
    const world = fakeWorld();
    world.scripts.set('notify', {});
    const mayRun = { outcome: 'earlierMayRun', exitCode: null, stderr: 'It may run on host b.' } as const;
    world.scriptResults.set('notify', [{ ...mayRun, earlierRun: 'run-7' }, mayRun]);
    await world.reach(world.ticket(), 'Approval');
    world.temporal.report(scriptEvent(world, 'notify'));
    await world.parked('script.may_run');
    expect(world.view().needsAttention?.reason).toMatch(/not started a second time: It may run on host b\./);

    await world.operate({ kind: 'retry' });
    await world.parked('script.may_run');
    expect(world.view().needsAttention?.reason).toMatch(/waits for its earlier run/);
    await world.operate({ kind: 'retry' });
    await world.time.pass(MINUTE);
    const inputs = world.called('runScript').map(({ input }) => input as { key: string; endedRun: string });
    expect(inputs.map(({ endedRun }) => endedRun)).toEqual([null, 'run-7', null]);
    expect(new Set(inputs.map(({ key }) => key)).size).toBe(1);
    expect(world.state().parkings).toEqual([]);
  });
});

function left(name: string): TicketEvent['info'] {
  const stage = { id: `s-${name}`, name, task: null };
  return {
    id: '4711',
    subject: '',
    priority: null,
    createDate: null,
    updateDate: null,
    requester: null,
    stage,
    openRequestStage: null,
    comment: null,
  };
}

it('does not run one that is registered for other workflows', async () => {
  const world = fakeWorld();
  world.scripts.set('notify', { workflows: ['Another workflow'] });
  await world.reach(world.ticket(), 'Approval');
  world.temporal.report(scriptEvent(world, 'notify'));
  await world.time.pass(MINUTE);
  expect(world.effects('script')).toEqual([]);
  expect(world.state().scripts).toEqual([]);
});

it.each<[string, (world: FakeWorld) => void]>([
  ['exits with 3', (world) => world.scriptResults.set('notify', [{ exitCode: 3, stderr: 'no such user' }])],
  ['takes too long', (world) => world.scriptResults.set('notify', [{ outcome: 'timedOut', exitCode: null }])],
  [
    'dies with its worker',
    (world) => world.secureChange.faults.push({ call: 'runScript', after: new WorkerDied() }),
  ],
  [
    'is no longer registered as it was',
    (world) =>
      world.secureChange.faults.push({ call: 'runScript', before: refused({ code: 'script.unknown' }) }),
  ],
])('asks a person when it %s: nothing runs foreign code twice by itself', async (_, spoil) => {
  const world = fakeWorld();
  world.scripts.set('notify', {});
  spoil(world);
  await world.reach(world.ticket(), 'Approval');
  world.temporal.report(scriptEvent(world, 'notify'));
  await world.parked('script.failed');
  await world.time.pass(HOUR);
  expect(world.called('runScript').length).toBe(1);

  await world.operate({ kind: 'retry' });
  await world.time.pass(MINUTE);
  expect(world.called('runScript').length).toBe(2);
  expect(world.state().parkings).toEqual([]);
});

it('can be passed by; the next one runs', async () => {
  const world = fakeWorld();
  world.scripts.set('notify', {});
  world.scripts.set('second', {});
  world.scriptResults.set('notify', [{ exitCode: 1 }]);
  await world.reach(world.ticket(), 'Approval');
  world.temporal.report(scriptEvent(world, 'notify'));
  world.temporal.report(scriptEvent(world, 'second'));
  await world.parked('script.failed');
  await world.operate({ kind: 'skip' });
  await world.time.pass(MINUTE);
  expect(world.effects('script')).toEqual(['script notify', 'script second']);
});

it('keeps the question open over the steps of the ticket, and hinders no phase', async () => {
  const world = fakeWorld();
  world.scripts.set('notify', {});
  world.scriptResults.set('notify', [{ exitCode: 1 }]);
  const ticket = world.ticket();
  await world.reach(ticket, 'Approval');
  world.temporal.report(scriptEvent(world, 'notify'));
  await world.parked('script.failed');
  ticket.approve('a.schmidt');
  await world.time.until('saved', () => world.state().targets[0]?.update === 'done');
  expect(world.view().needsAttention?.code).toBe('script.failed');
});

it('runs what came with the last event of a ticket before the run ends', async () => {
  const world = fakeWorld();
  world.scripts.set('notify', {});
  const ticket = world.ticket();
  await world.reach(ticket, 'Approval');
  world.deliver = () => [];
  ticket.end('cancelled');
  world.temporal.report(scriptEvent(world, 'notify', 'CANCEL'));
  await world.ended();
  expect(world.effects('script')).toEqual(['script notify']);
});
