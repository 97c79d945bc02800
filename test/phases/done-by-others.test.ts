import { SERVICE_LOGIN } from '../support/fake-secure-change.js';
import { DAY, fakeWorld, MINUTE } from '../support/fake-world.js';
import { firewallChange, manager, withPhases } from '../support/firewall-change.js';

describe('a design that SecureChange runs in an automatic step', () => {
  const definition = withPhases('Design and Risk', [
    { phase: 'design', by: 'securechange' },
    { phase: 'riskCheck', by: 'orchestrator' },
    { phase: 'advance', by: 'orchestrator' },
  ]);

  it('is waited for, never started, and then judged', async () => {
    const world = fakeWorld();
    world.processes.set('Firewall change', definition);
    const ticket = world.ticket();
    ticket.complete('r.meier');
    await world.time.pass(10 * MINUTE);
    expect(world.view().waiting?.what).toBe('the automatic step runs the Designer');

    ticket.designerStatus = 'designer success';
    await world.time.until('approval asked for', () => ticket.current?.name === 'Approval');

    expect(world.effects('redesign')).toEqual([]);
  });

  it('parks with the reason from the history when it failed, and goes on after a retry', async () => {
    const world = fakeWorld();
    world.processes.set('Firewall change', definition);
    const ticket = world.ticket();
    ticket.complete('r.meier');
    ticket.automationFailure = { tool: 'design', reason: 'no route to 10.1.2.3' };
    await world.parked('design.cannot_compute');
    expect(world.view().needsAttention?.reason).toContain('no route to 10.1.2.3');

    ticket.automationFailure = null;
    ticket.designerStatus = 'designer success';
    await world.operate({ kind: 'retry' });
    await world.time.until('approval asked for', () => ticket.current?.name === 'Approval');
  });

  it('is nothing any more when the ticket moved on without us', async () => {
    const world = fakeWorld();
    world.processes.set('Firewall change', definition);
    world.deliver = (event) => (event.name === 'CREATE' ? [1] : []);
    const ticket = world.ticket();
    ticket.complete('r.meier');
    await world.sweep();
    await world.time.pass(MINUTE);
    ticket.designerStatus = 'designer success';
    ticket.complete('n.weber');

    await world.time.until('the new step is seen', () => world.state().stepName === 'Approval');
    expect(world.state().parkings).toEqual([]);
  });
});

describe('an implementation that a person does', () => {
  const definition = withPhases('Implementation', [
    { phase: 'update', by: 'person' },
    { phase: 'commit', by: 'person' },
    { phase: 'advance', by: 'orchestrator' },
  ]);

  it('is waited for device by device, and whoever did it is recorded', async () => {
    const world = fakeWorld();
    world.processes.set('Firewall change', definition);
    const ticket = world.ticket({ devices: [manager('FW1'), manager('FW2')] });
    await world.reach(ticket, 'Implementation');
    await world.time.pass(MINUTE);
    expect(world.view().waiting).toMatchObject({
      for: 'person',
      what: 'a person runs Update on 2 device(s)',
    });

    ticket.designerStatus = 'implementation success';
    for (const device of ticket.devices) device.update = 'updated';
    ticket.provisionedBy = 'n.weber';
    await world.time.until('update seen', () => world.state().phase === 'commit');
    expect(world.state().targets.map((target) => target.message)).toEqual(['by n.weber', 'by n.weber']);
    await world.time.pass(MINUTE);
    expect(world.view().waiting?.what).toBe('a person runs Commit on 2 device(s)');

    ticket.designerStatus = 'commit success';
    for (const device of ticket.devices)
      device.commit = { state: 'committed', reportStart: 'now', message: null };
    await world.ended();

    expect(world.run().outcome).toBe('closed');
    expect(world.effects('update', 'commit', 'redesign')).toEqual(['redesign -']);
    expect(world.state().timeline.map(({ what }) => what)).toContain('committed by n.weber: 2 device(s)');
  });

  it('needs no lane and no window of ours', async () => {
    const world = fakeWorld();
    world.processes.set('Firewall change', definition);
    const ticket = world.ticket();
    await world.reach(ticket, 'Implementation');
    await world.time.pass(MINUTE);

    expect(world.temporal.lanes.size).toBe(0);
    expect(world.called('enrol')).toEqual([]);
  });
});

describe('an automatic step that updates', () => {
  const definition = withPhases('Implementation', [
    { phase: 'update', by: 'securechange' },
    { phase: 'advance', by: 'orchestrator' },
  ]);

  it('parks when it failed; skipping passes the phase by', async () => {
    const world = fakeWorld();
    world.processes.set('Firewall change', definition);
    const ticket = world.ticket();
    await world.reach(ticket, 'Implementation');
    ticket.automationFailure = { tool: 'update', reason: 'the device is locked' };
    await world.parked('update.failed');
    expect(world.view().needsAttention?.waysOut.map((way) => way.command)).toEqual([
      'retry',
      'skip',
      'abort',
    ]);

    await world.operate({ kind: 'skip' });
    await world.ended();

    expect(world.effects('update')).toEqual([]);
    expect(world.run().outcome).toBe('closed');
  });
});

describe('a step with several tasks', () => {
  it('waits for the people who hold the others, by name, and completes what becomes ours', async () => {
    const world = fakeWorld();
    world.processes.set('Firewall change', firewallChange({ taskAccess: 'waitForHandler' }));
    const ticket = world.ticket({ tasksPerStep: 3 });
    ticket.complete('r.meier');
    const tasks = ticket.current!.tasks;
    [SERVICE_LOGIN, 'n.weber', null].forEach((assignee, at) => (tasks[at]!.assignee = assignee));
    await world.time.until(
      'it waits for them',
      () => world.temporal.runs[0]?.run.state.waiting?.for === 'handler',
    );
    expect(world.view().waiting?.what).toMatch(/n\.weber.*nobody has taken it/);
    expect(world.state().parkings).toEqual([]);

    await world.time.pass(DAY);
    expect(world.called('advance').length).toBeLessThan(12);
    expect(tasks.map((task) => task.done)).toEqual([true, false, false]);

    ticket.completeTask(tasks[1]!.id, 'n.weber');
    ticket.assign(tasks[2]!.id, SERVICE_LOGIN);
    await world.time.until('approval asked for', () => ticket.current?.name === 'Approval');
    expect(world.effects('complete')).toEqual(['complete Design and Risk', 'complete Design and Risk']);
  });
});
