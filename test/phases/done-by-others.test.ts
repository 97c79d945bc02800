import { SERVICE_LOGIN } from '../support/fake-secure-change.js';
import { DAY, fakeEnvironment, MINUTE } from '../support/fake-environment.js';
import { firewallChange, manager, withPhases } from '../support/firewall-change.js';

describe('a design that SecureChange runs in an automatic step', () => {
  const definition = withPhases('Design and Risk', [
    { phase: 'design', by: 'securechange' },
    { phase: 'riskCheck', by: 'orchestrator' },
    { phase: 'advance', by: 'orchestrator' },
  ]);

  it('is waited for, never started, and then judged', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', definition);
    const ticket = env.ticket();
    ticket.complete('r.meier');
    await env.time.pass(10 * MINUTE);
    expect(env.view().waiting?.what).toBe('the automatic step runs the Designer');

    ticket.designerStatus = 'designer success';
    await env.time.until('approval asked for', () => ticket.current?.name === 'Approval');

    expect(env.effects('redesign')).toEqual([]);
  });

  it('parks with the reason from the history when it failed, and goes on after a retry', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', definition);
    const ticket = env.ticket();
    ticket.complete('r.meier');
    ticket.automationFailure = { tool: 'design', reason: 'no route to 10.1.2.3' };
    await env.parked('design.cannot_compute');
    expect(env.view().needsAttention?.reason).toContain('no route to 10.1.2.3');

    ticket.automationFailure = null;
    ticket.designerStatus = 'designer success';
    await env.operate({ kind: 'retry' });
    await env.time.until('approval asked for', () => ticket.current?.name === 'Approval');
  });

  it('does not matter any more when the ticket has left the step', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', definition);
    env.deliver = (event) => (event.name === 'CREATE' ? [1] : []);
    const ticket = env.ticket();
    ticket.complete('r.meier');
    await env.sweep();
    await env.time.pass(MINUTE);
    ticket.designerStatus = 'designer success';
    ticket.complete('n.weber');

    await env.time.until('the new step is seen', () => env.state().stepName === 'Approval');
    expect(env.state().parkings).toEqual([]);
  });
});

describe('an implementation that a person does', () => {
  const definition = withPhases('Implementation', [
    { phase: 'update', by: 'person' },
    { phase: 'commit', by: 'person' },
    { phase: 'advance', by: 'orchestrator' },
  ]);

  it('is waited for device by device, and whoever did it is recorded', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', definition);
    const ticket = env.ticket({ devices: [manager('FW1'), manager('FW2')] });
    await env.reach(ticket, 'Implementation');
    await env.time.pass(MINUTE);
    expect(env.view().waiting).toMatchObject({
      for: 'person',
      what: 'a person runs Update on 2 device(s)',
    });

    ticket.designerStatus = 'implementation success';
    for (const device of ticket.devices) device.update = 'updated';
    ticket.provisionedBy = 'n.weber';
    await env.time.until('update seen', () => env.state().phase === 'commit');
    expect(env.state().targets.map((target) => target.message)).toEqual(['by n.weber', 'by n.weber']);
    await env.time.pass(MINUTE);
    expect(env.view().waiting?.what).toBe('a person runs Commit on 2 device(s)');

    ticket.designerStatus = 'commit success';
    for (const device of ticket.devices)
      device.commit = { state: 'committed', reportStart: 'now', message: null };
    await env.ended();

    expect(env.run().outcome).toBe('closed');
    expect(env.effects('update', 'commit', 'redesign')).toEqual(['redesign -']);
    expect(env.state().timeline.map(({ what }) => what)).toContain('committed by n.weber: 2 device(s)');
  });

  it('needs no lane and no window of ours', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', definition);
    const ticket = env.ticket();
    await env.reach(ticket, 'Implementation');
    await env.time.pass(MINUTE);

    expect(env.temporal.lanes.size).toBe(0);
    expect(env.called('enrol')).toEqual([]);
  });
});

describe('a Commit that a person makes of what we have saved', () => {
  it('takes the saved change out of the ledger, so that it hinders no other ticket', async () => {
    const env = fakeEnvironment();
    env.processes.set(
      'Firewall change',
      withPhases('Implementation', [
        { phase: 'changeWindow', by: 'orchestrator' },
        { phase: 'update', by: 'orchestrator' },
        { phase: 'commit', by: 'person' },
        { phase: 'advance', by: 'orchestrator' },
      ]),
    );
    const ticket = env.ticket({ devices: [manager('DG')] });
    await env.reach(ticket, 'Implementation');
    await env.time.until('it is saved', () => env.state().phase === 'commit');
    const lane = env.temporal.lane('manager-of-DG');
    expect(lane.state.ledger).toMatchObject([{ ticketId: ticket.id, state: 'saved' }]);

    ticket.provisionedBy = 'n.weber';
    ticket.designerStatus = 'commit success';
    ticket.devices[0]!.commit = { state: 'committed', reportStart: 'now', message: null };
    await env.ended();
    expect(lane.state.ledger).toEqual([]);
    expect(lane.state.liveByOthers).toMatchObject([{ ticketId: ticket.id, what: 'made live by n.weber' }]);
  });
});

describe('an automatic step that updates', () => {
  const definition = withPhases('Implementation', [
    { phase: 'update', by: 'securechange' },
    { phase: 'advance', by: 'orchestrator' },
  ]);

  it('parks when it failed; an operator can skip the phase', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', definition);
    const ticket = env.ticket();
    await env.reach(ticket, 'Implementation');
    ticket.automationFailure = { tool: 'update', reason: 'the device is locked' };
    await env.parked('update.failed');
    expect(env.view().needsAttention?.waysOut.map((way) => way.command)).toEqual(['retry', 'skip', 'abort']);

    await env.operate({ kind: 'skip' });
    await env.ended();

    expect(env.effects('update')).toEqual([]);
    expect(env.run().outcome).toBe('closed');
  });
});

describe('a step with several tasks', () => {
  it('waits for the people who hold the others, by name, and completes what becomes ours', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', firewallChange({ taskAccess: 'waitForHandler' }));
    const ticket = env.ticket({ tasksPerStep: 3 });
    ticket.complete('r.meier');
    const tasks = ticket.current!.tasks;
    [SERVICE_LOGIN, 'n.weber', null].forEach((assignee, at) => (tasks[at]!.assignee = assignee));
    await env.time.until(
      'it waits for them',
      () => env.temporal.runs[0]?.run.state.waiting?.for === 'handler',
    );
    expect(env.view().waiting?.what).toMatch(/n\.weber.*not accepted by a user/);
    expect(env.state().parkings).toEqual([]);

    await env.time.pass(DAY);
    expect(env.called('advance').length).toBeLessThan(12);
    expect(tasks.map((task) => task.done)).toEqual([true, false, false]);

    ticket.completeTask(tasks[1]!.id, 'n.weber');
    ticket.assign(tasks[2]!.id, SERVICE_LOGIN);
    await env.time.until('approval asked for', () => ticket.current?.name === 'Approval');
    expect(env.effects('complete')).toEqual(['complete Design and Risk', 'complete Design and Risk']);
  });
});
